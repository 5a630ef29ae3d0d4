// Biquad Filter: one second-order filter of seven types whose cutoff may be swept. Owns kernel, lowering, cases, example and
// help of "filter/biquad-filter". The filter itself is src/dsp/svf.ts; the lowering keeps the same two states per channel.
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import type { Kernel, KernelParams } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { FREQUENCY_RATIO_MAX } from '../../src/dsp/frequency.ts';
import {
  designSvf,
  MIN_CUTOFF_RATIO,
  SVF_COEFFICIENTS,
  SVF_KINDS,
  SVF_ROOM,
  SVF_STATE,
  SVF_TABLE,
  SVF_TERMS,
  sectionOfSvf,
} from '../../src/dsp/svf.ts';

const LN10_OVER_40 = Math.LN10 / 40;

/** The types by name, in the order of SVF_KINDS. */
const TYPE_NAMES = ['low-pass', 'high-pass', 'band-pass', 'notch', 'peak', 'low-shelf', 'high-shelf'];

interface Tables {
  /** As they were worked out last. */
  readonly coefficients: Float64Array;
  /** SVF_TABLE, where kernels can read it. */
  readonly table: Float64Array;
  /** Where moving coefficients are worked out. */
  readonly room: Float64Array;
}

/** Room for what is worked out and handed on at once. */
const designed = new Float64Array(SVF_COEFFICIENTS);

function designSettled(p: KernelParams, rateHz: number, coefficients: Float64Array): void {
  const cutoffHz = Math.min(p.cutoff.value, FREQUENCY_RATIO_MAX * rateHz);
  designSvf(SVF_KINDS[p.type.value], cutoffHz, p.q.value, p.gain.value, rateHz, coefficients);
}

const playSettled: Kernel<Tables> = (io, p, s, frames) => {
  const { coefficients } = io.tables;
  if (io.hasMoved) designSettled(p, io.ctx.rateHz, coefficients);
  io.kernels.svf(coefficients, s.integrators as Float64Array, io.audioIn.in, io.audioOut.out, frames);
};

const playMoving: Kernel<Tables> = (io, p, s, frames) => {
  const { table, room } = io.tables;
  io.kernels.svfMoving(
    table,
    p.type.value,
    room,
    io.ctx.rateHz,
    p.cutoff,
    p.q,
    p.gain,
    s.integrators as Float64Array,
    io.audioIn.in,
    io.audioOut.out,
    frames,
  );
};

export default defineNode<Tables>({
  version: 1,
  label: 'Biquad Filter',
  help:
    'Cuts or boosts a range of frequencies. Low-pass keeps what lies below the cutoff, high-pass what lies above, band-pass ' +
    'what lies around it; notch removes that; peak and shelves raise or lower it by Gain. Q sets how narrow or how resonant. ' +
    'Wire a slow oscillator to Cutoff: you hear a sweep, and with a high Q the harmonics ring one after the other.',
  words: [
    'equalizer',
    'eq',
    'low-pass',
    'high-pass',
    'band-pass',
    'notch',
    'peak',
    'shelf',
    'tone',
    'bass',
    'treble',
    'wah',
  ],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    type: choice({ label: 'Type', choices: TYPE_NAMES, default: 'low-pass', help: 'Which frequencies pass.' }),
    cutoff: param({
      label: 'Cutoff',
      unit: 'Hz',
      min: 20,
      max: 20000,
      default: 1000,
      scale: 'log',
      help: 'Corner, centre or middle of the shelf; at most 0.49 of the sample rate counts.',
    }),
    q: param({
      label: 'Q',
      unit: 'Q',
      min: 0.1,
      max: 40,
      default: Math.SQRT1_2,
      scale: 'log',
      help: 'Resonance or narrowness; 0.71 is the flattest low-pass.',
    }),
    gain: param({
      label: 'Gain',
      unit: 'dB',
      min: -24,
      max: 24,
      default: 0,
      help: 'Boost or cut, for peak and shelves only.',
    }),
  },
  tables: (_, place) => ({
    coefficients: place(new Float64Array(SVF_COEFFICIENTS)),
    table: place(SVF_TABLE),
    room: place(new Float64Array(SVF_ROOM)),
  }),
  // i1, i2 of one channel after the other.
  state: ctx => ({ integrators: { shape: [ctx.channels.in ?? 1, SVF_STATE], dtype: 'f64' } }),
  rest: {},
  linear: {
    state: { name: 'integrators', order: 2 },
    design(p, rateHz, section) {
      designSettled(p, rateHz, designed);
      sectionOfSvf(designed, section);
    },
  },
  kernel(io, p, s, frames) {
    const isSettled = p.cutoff.isConstant && p.q.isConstant && p.gain.isConstant;
    (isSettled ? playSettled : playMoving)(io, p, s, frames);
  },
  lower(g, io, p) {
    // The row of the type that is chosen now, read as SVF_TABLE says.
    const row = g.op('Gather', [g.constant('f64', SVF_TABLE, [TYPE_NAMES.length, SVF_TERMS]), p.type.value], {
      axis: 0n,
    });
    const term = (at: number): Value => g.op('Squeeze', [g.slice(row, 1, at, at + 1), g.i64(1)]);
    const sum = (first: number, ...factors: readonly Value[]): Value =>
      factors.reduce((total, factor, at) => g.add(total, g.mul(term(first + 1 + at), factor)), term(first));
    const amplitude = g.op('Exp', [g.mul(p.gain.value, g.f64(LN10_OVER_40))]);
    const square = g.mul(amplitude, amplitude);
    const root = g.op('Sqrt', [amplitude]);

    // The runtimes have no tangent in f64.
    const wished = g.op('Max', [g.div(p.cutoff.value, g.f64(io.ctx.rateHz)), g.f64(MIN_CUTOFF_RATIO)]);
    const ratio = g.op('Min', [wished, g.f64(FREQUENCY_RATIO_MAX)]);
    const angle = g.mul(ratio, g.f64(Math.PI));
    const tangent = g.div(g.op('Sin', [angle]), g.op('Cos', [angle]));
    const warped = g.mul(tangent, sum(0, root, g.op('Reciprocal', [root])));
    const k = g.div(sum(3, g.op('Reciprocal', [amplitude])), p.q.value);
    const m0 = sum(5, square);
    const m1 = g.mul(k, sum(7, amplitude, square));
    const m2 = sum(10, square);
    const one = g.f64(1);
    const two = g.f64(2);
    const a1 = g.div(one, g.add(one, g.mul(warped, g.add(warped, k))));
    const a2 = g.mul(warped, a1);
    const a3 = g.mul(warped, a2);

    // i1 ← (2·a1 − 1)·i1 − 2·a2·i2 + 2·a2·x,   i2 ← 2·a2·i1 + (1 − 2·a3)·i2 + 2·a3·x
    const x = g.cast(io.audioIn.in, 'f64');
    const twice2 = g.mul(two, a2);
    const twice3 = g.mul(two, a3);
    const transition = [g.sub(g.mul(two, a1), one), g.op('Neg', [twice2]), twice2, g.sub(one, twice3)] as const;
    const { s: i1, t: i2 } = g.recurrence2(
      'integrators',
      transition,
      [g.mul(twice2, x), g.mul(twice3, x)],
      io.ctx.channels.in ?? 1,
    );
    const v3 = g.sub(x, i2);
    const v1 = g.add(g.mul(a1, i1), g.mul(a2, v3));
    const v2 = g.add(i2, g.add(g.mul(a2, i1), g.mul(a3, v3)));
    return { out: g.cast(g.add(g.mul(m0, x), g.add(g.mul(m1, v1), g.mul(m2, v2))), 'f32') };
  },
  cases: [
    {
      name: 'low-pass rings as the cookbook says',
      params: { type: 'low-pass', cutoff: 1000, q: 0.7071067811865476, gain: 0 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            0.003916126661, 0.01494135893, 0.02778546622, 0.03802374554, 0.04593618967, 0.05179190722, 0.05584674656,
            0.05834152898,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
    {
      name: 'high-pass rings as the cookbook says',
      params: { type: 'high-pass', cutoff: 1000, q: 2, gain: 0 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            0.9642572247, -0.0769191301, -0.08676060769, -0.09454250908, -0.1002660582, -0.1039665076, -0.1057104038,
            -0.1055925068,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
    {
      name: 'band-pass rings as the cookbook says',
      params: { type: 'band-pass', cutoff: 3000, q: 5, gain: 0 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            0.03685785422, 0.06559425094, 0.04573640684, 0.02063608396, -0.005639812828, -0.02915179943, -0.04665606482,
            -0.05602882792,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
    {
      name: 'notch rings as the cookbook says',
      params: { type: 'notch', cutoff: 6000, q: 1, gain: 0 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            0.738796125, -0.2729098572, 0.1008123725, 0.2356699621, 0.1980844215, 0.09440752633, 0.004034862271,
            -0.04087261628,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
    {
      name: 'peak rings as the cookbook says',
      params: { type: 'peak', cutoff: 2500, q: 1.5, gain: 9 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            1.109092242, 0.1942103544, 0.140646303, 0.07947674494, 0.01771725923, -0.03839950337, -0.08395172235,
            -0.115662183,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
    {
      name: 'low-shelf rings as the cookbook says',
      params: { type: 'low-shelf', cutoff: 300, q: 0.7, gain: -12 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            0.9804473953, -0.03866550625, -0.03776305455, -0.03681763613, -0.03583532082, -0.03482182518,
            -0.03378252258, -0.0327224534,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
    {
      name: 'high-shelf rings as the cookbook says',
      params: { type: 'high-shelf', cutoff: 8000, q: 0.7, gain: 6 },
      rateHz: 48000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: {
        out: [
          [
            1.571030562, -0.5655399093, -0.1174110051, 0.06249781581, 0.05048419906, 0.009288586721, -0.006093836636,
            -0.004490220413,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'RBJ cookbook coefficients through scipy.signal.lfilter, test/nodes/make_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc');
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 600, q: 4 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'filter.in');
    patch.connect('filter.out', 'out.in');
  },
});
