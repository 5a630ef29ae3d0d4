// Audio output: what you hear, and what a bundle gives back under the node's name. Owns "output/audio-output".
// The kernel only measures; the plan's output is the signal at the inlet itself, so nothing here can change the sound.
import { defineNode } from '../../src/core/define-node.ts';
import { becomesOutput } from '../../src/core/lower.ts';
import type { MeterDesign } from '../../src/core/meter-kernels.ts';
import { meteredInlet } from './parts/metered-inlet.ts';

export default defineNode<MeterDesign>({
  ...meteredInlet,
  version: 1,
  label: 'Audio Output',
  help:
    'Sends sound to your speakers, a file or a bundle. Everything that should be heard ends here; in a bundle each ' +
    'output has its own name. It measures the peak, held for 1.5 seconds, and the RMS level: keep the peak below 0 dB, or ' +
    'a file is cut off there.',
  words: ['speaker', 'headphones', 'listen', 'master', 'sink', 'dac', 'export'],
  lower: becomesOutput('in'),
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
      name: 'mean square of each channel, at another rate',
      rateHz: 44100,
      in: { in: [0.25, 1].map(level => Array.from({ length: 4410 }, () => level)) },
      out: {},
      state: { meanSquare: [0.0625, 1].map(square => square * (1 - Math.exp(-0.1 / 0.3))) },
      tolerance: 1e-12,
      reference: 'x²·(1 − exp(−t/τ)), t = 0.1 s, τ = 300 ms',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { frequency: 440, level: -18 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'out.in');
    patch.note('The smallest patch that sounds.', [0, -80]);
  },
});
