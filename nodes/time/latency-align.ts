// Latency Align: a meeting point that is seen. Owns "time/latency-align".
// The plan aligns all that meets at a node's inlets, so the lanes leave aligned. A lane's trim is a delay made on purpose: were it
// declared as latency, the plan would make the other lanes wait for it and nothing could be heard of it. y[n] = x[n − trim],
// between frames by third-order Lagrange interpolation (src/dsp/ring.ts).
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import type { NodeContext, ShapeContext } from '../../src/core/node-type.ts';
import { choice, type Params, param } from '../../src/core/param.ts';
import { audio, type Ports } from '../../src/core/port.ts';
import { readRing, readRingCubic, ringLength, writeRing } from '../../src/dsp/ring.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

const LANES = ['2', '3', '4'];
const LANES_DEFAULT = '2';
const TRIM_MAX = 1000;
/** A trim glides slowly: its slope is a change of pitch. */
const TRIM_GLIDE_MS = 100;
/** Frames that third-order interpolation reads. */
const STENCIL_FRAMES = 4;

interface Lane {
  readonly inlet: string;
  readonly outlet: string;
  readonly trim: string;
}
const lanesOf = ({ values }: Pick<ShapeContext, 'values'>): Lane[] =>
  Array.from({ length: Number(values.lanes ?? LANES_DEFAULT) }, (_, i) => ({
    inlet: `in${i + 1}`,
    outlet: `out${i + 1}`,
    trim: `trim${i + 1}`,
  }));

/** Lanes with the names of the lines of their channels. */
const makeTables = (ctx: NodeContext) =>
  lanesOf(ctx).map(lane => ({
    ...lane,
    lines: Array.from({ length: ctx.channels[lane.inlet] ?? 1 }, (_, channel) => `${lane.inlet}line${channel}`),
  }));

/** A trim that the line has; one that is not a number is none. */
const bounded = (trim: number): number => (trim > 0 ? Math.min(trim, TRIM_MAX) : 0);

/** The lane in ONNX: four gathered frames and their weights per frame. */
function lowerLane(g: GraphBuilder, x: Value, trim: Value, history: string, channels: number, counted: Value): Value {
  const past = TRIM_MAX + STENCIL_FRAMES;
  const heard = g.history(history, x, channels, past);
  const d = g.op('Min', [g.op('Max', [trim, g.f64(0)]), g.f64(TRIM_MAX)]);
  const first = g.op('Max', [g.sub(g.op('Floor', [d]), g.f64(1)), g.f64(0)]);
  const u = g.sub(d, first);
  const [u1, u2, u3] = [1, 2, 3].map(k => g.sub(u, g.f64(k))) as [Value, Value, Value];
  const column = (value: Value): Value => g.op('Unsqueeze', [value, g.i64(1)]);
  const weight = (scale: number, a: Value, b: Value, c: Value): Value =>
    column(g.mul(g.mul(g.mul(a, b), c), g.f64(scale)));
  const weights = g.concat(
    [weight(-1 / 6, u1, u2, u3), weight(1 / 2, u, u2, u3), weight(-1 / 2, u, u1, u3), weight(1 / 6, u, u1, u2)],
    1,
  );
  const back = g.add(g.cast(column(first), 'i64'), g.i64(0, 1, 2, 3));
  const indices = g.sub(g.add(column(counted), g.i64(past)), back);
  const frames = g.cast(g.op('Gather', [heard, indices], { axis: 1n }), 'f64');
  const sum = g.op('ReduceSum', [g.mul(frames, weights), g.i64(2)], { keepdims: 0n, noop_with_empty_axes: 0n });
  return g.cast(sum, 'f32');
}

export default defineNode<ReturnType<typeof makeTables>>({
  version: 1,
  label: 'Latency Align',
  help:
    'Brings several ways of a sound to one time. Lead each way into a lane: early ones wait for the latest, and all leave together, ' +
    'to be mixed or measured. Trim makes a lane late on purpose, in samples; it is not made up for. Mix two lanes of the same ' +
    'noise and turn one trim: the comb filter that you hear is what missing alignment does.',
  words: ['compensation', 'delay', 'sync', 'comb filter', 'flanger', 'phase', 'parallel', 'meet', 'wait', 'samples'],
  ports: ctx => {
    const lanes = lanesOf(ctx);
    const label = (i: number) => ({ label: String(i + 1) });
    const ports: Ports = {
      ...Object.fromEntries(lanes.map(({ inlet }, i) => [inlet, audio('inlet', label(i))])),
      ...Object.fromEntries(lanes.map(({ outlet }, i) => [outlet, audio('outlet', label(i))])),
    };
    return ports;
  },
  params: ctx => {
    const params: Params = {
      lanes: choice({
        label: 'Lanes',
        choices: LANES,
        default: LANES_DEFAULT,
        isStructural: true,
        help: 'Ways that meet.',
      }),
      ...Object.fromEntries(
        lanesOf(ctx).map(({ trim }, i) => [
          trim,
          param({
            label: `Trim ${i + 1}`,
            unit: 'samples',
            min: 0,
            max: TRIM_MAX,
            default: 0,
            smoothingMs: TRIM_GLIDE_MS,
            help: 'Delay of this lane on purpose: heard, and not compensated. Fractions are interpolated.',
          }),
        ]),
      ),
    };
    return params;
  },
  tables: makeTables,
  state: ctx =>
    Object.fromEntries(
      makeTables(ctx)
        .flatMap(({ lines }) => lines)
        .map(name => [name, { shape: [ringLength(TRIM_MAX)], dtype: 'f32' as const }]),
    ),
  kernel(io, p, s, frames) {
    for (const { inlet, outlet, trim, lines } of io.tables) {
      const { isConstant, value, values } = p[trim];
      const isPlain = isConstant && Number.isInteger(value);
      for (let channel = 0; channel < lines.length; channel++) {
        const line = s[lines[channel]] as Float32Array;
        const input = io.audioIn[inlet][channel];
        const output = io.audioOut[outlet][channel];
        for (let i = 0; i < frames; i++) {
          const now = io.frame + i;
          writeRing(line, now, finiteOrZero(input[i]));
          output[i] = isPlain ? readRing(line, now, bounded(value)) : readRingCubic(line, now, bounded(values[i]));
        }
      }
    }
  },
  lower(g, io, p) {
    const scalar = g.op('Squeeze', [io.frames, g.i64(0)]);
    const counted = g.op('Range', [g.constant('i64', [0], []), scalar, g.constant('i64', [1], [])]);
    return Object.fromEntries(
      (io.tables as ReturnType<typeof makeTables>).map(({ inlet, outlet, trim, lines }) => [
        outlet,
        lowerLane(g, io.audioIn[inlet], p[trim].value, `${inlet}line`, lines.length, counted),
      ]),
    );
  },
  cases: [
    {
      name: 'without trim all lanes pass, bit by bit',
      in: { in1: [[0.1, -0.7, 3]], in2: [[1, 0.3, 0]] },
      out: { out1: [[Math.fround(0.1), Math.fround(-0.7), 3]], out2: [[1, Math.fround(0.3), 0]] },
      tolerance: 0,
      reference: 'identity in f32',
    },
    {
      name: 'trims of whole samples shift a lane',
      params: { lanes: '3', trim1: 2, trim3: 1 },
      in: { in1: [[1, 2, 3, 4]], in2: [[1, 2, 3, 4]], in3: [[1, 2, 3, 4]] },
      out: { out1: [[0, 0, 1, 2]], out2: [[1, 2, 3, 4]], out3: [[0, 1, 2, 3]] },
      tolerance: 0,
      reference: 'shifted by hand',
    },
    {
      name: 'a quarter of a sample between is a cubic',
      params: { trim2: 1.25 },
      in: { in1: [[0, 0, 0, 0, 0, 0, 0]], in2: [[0, 1, 8, 27, 64, 125, 216]] },
      out: {
        out1: [[0, 0, 0, 0, 0, 0, 0]],
        out2: [[0, -0.0546875, 0.3828125, 5.359375, 20.796875, 52.734375, 107.171875]],
      },
      tolerance: 1e-12,
      reference: 'Lagrange, third order: (n − 1.25)³ wherever the four frames lie on n³',
    },
  ],
  example(patch) {
    patch.add('source/noise', 'noise');
    patch.add('time/latency-align', 'align', { params: { trim2: 24 } });
    patch.add('mix/dry-wet', 'mix');
    patch.add('output/audio-output', 'out');
    patch.connect('noise.out', 'align.in1');
    patch.connect('noise.out', 'align.in2');
    patch.connect('align.out1', 'mix.dry');
    patch.connect('align.out2', 'mix.wet');
    patch.connect('mix.out', 'out.in');
    patch.note(
      '24 samples are half a millisecond: the noise is hollow at 1 kHz, 3 kHz, 5 kHz … Turn Trim 2 to 0.',
      [0, -80],
    );
  },
});
