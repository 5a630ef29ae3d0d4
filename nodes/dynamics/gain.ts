// Gain: multiplies a signal by a level in dB. Owns kernel, lowering, cases, example and help of "dynamics/gain".
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { SECTION } from '../../src/dsp/cascade.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';

export default defineNode({
  version: 1,
  label: 'Gain',
  help: 'Makes a sound louder or softer. −6 dB halves the amplitude, +6 dB doubles it. Wire a knob to Level to play it.',
  words: ['volume', 'level', 'amplifier', 'attenuate', 'louder', 'quieter'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    level: param({
      label: 'Level',
      unit: 'dB',
      min: -60,
      max: 24,
      default: 0,
      help: 'Gain in dB; 0 leaves the sound as it is.',
    }),
  },
  rest: {},
  linear: {
    design(p, _rateHz, section) {
      section[SECTION.d] = levelToGain(p.level.value);
    },
  },
  kernel(io, p, _s, frames) {
    const { level } = p;
    const inputs = io.audioIn.in;
    const outputs = io.audioOut.out;
    if (level.isConstant) {
      const gain = levelToGain(level.value);
      for (let c = 0; c < inputs.length; c++) io.kernels.scale(gain, inputs[c], outputs[c], frames);
      return;
    }
    io.kernels.amplify(level.values, inputs, outputs, frames);
  },
  lower(g, io, p) {
    const gain = g.cast(g.op('Exp', [g.mul(p.level.value, g.f64(LN10_OVER_20))]), 'f32');
    return { out: g.mul(io.audioIn.in, gain) };
  },
  cases: [
    {
      name: '0 dB changes nothing',
      in: { in: [[0.5, -1, 0.25]] },
      out: { out: [[0.5, -1, 0.25]] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: '−6.0206 dB halves, on both channels',
      params: { level: -6.020599913279624 },
      in: {
        in: [
          [1, -0.5],
          [0.25, 0],
        ],
      },
      out: {
        out: [
          [0.5, -0.25],
          [0.125, 0],
        ],
      },
      tolerance: 1e-7,
      reference: '10^(L/20)',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc');
    patch.add('dynamics/gain', 'gain', { params: { level: -12 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'gain.in');
    patch.connect('gain.out', 'out.in');
  },
});
