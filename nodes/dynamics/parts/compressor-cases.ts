// What the Compressor has to give: smooth and classic detectors, linked and per channel, numbers from numpy. Must not know how it
// works.
import type { NodeCase } from '../../../src/core/node-type.ts';

export const compressorCases: readonly NodeCase[] = [
  {
    name: 'soft knee, both channels by the louder one',
    params: { threshold: -20, ratio: 4, knee: 12, attack: 0.05, release: 1, makeUp: 3 },
    in: {
      in: [
        [0.05, 0.1, -1, 0.9, 0.9, -0.3, 0.02, 0.01],
        [0, 0.2, 0.5, -1.5, 0.1, 0.1, 0.1, -0.05],
      ],
    },
    out: {
      out: [
        [0.0706268772, 0.11832211, -0.697770159, 0.399716602, 0.297561247, -0.0823408564, 0.00491964432, 0.0023201188],
        [0.0, 0.23664422, 0.348885079, -0.666194336, 0.0330623608, 0.0274469521, 0.0245982216, -0.011600594],
      ],
      reduction: [[-0.0, -1.53868187, -6.12575216, -10.0498065, -12.6133228, -14.2301175, -15.1819258, -15.6897955]],
    },
    tolerance: 2e-7,
    reference: 'the paper’s equations as a loop over frames in numpy, test/nodes/make_effects_reference.py',
  },
  {
    name: 'hard knee, no attack, another sound decides',
    params: { threshold: -12, ratio: 20, knee: 0, attack: 0, release: 2, makeUp: 0 },
    in: {
      in: [[0.05, 0.1, -1, 0.9, 0.9, -0.3, 0.02, 0.01]],
      key: [[0, 0.8, 2, -6, 0.4, 0.4, 0.4, -0.2]],
    },
    out: {
      out: [
        [0.05, 0.0332708972, -0.139322579, 0.0441569249, 0.0453499506, -0.0155207814, 0.0010620907, 0.000547447608],
      ],
      reduction: [[-0.0, -9.55870975, -17.1195699, -26.1848738, -25.9533138, -25.7241535, -25.4973678, -25.2331488]],
    },
    tolerance: 2e-7,
    reference: 'the paper’s equations as a loop over frames in numpy, test/nodes/make_effects_reference.py',
  },
  {
    name: 'classic, a gain for each channel',
    params: {
      detector: 'classic',
      link: 'per channel',
      knee: 0,
      threshold: -20,
      ratio: 4,
      attack: 0.1,
      release: 1,
      makeUp: 3,
    },
    rateHz: 48000,
    in: {
      in: [
        [0.05, 0.1, -1, 0.9, 0.9, -0.3, 0.02, 0.01],
        [0, 0.2, 0.5, -1.5, 0.1, 0.1, 0.1, -0.05],
      ],
    },
    out: {
      out: [
        [
          0.0706268772, 0.141253754, -0.310966007, 0.253121709, 0.246878909, -0.0876965772, 0.00643301881,
          0.00354314374,
        ],
        [0.0, 0.212718807, 0.247671131, -0.327792268, 0.0238991682, 0.0261086486, 0.0284878658, -0.0156165084],
      ],
      reduction: [[0.0, -2.46448216, -13.1457417, -16.2098511, -15.4323443, -14.6643122, -13.9068017, -13.1077213]],
    },
    tolerance: 2e-6,
    reference: 'levels followed frame by frame and the power law in numpy, test/nodes/make_effects_reference.py',
  },
  {
    name: 'classic 1000:1, linked',
    params: { detector: 'classic 1000:1', knee: 0, threshold: -12, attack: 0.05, release: 2, makeUp: 0 },
    rateHz: 48000,
    in: {
      in: [
        [0.05, 0.1, -1, 0.9, 0.9, -0.3, 0.02, 0.01],
        [0, 0.2, 0.5, -1.5, 0.1, 0.1, 0.1, -0.05],
      ],
    },
    out: {
      out: [
        [0.05, 0.1, -0.267340978, 0.15519912, 0.159057048, -0.0558069139, 0.0039521063, 0.00210399067],
        [0.0, 0.2, 0.133670489, -0.2586652, 0.0176730053, 0.0186023046, 0.0197605315, -0.0105199533],
      ],
      reduction: [[0.0, 0.0, -11.4586893, -15.2670651, -15.0537918, -14.608665, -14.0840276, -13.5391238]],
    },
    tolerance: 2e-6,
    reference: 'levels followed frame by frame and the power law in numpy, test/nodes/make_effects_reference.py',
  },
];
