// The one list of sample rates, and the two places outside the code that repeat it for people.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isSampleRate, SAMPLE_RATE_DEFAULT_HZ, SAMPLE_RATES_HZ, sampleRateWords } from '../../src/core/sample-rates.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { makePatch, registry } from '../render/helpers.ts';

const textOf = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

it('RATE-3 every rate of the list is one of a patch, no other is', () => {
  const problemsAt = (rateHz: number) =>
    validatePatch(makePatch([['osc', 'source/oscillator']], [], rateHz), registry, {});
  for (const rateHz of SAMPLE_RATES_HZ) expect(problemsAt(rateHz)).toEqual([]);
  for (const rateHz of [0, -48000, 44099.5, 7999, 384_000, Number.NaN]) {
    expect(isSampleRate(rateHz)).toBe(false);
    const [problem] = problemsAt(rateHz);
    expect(problem).toMatchObject({ code: 'E-SCHEMA', path: 'sampleRateHz' });
    expect(problem.message).toContain(`expected a sample rate of ${sampleRateWords}, got ${rateHz}.`);
  }
});

it('settings and help name the same rates', () => {
  const { properties } = JSON.parse(textOf('extension/schema/plugin.json'));
  expect(properties.sampleRateHz).toMatchObject({ enum: SAMPLE_RATES_HZ, default: SAMPLE_RATE_DEFAULT_HZ });
  const help = textOf('src/cli/main.ts').replace(/\s+/g, ' ');
  expect(help).toContain(sampleRateWords.replace(/ Hz$/, ''));
});
