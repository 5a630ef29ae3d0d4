// Numbers that stand on both sides of a border which nothing may be imported over: src/dsp and the SIMD form have to mean the same.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CASCADE_NUMBERS, CASCADE_STATES, LANES } from '../../src/dsp/cascade.ts';
import { KNEE_MIN, PEAK_MIN } from '../../src/dsp/dynamics.ts';
import { RELEASE_FALL } from '../../src/dsp/follower.ts';
import { FREQUENCY_RATIO_MAX } from '../../src/dsp/frequency.ts';
import { LN10_OVER_20 } from '../../src/dsp/level.ts';
import { QUANTA } from '../../src/dsp/look-ahead.ts';
import { LEAST } from '../../src/dsp/partitions.ts';
import { GROUP } from '../../src/dsp/polyphase.ts';
import { TINY } from '../../src/dsp/safe.ts';
import { CUBIC_KNEE } from '../../src/dsp/shape.ts';
import { MIN_CUTOFF_RATIO, SVF_STATE, SVF_TERMS } from '../../src/dsp/svf.ts';
import * as fir from '../../src/simd/fir.ts';
import * as kernels from '../../src/simd/kernels.ts';
import * as moving from '../../src/simd/svf-moving.ts';

const F64 = Float64Array.BYTES_PER_ELEMENT;

it('the numbers of the assembly are those of the twins', () => {
  const text = readFileSync(new URL('../../src/simd/assembly/numbers.ts', import.meta.url), 'utf8');
  const written = [...text.matchAll(/^export const (\w+): (\w+) = (.+);$/gm)].map(([, name, type, value]) => [
    name,
    type === 'f32' ? Math.fround(+value) : +value,
  ]);
  expect(Object.fromEntries(written)).toEqual({
    TINY,
    LEAST,
    RELEASE_FALL,
    QUANTA,
    PEAK_MIN,
    KNEE_MIN,
    CUBIC_KNEE,
    OCTAVES_PER_DB: LN10_OVER_20 / Math.LN2,
    SECTION_BYTES: F64 * LANES * CASCADE_NUMBERS,
    STATE_BYTES: F64 * CASCADE_STATES,
  });
});

it('the numbers of the way to addresses are those of the twins', () => {
  expect([moving.RATIO_MIN, moving.RATIO_MAX]).toEqual([MIN_CUTOFF_RATIO, FREQUENCY_RATIO_MAX]);
  expect([moving.ROW_BYTES, moving.STATE_BYTES]).toEqual([F64 * SVF_TERMS, F64 * SVF_STATE]);
  expect([kernels.SVF_STATE_BYTES, kernels.CASCADE_STATE_BYTES]).toEqual([F64 * SVF_STATE, F64 * CASCADE_STATES]);
  expect(fir.GROUP).toBe(GROUP);
});
