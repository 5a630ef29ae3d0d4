// The writer: recurrences against plain f64 loops, states, history, unused parts, and the same bytes every time.
import { describe, expect, test } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import { OnnxGraphBuilder } from '../../src/onnx/builder.ts';
import { checkModel } from '../../src/onnx/check.ts';
import { decodeModel } from '../../src/onnx/proto.ts';
import { f32, f64, maxDifference, noise, open } from './ort.ts';

const LENGTHS = [1, 2, 3, 5, 8, 31, 32, 33, 127, 128, 333, 1000];

function recurrence2Model(channels: number): OnnxGraphBuilder {
  const builder = new OnnxGraphBuilder();
  const names = ['a11', 'a12', 'a21', 'a22'].map(name => builder.input(name, 'f64', ['N']));
  const b1 = builder.input('b1', 'f64', [channels, 'N']);
  const b2 = builder.input('b2', 'f64', [channels, 'N']);
  const { s, t } = builder.scope('filter').recurrence2('st', names as never, [b1, b2], channels);
  builder.output('s', s, 'f64', [channels, 'N']);
  builder.output('t', t, 'f64', [channels, 'N']);
  return builder;
}

describe('recurrences', () => {
  test('two states: equal to the plain recursion in f64 for any N, from any start', async () => {
    const channels = 2;
    const run = await open(recurrence2Model(channels).toBytes());
    for (const frames of LENGTHS) {
      // Rotations of a varying angle, damped: as a swept resonant filter, |s| stays of the order of its input.
      const angle = noise(frames, 1).map(value => 0.2 + 0.15 * value);
      const a11 = angle.map(value => 0.995 * Math.cos(value));
      const a12 = angle.map(value => -0.995 * Math.sin(value));
      const b1 = noise(channels * frames, 2);
      const b2 = noise(channels * frames, 3);
      const start = noise(2 * channels, 4);
      const out = await run({
        a11: f64(a11),
        a12: f64(a12),
        a21: f64(a12.map(value => -value)),
        a22: f64(a11),
        b1: f64(b1, [channels, frames]),
        b2: f64(b2, [channels, frames]),
        'filter/st_in': f64(start, [2, channels]),
      });
      const s = new Float64Array(channels * frames);
      const t = new Float64Array(channels * frames);
      const end = new Float64Array(2 * channels);
      let peak = 1;
      for (let c = 0; c < channels; c++) {
        let x = start[c];
        let y = start[channels + c];
        for (let n = 0; n < frames; n++) {
          s[c * frames + n] = x;
          t[c * frames + n] = y;
          const next = a11[n] * x + a12[n] * y + b1[c * frames + n];
          y = -a12[n] * x + a11[n] * y + b2[c * frames + n];
          x = next;
          peak = Math.max(peak, Math.abs(x), Math.abs(y));
        }
        end[c] = x;
        end[channels + c] = y;
      }
      expect(maxDifference(out.s.data, s) / peak, `s, N = ${frames}`).toBeLessThan(1e-12);
      expect(maxDifference(out.t.data, t) / peak, `t, N = ${frames}`).toBeLessThan(1e-12);
      expect(maxDifference(out['filter/st_out'].data, end) / peak, `state, N = ${frames}`).toBeLessThan(1e-12);
    }
  });

  test('one state: equal to the plain recursion in f64 for any N, and block by block', async () => {
    const channels = 3;
    const builder = new OnnxGraphBuilder();
    const s = builder
      .scope('env')
      .recurrence1('y', builder.input('a', 'f64', ['N']), builder.input('b', 'f64', [channels, 'N']), channels);
    builder.output('s', s, 'f64', [channels, 'N']);
    const run = await open(builder.toBytes());
    let state = noise(channels, 7);
    let reference = [...state];
    for (const frames of LENGTHS) {
      const a = noise(frames, frames).map(value => 0.9 + 0.0999 * value);
      const b = noise(channels * frames, frames + 1);
      const out = await run({ a: f64(a), b: f64(b, [channels, frames]), 'env/y_in': f64(state) });
      const expected = new Float64Array(channels * frames);
      reference = reference.map((value, c) => {
        let y = value;
        for (let n = 0; n < frames; n++) expected[c * frames + n] = y = a[n] * y + b[c * frames + n];
        return y;
      });
      const peak = Math.max(1, ...expected.map(Math.abs));
      expect(maxDifference(out.s.data, expected) / peak, `N = ${frames}`).toBeLessThan(1e-12);
      state = out['env/y_out'].data as Float64Array<ArrayBuffer>;
      expect(maxDifference(state, reference) / peak).toBeLessThan(1e-12);
    }
  });

  test('one state bounded below: equal to the plain recursion in f64 for any N, and block by block', async () => {
    const channels = 2;
    const builder = new OnnxGraphBuilder();
    const [a, c] = ['a', 'c'].map(name => builder.input(name, 'f64', [channels, 'N']));
    const b = builder.input('b', 'f64', [1]);
    builder.output('s', builder.scope('env').recurrenceMax('y', [a, b, c], channels), 'f64', [channels, 'N']);
    const run = await open(builder.toBytes());
    const fall = -0.003;
    let state = noise(channels, 9);
    let reference = [...state];
    for (const frames of [0, ...LENGTHS]) {
      // A coefficient of 0 forgets everything before: a latch.
      const as = noise(channels * frames, frames + 2).map(
        value => Math.max(0, 0.98 + 0.019 * value) * (value > -0.95 ? 1 : 0),
      );
      const cs = noise(channels * frames, frames + 3).map(value => value - 0.9);
      const shape = [channels, frames];
      const out = await run({ a: f64(as, shape), b: f64([fall]), c: f64(cs, shape), 'env/y_in': f64(state) });
      const expected = new Float64Array(channels * frames);
      reference = reference.map((value, channel) => {
        let y = value;
        for (let n = channel * frames; n < (channel + 1) * frames; n++)
          expected[n] = y = Math.max(cs[n], as[n] * y + fall);
        return y;
      });
      expect(maxDifference(out.s.data, expected), `N = ${frames}`).toBeLessThan(1e-12);
      state = out['env/y_out'].data as Float64Array<ArrayBuffer>;
      expect(maxDifference(state, reference)).toBeLessThan(1e-12);
    }
  });

  test('no frames: nothing out, the state stays', async () => {
    const run = await open(recurrence2Model(1).toBytes());
    const none = { a11: f64([]), a12: f64([]), a21: f64([]), a22: f64([]), b1: f64([], [1, 0]), b2: f64([], [1, 0]) };
    const out = await run({ ...none, 'filter/st_in': f64([0.25, -3], [2, 1]) });
    expect(out.s.dims).toEqual([1, 0]);
    expect([...out['filter/st_out'].data]).toEqual([0.25, -3]);
  });

  test('the written loops pass our own check', () => {
    expect(checkModel(recurrence2Model(2).toBytes()).problems).toEqual([]);
  });
});

describe('the written model', () => {
  test('history holds the last frames whatever the blocks', async () => {
    const builder = new OnnxGraphBuilder();
    const x = builder.input('x', 'f32', [1, 'N']);
    builder.output('y', builder.scope('fir').history('past', x, 1, 3), 'f32', [1, 'M']);
    const run = await open(builder.toBytes());
    let past = f32([7, 8, 9], [1, 3]);
    const first = await run({ x: f32([1], [1, 1]), 'fir/past_in': past });
    expect([...first.y.data]).toEqual([7, 8, 9, 1]);
    past = first['fir/past_out'] as never;
    expect([...past.data]).toEqual([8, 9, 1]);
    const second = await run({ x: f32([2, 3, 4, 5], [1, 4]), 'fir/past_in': past });
    expect([...second['fir/past_out'].data]).toEqual([3, 4, 5]);
  });

  test('leaves out what no output needs, stores equal constants once, names defaults', () => {
    const builder = new OnnxGraphBuilder();
    const x = builder.input('x', 'f32', [1, 'N']);
    const g = builder.scope('n');
    g.mul(x, g.f32(5));
    const y = g.add(g.mul(x, g.f32(2)), g.f32(2));
    builder.output('y', g.op('CumSum', [y, g.i64(1)]), 'f32', [1, 'N']);
    const graph = builder.toModel().graph;
    expect(graph?.node.map(node => node.opType)).toEqual(['Mul', 'Add', 'CumSum', 'Identity']);
    expect(graph?.initializer).toHaveLength(2);
    expect(graph?.node[2].attribute.map(attribute => [attribute.name, attribute.i])).toEqual([
      ['exclusive', 0n],
      ['reverse', 0n],
    ]);
  });

  test('comes back from its bytes, and the same calls give the same bytes', () => {
    const bytes = recurrence2Model(2).toBytes({ metadata: { name: 'Filter' } });
    expect(recurrence2Model(2).toBytes({ metadata: { name: 'Filter' } })).toEqual(bytes);
    const model = decodeModel(bytes);
    expect(model.irVersion).toBe(10n);
    expect(model.opsetImport).toEqual([{ domain: '', version: 18n }]);
    expect(model.graph?.output.map(output => output.name)).toEqual(['s', 't', 'filter/st_out']);
  });

  test('refuses a state without a next value, set twice, or inside a body', () => {
    const builder = new OnnxGraphBuilder();
    const g = builder.scope('n');
    const state = g.state('s', 'f32', [1]);
    expect(() => builder.toModel()).toThrow(PatchError);
    g.setState('s', state);
    expect(() => g.setState('s', state)).toThrow(/set twice/);
    expect(() => g.subgraph([], body => [{ value: body.state('t', 'f32', [1]), dtype: 'f32', shape: [1] }])).toThrow(
      /no state can live/,
    );
    expect(builder.toModel().graph?.output.map(output => output.name)).toEqual(['n/s_out']);
  });
});
