// Subpatch: a patch inside a patch as one node. Owns the face of "structure/subpatch": ports and settings.
// It is laid out flat before anything is planned (src/core/flatten.ts), so that its own kernel never plays.
import { knobValue } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { cannot } from '../../src/core/lower.ts';
import { type Params, text } from '../../src/core/param.ts';
import { ID_LENGTH_MAX, type PatchNode } from '../../src/core/patch.ts';
import { audio, control, type Port, type PortDirection, spectrum, tensor } from '../../src/core/port.ts';

const KINDS: Readonly<Record<string, typeof audio>> = { audio, control, spectrum, tensor };

const portOf = ({ id, label, params = {} }: PatchNode, direction: PortDirection): [name: string, port: Port] => {
  const kind = String(params.carries ?? 'audio');
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : audio;
  return [id, make(direction, { label: label ?? '' })];
};

export default defineNode({
  version: 1,
  label: 'Subpatch',
  help:
    'Plays a patch inside this patch as one node. Inlets and Outlets inside are its ports, Knobs inside its settings. Several ' +
    'nodes can play the same subpatch: each has its own sound and settings, and an edit inside is heard in all of them.',
  words: ['group', 'patch', 'nested', 'abstraction', 'encapsulate', 'module', 'macro', 'inside', 'pack', 'poly'],
  ports: ({ face }) =>
    Object.fromEntries([
      ...(face?.inlets ?? []).map(node => portOf(node, 'inlet')),
      ...(face?.outlets ?? []).map(node => portOf(node, 'outlet')),
    ]),
  params: ({ face }) => {
    const params: Params = {
      ...Object.fromEntries(
        (face?.knobs ?? [])
          .filter(({ id }) => id !== 'patch')
          .map(({ id, label, params: values = {}, explain }) => {
            const param = knobValue(values, label || id, explain || 'A knob inside.');
            const { value } = values;
            const isInside = typeof value === 'number' && value >= param.min && value <= param.max;
            return [id, isInside ? { ...param, default: value } : param];
          }),
      ),
      patch: text({
        label: 'Plays',
        default: '',
        maxBytes: ID_LENGTH_MAX,
        help: 'Id of the subpatch that the node plays.',
      }),
    };
    return params;
  },
  kernel: () => undefined,
  lower: cannot('was not laid out flat'),
  cases: [
    {
      name: 'shows nothing where it plays nothing',
      out: {},
      tolerance: 0,
      reference: 'nothing',
    },
    {
      name: 'keeps the name of one that is not there',
      params: { patch: 'gone' },
      out: {},
      tolerance: 0,
      reference: 'nothing',
    },
  ],
  example(patch) {
    patch.subpatch('echo', 'Echo', inside => {
      inside.add('structure/inlet', 'in', { position: [0, 0] });
      inside.add('control/knob', 'repeats', {
        label: 'Repeats',
        position: [0, 160],
        params: { min: 0, max: 0.9, value: 0.3, unit: '×' },
      });
      inside.add('time/delay', 'delay', { position: [256, 128], params: { time: 250, feedback: 0 } });
      inside.add('mix/dry-wet', 'mix', { position: [512, 0], params: { mix: 0.4 } });
      inside.add('structure/outlet', 'out', { position: [768, 0] });
      inside.connect('in.out', 'mix.dry');
      inside.connect('in.out', 'delay.in');
      inside.connect('repeats.out', 'delay.feedback');
      inside.connect('delay.out', 'mix.wet');
      inside.connect('mix.out', 'out.in');
    });
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('structure/subpatch', 'echo', { params: { patch: 'echo', repeats: 0.6 } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'echo.in');
    patch.connect('echo.out', 'out.in');
    patch.note('Repeats is a Knob inside. Open the subpatch to see the delay that it turns.', [0, -80]);
  },
});
