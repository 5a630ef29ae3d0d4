// Add: the sum of two sounds and a constant. Owns "math/add". Sums in f64, rounded once.
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

export default defineNode({
  version: 1,
  label: 'Add',
  help:
    'Adds two sounds, sample by sample, and a constant. Without B it adds the constant alone: a DC offset, which you see on the ' +
    'Oscilloscope but do not hear. Two equal sounds give twice the size (+6 dB), opposite ones silence. Several wires into one ' +
    'inlet are added too; this node is for where you want to see it. To set how loud each is, take the Mixer.',
  words: ['sum', 'plus', 'offset', 'DC', 'difference', 'combine', '+'],
  ports: { a: audio('inlet', { label: 'A' }), b: audio('inlet', { label: 'B' }), out: audio('outlet') },
  params: {
    offset: param({
      label: 'Offset',
      unit: '',
      min: -1,
      max: 1,
      default: 0,
      help: 'Added to every sample; 1 is full scale. Wire a control here to make it a sound.',
    }),
  },
  rest: {},
  kernel(io, p, _s, frames) {
    const { a, b } = io.audioIn;
    const { out } = io.audioOut;
    for (let c = 0; c < out.length; c++) io.kernels.add(a[c], b[c], p.offset, out[c], frames);
  },
  lower(g, io, p) {
    const { a, b } = io.audioIn;
    const sum = g.add(g.add(g.cast(a, 'f64'), g.cast(b, 'f64')), p.offset.value);
    return { out: g.cast(sum, 'f32') };
  },
  cases: [
    {
      name: 'two stereo sounds',
      in: {
        a: [
          [1, 0.5],
          [-1, 0],
        ],
        b: [
          [0.25, -0.5],
          [1, 0.125],
        ],
      },
      out: {
        out: [
          [1.25, 0],
          [0, 0.125],
        ],
      },
      tolerance: 0,
      reference: 'by hand; binary fractions, so exact',
    },
    {
      name: 'a constant alone',
      params: { offset: -0.75 },
      in: { a: [[0, 1, 0.5]] },
      out: { out: [[-0.75, 0.25, -0.25]] },
      tolerance: 0,
      reference: 'by hand',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'first', { params: { shape: 'sine', frequency: 220, level: -12 } });
    patch.add('source/oscillator', 'second', { params: { shape: 'sine', frequency: 222, level: -12 } });
    patch.add('math/add', 'add');
    patch.add('analysis/oscilloscope', 'scope');
    patch.add('output/audio-output', 'out');
    patch.connect('first.out', 'add.a');
    patch.connect('second.out', 'add.b');
    patch.connect('add.out', 'scope.a');
    patch.connect('add.out', 'out.in');
    patch.note(
      '220 and 222 Hz added: twice a second they help each other, twice they cancel. That is beating.',
      [0, -80],
    );
  },
});
