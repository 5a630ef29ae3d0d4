// The kernels of networks, one by one, against the same in f64: recurrent steps, convolutions, dense layers, functions of numbers.
import { describe, expect, it } from 'vitest';
import {
  flip,
  GRU_GATES,
  LSTM_GATES,
  packColumns,
  packConv,
  packDots,
  packGates,
  packRows,
  roundUp,
} from '../../src/neural/pack.ts';
import { instantiate } from '../../src/simd/module.ts';
import { noise } from './kernel-pair.ts';

const forms = ['simd', 'relaxed'] as const;

/** The functions over a memory, with arrays laid out one behind the other. */
function bench(form: (typeof forms)[number]) {
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 32 });
  const wasm = instantiate(memory, form);
  if (!wasm) throw new Error('this runtime has no SIMD: nothing to compare');
  let next = 64;
  const take = (numbers: ArrayLike<number>): Float32Array => {
    const array = new Float32Array(memory.buffer, next, numbers.length);
    array.set(numbers);
    next += 16 * Math.ceil(numbers.length / 4) + 128;
    return array;
  };
  return { wasm, take, room: (count: number) => take(new Float32Array(count)) };
}

const f32 = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);
const random = (count: number, seed: number, scale = 1): Float32Array => f32(noise(count, seed).map(x => x * scale));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, within: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    if (!(Math.abs(actual[i] - wanted[i]) <= within)) expect([i, actual[i]]).toEqual([i, wanted[i]]);
}

describe.each(forms)('functions of numbers, %s', form => {
  const x = f32(Float64Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100));

  it('tanh and sigmoid within 6e-7, also far out; what is not a number stays so', () => {
    const { wasm, take, room } = bench(form);
    const input = take([...x, 1e30, -1e30, Infinity, -Infinity, Number.NaN]);
    const output = room(input.length + 16);
    for (const [run, wanted] of [
      [wasm.tanhRows, Math.tanh],
      [wasm.sigmoidRows, sigmoid],
    ] as const) {
      run(input.byteOffset, 0, output.byteOffset, 0, 1, input.length);
      expectClose(output.subarray(0, x.length + 4), [...input.subarray(0, x.length + 4)].map(wanted), 6e-7);
      expect(output[input.length - 1]).toBeNaN();
    }
  });

  it('tanh within 4e-7 of itself, odd, never above 1, and the number itself where that is small', () => {
    const { wasm, take, room } = bench(form);
    const small = Float32Array.from({ length: 400 }, (_, k) => 1e-20 * 1.1 ** k);
    const input = take([...x, ...small, ...x.map(v => -v), ...small.map(v => -v), Infinity, -Infinity]);
    const count = x.length + small.length;
    const y = room(input.length + 16);
    wasm.tanhRows(input.byteOffset, 0, y.byteOffset, 0, 1, input.length);
    for (let i = 0; i < count; i++) {
      expect(y[i + count]).toBe(-y[i]);
      expect(Math.abs(y[i])).toBeLessThanOrEqual(1);
      const wanted = Math.tanh(input[i]);
      expect(Math.abs(y[i] - wanted)).toBeLessThanOrEqual(4e-7 * Math.abs(wanted));
      if (Math.abs(input[i]) < 1e-5) expect(y[i]).toBe(input[i]);
    }
    expect([...y.subarray(2 * count, 2 * count + 2)]).toEqual([y[x.length - 1], -y[x.length - 1]]);
  });

  it.each([
    [0, (v: number) => Math.max(0, v)],
    [1, (v: number) => (v < 0 ? 0.3 * v : v)],
    [2, (v: number) => (v < 0 ? 0.3 * Math.expm1(v) : v)],
    [3, (v: number) => Math.log1p(Math.exp(v))],
    [4, Math.exp],
    [5, Math.log],
    [6, Math.sqrt],
    [7, Math.abs],
    [8, (v: number) => -v],
  ] as const)('function %d to the last place of f32', (kind, wanted) => {
    const { wasm, take, room } = bench(form);
    const [input, output] = [take(x), room(x.length + 16)];
    wasm.unaryRows(kind, 0.3, input.byteOffset, 0, output.byteOffset, 0, 1, x.length);
    for (let i = 0; i < x.length; i++) {
      const exact = wanted(x[i] === 0 ? x[i] : Math.fround(x[i]));
      if (Number.isNaN(exact) || !Number.isFinite(exact)) expect(output[i]).toEqual(exact);
      else expect(Math.abs(output[i] - exact)).toBeLessThanOrEqual(2 ** -22 * Math.abs(exact) + 1e-12);
    }
  });

  it('rows keep apart, whatever their length; one number is spread over a row', () => {
    const { wasm, take, room } = bench(form);
    for (const count of [1, 2, 3, 7, 16, 37]) {
      const pitch = roundUp(count, 16) + 16;
      const [a, b, y] = [take(random(3 * pitch, 1)), take(random(3 * pitch, 2)), room(3 * pitch + 16)];
      wasm.binaryRows(1, a.byteOffset, 4 * pitch, 16, b.byteOffset, 4 * pitch, 0, y.byteOffset, 4 * pitch, 3, count);
      for (let row = 0; row < 3; row++)
        for (let i = 0; i < count; i++)
          expect(y[row * pitch + i]).toBe(Math.fround(a[row * pitch + i] - b[row * pitch]));
      wasm.gateRows(a.byteOffset, 4 * pitch, b.byteOffset, 4 * pitch, y.byteOffset, 4 * pitch, 3, count);
      for (let row = 0; row < 3; row++)
        for (let i = 0; i < count; i++) {
          const at = row * pitch + i;
          expect(Math.abs(y[at] - Math.tanh(a[at]) * sigmoid(b[at]))).toBeLessThan(1e-6);
        }
    }
  });
});

describe.each(forms)('convolutions, %s', form => {
  it.each([
    [16, 16, 3, 4, 128],
    [1, 5, 1, 1, 7],
    [6, 3, 2, 7, 1],
    [3, 9, 5, 2, 37],
  ])('%d channels to %d, %d taps, dilation %d, %d frames', (ins, outs, taps, dilation, frames) => {
    const { wasm, take, room } = bench(form);
    const pitch = roundUp(frames + (taps - 1) * dilation, 16) + 16;
    const x = take(random(ins * pitch, 3));
    const [weight, bias] = [random(outs * ins * taps, 4, 0.3), random(outs, 5)];
    const start = take(random(outs * pitch, 6));
    const y = room(outs * pitch + 16);
    const exact = (out: number, at: number): number => {
      let sum = bias[out];
      for (let c = 0; c < ins; c++)
        for (let k = 0; k < taps; k++) sum += weight[(out * ins + c) * taps + k] * x[c * pitch + at + k * dilation];
      return sum;
    };
    const w = take(packConv(weight, bias, outs, ins * taps));
    const bytes = 4 * pitch;
    for (const from of [0, start.byteOffset]) {
      wasm.conv(
        x.byteOffset,
        bytes,
        y.byteOffset,
        bytes,
        w.byteOffset,
        ins,
        taps,
        4 * dilation,
        outs,
        frames,
        from,
        from && bytes,
      );
      for (let out = 0; out < outs; out++)
        for (let at = 0; at < frames; at++) {
          const wanted = exact(out, at) + (from ? start[out * pitch + at] : 0);
          expect(Math.abs(y[out * pitch + at] - wanted)).toBeLessThan(4e-6);
        }
    }
    const row = take(packRows(weight, bias, 1, ins * taps));
    wasm.convRow(x.byteOffset, bytes, y.byteOffset, row.byteOffset, ins, taps, 4 * dilation, frames, 0);
    expectClose(
      y.subarray(0, frames),
      Array.from({ length: frames }, (_, at) => exact(0, at)),
      4e-6,
    );
    const fewer = Math.ceil(frames / 3);
    wasm.convStrided(x.byteOffset, bytes, y.byteOffset, bytes, w.byteOffset, ins, taps, 4 * dilation, outs, fewer, 12);
    for (let out = 0; out < outs; out++)
      for (let at = 0; at < fewer; at++) expect(Math.abs(y[out * pitch + at] - exact(out, 3 * at))).toBeLessThan(4e-6);
  });
});

describe.each(forms)('dense layers, %s', form => {
  it.each([
    [1, 96],
    [2, 5],
    [7, 33],
    [32, 1],
    [11, 3],
    [257, 32],
  ])('%d to %d', (ins, outs) => {
    const { wasm, take, room } = bench(form);
    const [rows, pitch] = [5, roundUp(outs, 4)];
    const x = take([...random(rows * ins, 7), Number.NaN, Number.NaN, Number.NaN]);
    const [weight, bias] = [random(ins * outs, 8, 0.2), random(outs, 9)];
    const wanted = Array.from({ length: rows }, (_, row) =>
      Array.from(
        { length: outs },
        (__, out) =>
          bias[out] +
          [...weight].reduce(
            (sum, value, at) => (at % outs === out ? sum + value * x[row * ins + Math.floor(at / outs)] : sum),
            0,
          ),
      ),
    );
    const y = room(rows * pitch + 16);
    const [w, start] = [take(packColumns(weight, ins, outs)), take([...bias, 0, 0, 0])];
    wasm.dense(
      x.byteOffset,
      4 * ins,
      4,
      y.byteOffset,
      4 * pitch,
      4 * pitch,
      start.byteOffset,
      w.byteOffset,
      4 * pitch,
      ins,
      rows,
    );
    for (const [row, numbers] of wanted.entries())
      expectClose(y.subarray(row * pitch, row * pitch + outs), numbers, 1e-5);
    const dots = take(packDots(weight, bias, ins, outs));
    wasm.dots(x.byteOffset, 4 * ins, y.byteOffset, 4 * pitch, 4, dots.byteOffset, ins, outs, rows);
    for (const [row, numbers] of wanted.entries())
      expectClose(y.subarray(row * pitch, row * pitch + outs), numbers, 1e-5);
    expect([...flip(weight, ins, outs)].slice(0, ins)).toEqual(Array.from({ length: ins }, (_, k) => weight[k * outs]));
  });
});

describe.each(forms)('recurrent layers, %s', form => {
  const frames = 200;
  const layer = (units: number, order: typeof GRU_GATES) => {
    const { wasm, take, room } = bench(form);
    const part = roundUp(units, 4);
    const gates = order.length;
    const [weight, recurrence] = [random(gates * units, 1), random(gates * units * units, 2, 1 / Math.sqrt(units))];
    const bias = random(gates * units, 3, 0.3);
    const x = random(frames, 4);
    const given = room(frames * gates * part + 16);
    const [w, start] = [take(packGates(weight, order, units, 1)), take(packGates(bias, order, units, 1))];
    const pitch = 4 * gates * part;
    wasm.dense(
      take(x).byteOffset,
      4,
      4,
      given.byteOffset,
      pitch,
      pitch,
      start.byteOffset,
      w.byteOffset,
      pitch,
      1,
      frames,
    );
    const columns = take(packGates(recurrence, order, units, units));
    const dot = (gate: number, unit: number, h: readonly number[]): number =>
      h.reduce((sum, value, k) => sum + recurrence[(gate * units + unit) * units + k] * value, 0);
    const input = (gate: number, unit: number, at: number): number =>
      weight[gate * units + unit] * x[at] + bias[gate * units + unit];
    return {
      wasm,
      take,
      room,
      part,
      given,
      pitch,
      columns,
      dot,
      input,
      y: room(frames * part + 16),
      h: room(part + 4),
      temp: room(4 * part),
    };
  };

  it.each([
    [32, true],
    [32, false],
    [5, true],
    [9, false],
  ])('GRU of %d units, reset before the matrix: %s', (units, isResetBefore) => {
    const { wasm, take, part, given, pitch, columns, dot, input, y, h, temp } = layer(units, GRU_GATES);
    const kept = random(units, 6, 0.3);
    const bias = take(packGates(kept, [{ gate: 0, factor: 1 }], units, 1));
    wasm.gru(
      given.byteOffset,
      pitch,
      y.byteOffset,
      4 * part,
      frames,
      columns.byteOffset,
      bias.byteOffset,
      h.byteOffset,
      4 * part,
      roundUp(units, 2),
      temp.byteOffset,
      isResetBefore ? 1 : 0,
    );
    let state = new Array<number>(units).fill(0);
    for (let at = 0; at < frames; at++) {
      const gate = (k: number) => state.map((_, unit) => sigmoid(input(k, unit, at) + dot(k, unit, state)));
      const [z, r] = [gate(0), gate(1)];
      const cut = state.map((value, unit) => r[unit] * value);
      const fresh = state.map((_, unit) =>
        Math.tanh(
          input(2, unit, at) +
            (isResetBefore ? dot(2, unit, cut) + kept[unit] : r[unit] * (dot(2, unit, state) + kept[unit])),
        ),
      );
      state = state.map((value, unit) => (1 - z[unit]) * fresh[unit] + z[unit] * value);
      expectClose(y.subarray(at * part, at * part + units), state, 5e-6);
    }
    expect([...h.subarray(units, part)]).toEqual(new Array(part - units).fill(0));
  });

  it.each([32, 7, 2])('LSTM of %d units', units => {
    const { wasm, room, part, given, pitch, columns, dot, input, y, h, temp } = layer(units, LSTM_GATES);
    const c = room(part);
    wasm.lstm(
      given.byteOffset,
      pitch,
      y.byteOffset,
      4 * part,
      frames,
      columns.byteOffset,
      h.byteOffset,
      c.byteOffset,
      4 * part,
      roundUp(units, 2),
      temp.byteOffset,
    );
    let [state, cell] = [new Array<number>(units).fill(0), new Array<number>(units).fill(0)];
    for (let at = 0; at < frames; at++) {
      const [i, o, f, g] = [0, 1, 2, 3].map(k => state.map((_, unit) => input(k, unit, at) + dot(k, unit, state)));
      cell = cell.map((value, unit) => sigmoid(f[unit]) * value + sigmoid(i[unit]) * Math.tanh(g[unit]));
      state = cell.map((value, unit) => sigmoid(o[unit]) * Math.tanh(value));
      expectClose(y.subarray(at * part, at * part + units), state, 5e-6);
    }
  });
});
