// Curves: the SIMD form beside its scalar twin and Math within the errors that core/effect-kernels.ts states, loud, quiet and silent,
// over any lengths and with numbers that are none.
import { describe, expect, it } from 'vitest';
import { CURVES, curveAt } from '../../src/dsp/shape.ts';
import { distance, type KernelPair, kernelPair, noise } from './kernel-pair.ts';

const FORMS = ['simd', 'relaxed'] as const;
const LENGTHS = [0, 1, 2, 3, 4, 7, 8, 127, 128, 129];
const ERROR = 5e-7;
const FOLDBACK = CURVES.indexOf('foldback');

const steady = (value: number) => ({ value, isConstant: true, values: new Float64Array(0) });
const moving = (pair: KernelPair, values: ArrayLike<number>) => ({
  value: values[0],
  isConstant: false,
  values: pair.f64(values),
});

/** Numbers of all sizes from 1e-9 to 1e6. */
const wide = (count: number): Float64Array => {
  const sizes = noise(count, 4);
  return noise(count, 3).map((x, at) => Math.sign(x) * 10 ** (15 * Math.abs(sizes[at]) - 9));
};

describe.each(FORMS)('shape, %s', form => {
  it.each(CURVES.map((name, curve) => [name, curve] as const))('%s in f64', (_name, curve) => {
    const pair = kernelPair(form);
    const x = pair.f64([0, -0, 1e-12, 30, -30, 1e5, -1e5, 0.4142135, 2.41422, ...noise(1000, 1).map(v => 6 * v)]);
    const y = pair.f64(new Float64Array(x.length));
    pair.simd.bend(curve, x, y, x.length);
    // Foldback of 1e5: whole turns of f64 itself.
    for (let i = 0; i < x.length; i++) expect(Math.abs(y[i] - curveAt(curve, x[i]))).toBeLessThan(2e-10);
    expect([y[0], Math.abs(y[1])]).toEqual([0, 0]);
  });

  it.each(CURVES.map((name, curve) => [name, curve] as const))('%s in f32, of any length', (_name, curve) => {
    const pair = kernelPair(form);
    for (const frames of LENGTHS)
      for (const channels of [1, 2, 3]) {
        const input = Array.from({ length: channels }, (_, c) => pair.f32(noise(frames, 9 * frames + c)));
        const make = () => input.map(() => pair.f32(new Float32Array(frames + 4).fill(9)));
        const [wanted, got] = [make(), make()];
        const compare = (error: number): void => {
          for (let c = 0; c < channels; c++) {
            expect(distance(wanted[c].subarray(0, frames), got[c].subarray(0, frames))).toBeLessThan(error);
            expect([...got[c].subarray(frames)]).toEqual([9, 9, 9, 9]);
          }
        };
        for (const k of ['scalar', 'simd'] as const)
          for (let c = 0; c < channels; c++)
            pair[k].shape(curve, 4, 0.2, 0.5, input[c], (k === 'simd' ? got : wanted)[c], frames);
        compare(0.5 * ERROR);
        const moves = (seed: number, size: number) =>
          moving(
            pair,
            noise(Math.max(1, frames), seed).map(v => size * v),
          );
        for (const [drive, bias, level] of [
          [moves(1, 20), steady(0.3), steady(-6)],
          [steady(12), moves(2, 1), steady(0)],
          [moves(4, 30), moves(5, 1), moves(6, 6)],
        ] as const) {
          pair.scalar.shapeMoving(curve, drive, bias, level, input, wanted, frames);
          pair.simd.shapeMoving(curve, drive, bias, level, input, got, frames);
          compare(3e-6);
        }
      }
  });

  it.each(CURVES.map((name, curve) => [name, curve] as const))('%s: quiet, loud, silent, not a number', (_n, curve) => {
    const pair = kernelPair(form);
    const input = pair.f32(curve === FOLDBACK ? noise(4000, 3).map(v => 1000 * v) : wide(4000));
    const [up, down] = [pair.f32(input), pair.f32(input)];
    pair.simd.shape(curve, 1, 0, 1, input, up, 4000);
    pair.simd.shape(curve, -1, 0, 1, input, down, 4000);
    for (let i = 0; i < 4000; i++) {
      const wanted = curveAt(curve, input[i]);
      // Of itself, so that quiet sounds keep their quality. What is folded far out is near 0 by a difference of large numbers.
      expect(Math.abs(up[i] - wanted)).toBeLessThan(ERROR * (curve === FOLDBACK ? 1 : Math.abs(wanted)));
      expect(Math.abs(up[i])).toBeLessThanOrEqual(1);
      expect(down[i] + up[i]).toBeCloseTo(0, curve === FOLDBACK ? 6 : 30);
    }
    const silence = pair.f32(new Float32Array(9));
    const out = pair.f32(new Float32Array(9).fill(9));
    for (const bias of [0, 0.3, -0.7]) {
      pair.simd.shape(curve, 8, bias, 4, silence, out, 9);
      for (const value of out) expect(value + 0).toBe(0);
      pair.simd.shapeMoving(curve, moving(pair, noise(9, 1)), steady(bias), steady(9), [silence], [out.fill(9)], 9);
      for (const value of out) expect(value + 0).toBe(0);
    }
    const spoilt = pair.f32([Number.NaN, 0.5, 0.5, Number.NaN, Number.NaN]);
    pair.simd.shape(curve, 1, 0, 1, spoilt, out, 5);
    expect([...out.subarray(0, 5)].map(Number.isNaN)).toEqual([true, false, false, true, true]);
  });
});
