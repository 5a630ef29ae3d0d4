// Outlet: where sound or control leaves a subpatch. Owns "structure/outlet".
// It gives on what it is given, sample by sample, so that a subpatch sounds as its nodes would outside of it.
import { defineNode } from '../../src/core/define-node.ts';
import { passes } from './parts/pass.ts';

export default defineNode({
  ...passes,
  version: 1,
  label: 'Outlet',
  help: 'Makes an outlet on the outside of a subpatch. What is wired to it comes out of the subpatch there; its id is the name of the port. Outlets are ordered from top to bottom. To try a subpatch out on its own, wire the right side to an Audio Output: inside another patch that wire is left out.',
  words: ['output', 'port', 'out', 'leave', 'subpatch', 'inside', 'abstraction'],
  cases: [
    {
      name: 'gives on what it is given, on both channels',
      in: {
        in: [
          [0.5, -1, 0.25],
          [0, 1, -0.125],
        ],
      },
      out: {
        out: [
          [0.5, -1, 0.25],
          [0, 1, -0.125],
        ],
      },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'gives on a control signal',
      params: { carries: 'control' },
      in: { in: [[1, 2.5, -440]] },
      out: { out: [[1, 2.5, -440]] },
      tolerance: 0,
      reference: 'identity',
    },
  ],
  example(patch) {
    patch.subpatch('echo', 'Echo', inside => {
      inside.add('structure/inlet', 'in', { position: [0, 0] });
      inside.add('time/delay', 'delay', { position: [256, 128], params: { time: 250 } });
      inside.add('mix/dry-wet', 'mix', { position: [512, 0], params: { mix: 0.6 } });
      inside.add('structure/outlet', 'out', { position: [768, 0] });
      inside.connect('in.out', 'mix.dry');
      inside.connect('in.out', 'delay.in');
      inside.connect('delay.out', 'mix.wet');
      inside.connect('mix.out', 'out.in');
    });
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('structure/subpatch', 'echo', { params: { patch: 'echo' } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'echo.in');
    patch.connect('echo.out', 'out.in');
    patch.note('Open the subpatch: what its Outlet is given is heard outside.', [0, -80]);
  },
});
