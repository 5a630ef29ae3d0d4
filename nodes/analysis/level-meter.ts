// Level meter: passes a signal through untouched and measures it. Owns "analysis/level-meter".
// Its ballistics are those of every meter (src/dsp/meter.ts).
import { defineNode } from '../../src/core/define-node.ts';
import type { MeterDesign, MeterState } from '../../src/core/meter-kernels.ts';
import { audio } from '../../src/core/port.ts';
import { designMeter, meterStates } from '../../src/dsp/meter.ts';

export default defineNode<MeterDesign>({
  version: 1,
  label: 'Level Meter',
  help:
    'Shows how strong a signal is, in dB of full scale. The peak is held for 1.5 seconds and then falls; the RMS level is an ' +
    'average over about 300 milliseconds, closer to how loud it sounds. Put it into a wire or beside it: the sound passes ' +
    'through unchanged. A sine’s RMS lies 3 dB below its peak.',
  words: ['VU', 'peak', 'RMS', 'loudness', 'volume', 'measure', 'clipping', 'dB'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  state: ctx => meterStates(ctx.channels.in),
  tables: ctx => designMeter(ctx.rateHz),
  kernel(io, _p, s, frames) {
    const inputs = io.audioIn.in;
    for (let c = 0; c < inputs.length; c++) io.kernels.scale(1, inputs[c], io.audioOut.out[c], frames);
    io.kernels.meter(io.tables, s as unknown as MeterState, inputs, frames);
  },
  lower: (g, io) => ({ out: g.op('Identity', [io.audioIn.in]) }),
  probes: ['peak', 'meanSquare'],
  view: 'meter',
  cases: [
    {
      name: 'changes nothing',
      in: {
        in: [
          [0.1, -2, 1e-30],
          [0, 1, -0.5],
        ],
      },
      out: {
        out: [
          [Math.fround(0.1), -2, Math.fround(1e-30)],
          [0, 1, -0.5],
        ],
      },
      state: { peak: [2, 1] },
      tolerance: 0,
      reference: 'identity in f32',
    },
    {
      name: 'holds a peak for 1.5 s, then lets it fall by 20 dB per second',
      in: { in: [Array.from({ length: 48000 * 2 + 1 }, (_, i) => (i === 0 ? 1 : 0))] },
      out: {},
      state: { peak: [10 ** (-10 / 20)], hold: [0] },
      tolerance: 1e-9,
      reference: '1 at frame 0; 0.5 s of fall at 20 dB/s: 10^(−10/20)',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { frequency: 330, level: -12 } });
    patch.add('dynamics/gain', 'gain', { params: { level: -6 } });
    patch.add('analysis/level-meter', 'before');
    patch.add('analysis/level-meter', 'after');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'before.in');
    patch.connect('before.out', 'gain.in');
    patch.connect('gain.out', 'after.in');
    patch.connect('after.out', 'out.in');
    patch.note('Turn the gain: the two meters differ by exactly its level.', [0, -80]);
  },
});
