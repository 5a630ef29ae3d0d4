// File recorder: a track of its own for a file, not heard. Owns "output/file-recorder".
// The kernel only measures: kernels touch no files. Whoever plays takes the signal at the inlet and writes it down: the editor
// from Record to Save, a render from its start, both as 32-bit floats.
import { defineNode } from '../../src/core/define-node.ts';
import { becomesTrack } from '../../src/core/lower.ts';
import type { MeterDesign } from '../../src/core/meter-kernels.ts';
import { meteredInlet } from './parts/metered-inlet.ts';

export default defineNode<MeterDesign>({
  ...meteredInlet,
  version: 1,
  label: 'File Recorder',
  help:
    'Records what reaches it into a sound file. You do not hear it: it is a track beside the outputs. Record starts all ' +
    'recorders of the patch together, so their files fit frame by frame; the second press saves a WAV file each, beside the patch. ' +
    'An offline render writes the track under the node’s name, a bundle gives it back as an output.',
  words: ['record', 'save', 'WAV', 'track', 'stem', 'bounce', 'capture', 'tape', 'file'],
  lower: becomesTrack('in'),
  view: 'recorder',
  cases: [
    {
      name: 'a peak below zero counts by its size',
      in: { in: [[0.25, -1, 0.5]] },
      out: {},
      state: { peak: [1] },
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
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110, level: -18 } });
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 600, q: 4 } });
    patch.add('output/file-recorder', 'dry');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'filter.in');
    patch.connect('osc.out', 'dry.in');
    patch.connect('filter.out', 'out.in');
    patch.note('You hear the filter; the file gets the sound before it.', [0, -80]);
  },
});
