// The one clock: exactness, and the lemma that lets resamplers work without queues.
import { describe, expect, it } from 'vitest';
import { framesUntil, gcd, reduceRatio } from '../../src/dsp/clock.ts';
import { seededInt } from './helpers.ts';

describe('framesUntil', () => {
  it('is the ceiling of t·rate/patchRate, against integers of any size', () => {
    const random = seededInt(7);
    let checked = 0;
    for (let i = 0; i < 20000; i++) {
      const rate = 1 + random(200000);
      const patchRate = 1 + random(200000);
      const t = i % 3 === 0 ? random(1000) : random(2147483647) * (1 + random(4000));
      const exact = (BigInt(t) * BigInt(rate) + BigInt(patchRate) - 1n) / BigInt(patchRate);
      if (exact > BigInt(Number.MAX_SAFE_INTEGER)) continue;
      if (framesUntil(t, rate, patchRate) !== Number(exact)) expect.fail(`rate ${rate}, patch ${patchRate}, t ${t}`);
      checked++;
    }
    expect(checked).toBeGreaterThan(15000);
  });

  it('counts the patch itself, starts at 0 and reduces fractions', () => {
    expect(framesUntil(12345, 48000, 48000)).toBe(12345);
    expect(framesUntil(0, 44100, 48000)).toBe(0);
    expect(framesUntil(1, 44100, 48000)).toBe(1);
    expect(framesUntil(128, 44100, 48000)).toBe(118);
    expect(gcd(44100, 48000)).toBe(300);
    expect(reduceRatio(44100, 48000)).toEqual({ numerator: 147, denominator: 160 });
  });
});

/** For output k < F_B(t): floor(k·A/B) < F_A(t); for the next output k = F_B(t): floor(k·A/B) ≥ F_A(t) − 1. */
function checkLemma(a: number, b: number, r: number, t: number): boolean {
  const inFrames = framesUntil(t, a, r);
  const outFrames = framesUntil(t, b, r);
  const last = outFrames - 1;
  return (outFrames === 0 || Math.floor((last * a) / b) < inFrames) && Math.floor((outFrames * a) / b) >= inFrames - 1;
}

describe('no output waits for a later input, none needs more memory than the filter', () => {
  it('for all small rates and times (A, B, R ≤ 14, two periods)', () => {
    let cases = 0;
    for (let a = 1; a <= 14; a++) {
      for (let b = 1; b <= 14; b++) {
        for (let r = 1; r <= 14; r++) {
          for (let t = 0; t <= 2 * r; t++, cases++) {
            if (!checkLemma(a, b, r, t)) expect.fail(`A=${a} B=${b} R=${r} t=${t}`);
          }
        }
      }
    }
    expect(cases).toBeGreaterThan(40000);
  });

  it('for random rates and times of the trade', () => {
    const rates = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000];
    const random = seededInt(11);
    for (let i = 0; i < 100000; i++) {
      const [a, b, r] = [rates[random(12)], rates[random(12)], rates[random(12)]];
      const t = random(10_000_000);
      if (!checkLemma(a, b, r, t)) expect.fail(`A=${a} B=${b} R=${r} t=${t}`);
    }
  });
});
