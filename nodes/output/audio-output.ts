// Audio output: what you hear, and what a bundle gives back under the node's name. Owns "output/audio-output".
// The kernel only measures; the plan's output is the signal at the inlet itself, so nothing here can change the sound.
import { defineNode } from '../../src/core/define-node.ts';
import { becomesOutput } from '../../src/core/lower.ts';
import { audio } from '../../src/core/port.ts';
import { designMeter, type MeterDesign, type MeterState, measure, meterStates } from '../../src/dsp/meter.ts';

export default defineNode<MeterDesign>({
  version: 1,
  label: 'Audio Output',
  help:
    'Sends sound to your speakers, a file or a bundle. Everything that should be heard ends here; in a bundle each ' +
    'output has its own name. It measures the peak, held for 1.5 seconds, and the RMS level: keep the peak below 0 dB, or ' +
    'a file is cut off there.',
  words: ['speaker', 'headphones', 'listen', 'master', 'sink', 'dac', 'export'],
  ports: { in: audio('inlet', { rateHz: 'patch', block: 0 }) },
  state: ctx => meterStates(ctx.channels.in),
  tables: ctx => designMeter(ctx.rateHz),
  kernel(io, _p, s, frames) {
    const inputs = io.audioIn.in;
    for (let channel = 0; channel < inputs.length; channel++)
      measure(io.tables, s as unknown as MeterState, channel, inputs[channel], frames);
  },
  lower: becomesOutput('in'),
  probes: ['peak', 'meanSquare'],
  view: 'output',
  cases: [
    {
      name: 'keeps the peak of each channel',
      in: {
        in: [
          [0.5, -0.75, 0.25],
          [0, 0.125, 0],
        ],
      },
      out: {},
      state: { peak: [0.75, 0.125] },
      tolerance: 0,
      reference: 'max |x|, written by hand',
    },
    {
      name: 'mean square of a constant rises with 300 ms',
      in: { in: [Array.from({ length: 4800 }, () => 0.5)] },
      out: {},
      state: { meanSquare: [0.25 * (1 - Math.exp(-0.1 / 0.3))], peak: [0.5] },
      tolerance: 1e-12,
      reference: 'x²·(1 − exp(−t/τ)), t = 0.1 s',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { frequency: 440, level: -18 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'out.in');
    patch.note('The smallest patch that sounds.', [0, -80]);
  },
});
