// Dry/wet: mixes an effect with the sound that went into it. Owns "mix/dry-wet".
// (1 − mix)·dry + mix·wet. Gains in f64, rounded to f32; the scalar kernel adds in f64 and rounds once, SIMD and the lowering
// multiply and add in f32: they differ by at most two roundings (below −130 dB). Mix 0 and 1 give dry and wet bit by bit.
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

export default defineNode({
  version: 1,
  label: 'Dry/Wet',
  help:
    'Mixes the untouched sound with the effect. 0 is dry only, 1 is wet only, 0.5 is half of each. Both inputs are aligned: if ' +
    'the effect is late, the dry path waits for it, so that the mix does not sound hollow.',
  words: ['mix', 'blend', 'crossfade', 'balance', 'parallel', 'amount', 'effect'],
  ports: {
    dry: audio('inlet', { label: 'Dry' }),
    wet: audio('inlet', { label: 'Wet' }),
    out: audio('outlet'),
  },
  params: {
    mix: param({
      label: 'Mix',
      unit: '',
      min: 0,
      max: 1,
      default: 0.5,
      help: 'Share of the wet signal: 0 = dry, 1 = wet.',
    }),
  },
  rest: {},
  kernel(io, p, _s, frames) {
    const { dry, wet } = io.audioIn;
    const { out } = io.audioOut;
    for (let c = 0; c < out.length; c++) io.kernels.blend(p.mix, dry[c], wet[c], out[c], frames);
  },
  lower(g, io, p) {
    const wetGain = g.cast(p.mix.value, 'f32');
    const dryGain = g.cast(g.sub(g.f64(1), p.mix.value), 'f32');
    return { out: g.add(g.mul(io.audioIn.dry, dryGain), g.mul(io.audioIn.wet, wetGain)) };
  },
  cases: [
    {
      name: 'a quarter wet, stereo',
      params: { mix: 0.25 },
      in: {
        dry: [
          [1, 0, -0.5],
          [0.5, 0.5, 0.5],
        ],
        wet: [
          [0, 1, 0.5],
          [-0.5, 0.25, 0.5],
        ],
      },
      out: {
        out: [
          [0.75, 0.25, -0.25],
          [0.25, 0.4375, 0.5],
        ],
      },
      tolerance: 0,
      reference: '(1 − m)·dry + m·wet by hand; binary fractions, so exact',
    },
    {
      name: 'dry only, bit by bit',
      params: { mix: 0 },
      in: { dry: [[0.1, -0.7, 3]], wet: [[1, 1, 1]] },
      out: { out: [[Math.fround(0.1), Math.fround(-0.7), 3]] },
      tolerance: 0,
      reference: 'identity in f32',
    },
    {
      name: 'wet only, bit by bit',
      params: { mix: 1 },
      in: { dry: [[1, 1, 1]], wet: [[0.1, -0.7, 3]] },
      out: { out: [[Math.fround(0.1), Math.fround(-0.7), 3]] },
      tolerance: 0,
      reference: 'identity in f32',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'triangle', frequency: 110, level: -12 } });
    patch.add('dynamics/waveshaper', 'drive', { params: { shape: 'foldback', drive: 15, level: -6 } });
    patch.add('mix/dry-wet', 'mix');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'drive.in');
    patch.connect('osc.out', 'mix.dry');
    patch.connect('drive.out', 'mix.wet');
    patch.connect('mix.out', 'out.in');
    patch.note('Turn Mix: from a soft triangle to its folded version.', [0, -80]);
  },
});
