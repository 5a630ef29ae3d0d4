// Multiply: the product of two sounds and a factor. Owns "math/multiply". Products in f64, rounded once.
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

interface Tables {
  /** What stands for B where nothing is wired to it. */
  readonly ones: Float32Array;
}

export default defineNode<Tables>({
  version: 1,
  label: 'Multiply',
  help:
    'Multiplies two sounds, sample by sample, and a factor. Without B it is the factor alone: 0.5 is half the size, −1 turns the ' +
    'wave over. Two tones give their sum and difference frequencies and lose their own: ring modulation, the sound of robots and ' +
    'bells. Wire an LFO or an Envelope to Factor to shape the loudness.',
  words: ['product', 'times', 'ring modulation', 'ring modulator', 'AM', 'VCA', 'invert', 'factor', '×'],
  ports: { a: audio('inlet', { label: 'A' }), b: audio('inlet', { label: 'B' }), out: audio('outlet') },
  params: {
    factor: param({
      label: 'Factor',
      unit: '×',
      min: -4,
      max: 4,
      default: 1,
      help: 'Multiplies every sample: 1 changes nothing, −1 turns it over, 0 is silence.',
    }),
  },
  tables: (ctx, place) => ({
    ones: place(new Float32Array(ctx.maxFrames).fill(1)),
  }),
  rest: {},
  kernel(io, p, _s, frames) {
    const { a, b } = io.audioIn;
    const { out } = io.audioOut;
    const hasB = io.isConnected.b;
    for (let c = 0; c < out.length; c++)
      io.kernels.product(a[c], hasB ? b[c] : io.tables.ones, p.factor, out[c], frames);
  },
  lower(g, io, p) {
    const a = g.cast(io.audioIn.a, 'f64');
    const product = io.isConnected.b ? g.mul(a, g.cast(io.audioIn.b, 'f64')) : a;
    return { out: g.cast(g.mul(product, p.factor.value), 'f32') };
  },
  cases: [
    {
      name: 'two sounds and a factor',
      params: { factor: -2 },
      in: { a: [[1, 0.5, -0.25, 0]], b: [[0.5, 0.5, 0.5, 1]] },
      out: { out: [[-1, -0.5, 0.25, 0]] },
      tolerance: 0,
      reference: 'by hand; binary fractions, so exact',
    },
    {
      name: 'a factor alone',
      params: { factor: 0.5 },
      in: {
        a: [
          [1, -1],
          [0.25, 3],
        ],
      },
      out: {
        out: [
          [0.5, -0.5],
          [0.125, 1.5],
        ],
      },
      tolerance: 0,
      reference: 'by hand',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'tone', { params: { shape: 'triangle', frequency: 330, level: -6 } });
    patch.add('source/oscillator', 'carrier', { params: { shape: 'sine', frequency: 70, level: 0 } });
    patch.add('math/multiply', 'ring');
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('tone.out', 'ring.a');
    patch.connect('carrier.out', 'ring.b');
    patch.connect('ring.out', 'spectrum.in');
    patch.connect('ring.out', 'out.in');
    patch.note(
      '330 times 70 Hz: no 330 is left, but 260 and 400. Turn the carrier below 10 Hz: it becomes tremolo.',
      [0, -80],
    );
  },
});
