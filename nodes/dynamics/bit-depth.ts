// Bit depth: rounds a sound to the steps that so many bits can tell apart. Owns "dynamics/bit-depth".
// All sums are of numbers with few bits, so kernel and lowering agree to the last one; the dither is the integer hash of the
// frame's number (src/dsp/noise.ts).
import { defineNode } from '../../src/core/define-node.ts';
import { frameNumbers } from '../../src/core/lower-clock.ts';
import { lowerNoise } from '../../src/core/lower-noise.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { noiseAt } from '../../src/dsp/noise.ts';

const DITHERS = ['none', 'triangular'] as const;

/** Two seeds for each channel, so that no channel hears another's dither. */
const seedOf = (channel: number, part: 0 | 1): number => 1 + 2 * channel + part;

export default defineNode({
  version: 1,
  label: 'Bit Depth',
  help:
    'Rounds a sound to fewer bits, as old samplers did. 16 bits are a CD, 8 an early sampler, 4 a ruin. Each bit is about 6 dB ' +
    'between the loudest sound and the error. The error of a loud sound is noise, that of a fading one grates along with it; ' +
    'triangular dither adds a little noise first, and turns the grating into an even hiss. (Quantizer does this to a control.)',
  words: ['bitcrusher', 'crush', 'lo-fi', 'quantizer', 'quantization', 'dither', 'resolution', 'retro'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    bits: param({
      label: 'Bits',
      unit: '',
      min: 2,
      max: 24,
      default: 8,
      rate: 'event',
      help: 'Whole bits per sample: 8 bits are 256 steps from −1 to 1.',
    }),
    dither: choice({
      label: 'Dither',
      choices: DITHERS,
      default: 'none',
      help: 'Noise of up to one step that is added before rounding.',
    }),
  },
  state: { count: { shape: [1], dtype: 'f64' } },
  kernel(io, p, s, frames) {
    const scale = 2 ** (Math.floor(p.bits.value) - 1);
    const hasDither = p.dither.value === 1;
    const count = s.count[0];
    for (let channel = 0; channel < io.audioOut.out.length; channel++) {
      const input = io.audioIn.in[channel];
      const output = io.audioOut.out[channel];
      for (let i = 0; i < frames; i++) {
        let steps = input[i] * scale + 0.5;
        if (hasDither) steps += 0.5 * (noiseAt(seedOf(channel, 0), count + i) + noiseAt(seedOf(channel, 1), count + i));
        output[i] = Math.min(scale - 1, Math.max(-scale, Math.floor(steps))) / scale;
      }
    }
    s.count[0] = count + frames;
  },
  lower(g, io, p) {
    const channels = io.ctx.channels.in ?? 1;
    const one = g.f64(1);
    const half = g.f64(0.5);
    const scale = g.op('Pow', [g.f64(2), g.sub(g.op('Floor', [p.bits.value]), one)]);
    const count = g.state('count', 'i64', [1]);
    g.setState('count', g.add(count, io.frames));
    const frame = g.add(count, g.cast(frameNumbers(g, io.frames), 'i64'));
    const seeds = (part: 0 | 1): string =>
      g.constant(
        'i64',
        Array.from({ length: channels }, (_, channel) => seedOf(channel, part)),
        [channels, 1],
      );
    const noise = g.add(lowerNoise(g, seeds(0), frame), lowerNoise(g, seeds(1), frame));
    const dither = g.mul(g.mul(half, noise), g.cast(p.dither.value, 'f64'));
    const steps = g.add(g.add(g.mul(g.cast(io.audioIn.in, 'f64'), scale), half), dither);
    const inside = g.op('Min', [g.op('Max', [g.op('Floor', [steps]), g.op('Neg', [scale])]), g.sub(scale, one)]);
    return { out: g.cast(g.div(inside, scale), 'f32') };
  },
  cases: [
    {
      name: '3 bits: steps of a quarter, and nothing above 0.75',
      params: { bits: 3 },
      in: { in: [[0, 0.1, 0.125, 0.3, -0.124, -0.126, 0.9, 5, -1, -7]] },
      out: { out: [[0, 0, 0.25, 0.25, 0, -0.25, 0.75, 0.75, -1, -1]] },
      tolerance: 0,
      reference: 'the nearest multiple of 2^−2 by hand',
    },
    {
      name: 'a part of a bit is none',
      params: { bits: 3.9 },
      in: { in: [[0.3, -0.126]] },
      out: { out: [[0.25, -0.25]] },
      tolerance: 0,
      reference: 'as 3 bits',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'triangle', frequency: 220, level: -12 } });
    patch.add('dynamics/bit-depth', 'crush', { params: { bits: 4 } });
    patch.add('analysis/oscilloscope', 'scope');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'crush.in');
    patch.connect('crush.out', 'scope.a');
    patch.connect('crush.out', 'out.in');
    patch.note(
      'A triangle in 16 steps. Switch on the dither: the buzz becomes hiss, and the tone is clean again.',
      [0, -80],
    );
  },
});
