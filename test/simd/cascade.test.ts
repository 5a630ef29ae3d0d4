// Sections one after the other: the SIMD form beside its twin, and both beside the filters that they are, played one by one.
import { describe, expect, it } from 'vitest';
import { CASCADE_NUMBERS, CASCADE_STATES, LANES, laySection, SECTION, SECTION_NUMBERS } from '../../src/dsp/cascade.ts';
import { designSvf, processSvf, SVF_COEFFICIENTS, SVF_KINDS, sectionOfSvf } from '../../src/dsp/svf.ts';
import { distance, kernelPair, noise } from './kernel-pair.ts';

const svf = new Float64Array(SVF_COEFFICIENTS);

/** Coefficients of one filter: another in each lane and section. */
function filter(lane: number, section: number): Float64Array {
  const coefficients = new Float64Array(SVF_COEFFICIENTS);
  const kind = SVF_KINDS[(3 * section + lane) % SVF_KINDS.length];
  designSvf(kind, 300 * (section + 1) + 77 * lane, 0.9, 4, 48000, coefficients);
  return coefficients;
}

function layAll(sections: number, coefficients: Float64Array): Float64Array {
  const section = new Float64Array(SECTION_NUMBERS);
  for (let k = 0; k < sections; k++)
    for (let lane = 0; lane < LANES; lane++) {
      sectionOfSvf(filter(lane, k), section);
      laySection(section, 2, coefficients, k, lane);
    }
  return coefficients;
}

describe.each(['simd', 'relaxed'] as const)('cascade, %s', form => {
  it.each([1, 2, 3, 5])('%i sections are the filters in a row, in calls of any length', sections => {
    const { simd, scalar, f32, f64 } = kernelPair(form);
    const coefficients = layAll(sections, f64(new Float64Array(CASCADE_NUMBERS * LANES * sections)));
    const states = f64(new Float64Array(CASCADE_STATES * sections));
    const wanted = new Float64Array(states.length);
    const own = Array.from({ length: LANES * sections }, () => new Float64Array(2));
    for (const frames of [0, 1, 2, 3, 7, 127, 128, 129]) {
      const inputs = [0, 1].map(lane => f32(noise(frames, frames + lane)));
      const outputs = inputs.map(() => f32(new Float32Array(frames + 4).fill(9)));
      const expected = inputs.map(() => new Float32Array(frames));
      const peak = simd.cascade(coefficients, states, inputs, outputs, frames);
      const twin = scalar.cascade(coefficients, wanted, inputs, expected, frames);
      expect(distance(states, wanted)).toBeLessThan(1e-11);
      expect(Math.abs(peak - twin)).toBeLessThan(2.4e-7);
      inputs.forEach((input, lane) => {
        expect(distance(expected[lane], outputs[lane])).toBeLessThan(2.4e-7);
        expect([...outputs[lane].subarray(frames)]).toEqual([9, 9, 9, 9]);
        let x = Float32Array.from(input);
        for (let k = 0; k < sections; k++) {
          const y = new Float32Array(frames);
          processSvf(filter(lane, k), own[LANES * k + lane], x, y, frames);
          x = y;
        }
        expect(distance(x, expected[lane])).toBeLessThan(1e-6);
        for (let k = 0; k < sections; k++)
          for (const n of [0, 1])
            expect(Math.abs(states[CASCADE_STATES * k + LANES * n + lane] - own[LANES * k + lane][n])).toBeLessThan(
              1e-5,
            );
      });
    }
  });

  it('low and resonant filters, one-poles and a gain before them, over seconds', () => {
    const rateHz = 192000;
    const section = new Float64Array(SECTION_NUMBERS);
    const { simd, scalar, f32, f64 } = kernelPair(form);
    for (const lay of [
      (lane: number) => {
        designSvf(lane === 0 ? 'low-shelf' : 'peak', 20, 40, 24, rateHz, svf);
        sectionOfSvf(svf, section);
      },
      (lane: number) => {
        designSvf('low', lane === 0 ? 20 : 90000, lane === 0 ? 0.1 : 40, 0, rateHz, svf);
        sectionOfSvf(svf, section);
        section[SECTION.b1] *= 1e-3;
        section[SECTION.b2] *= 1e-3;
        section[SECTION.d] *= 1e-3;
      },
      (lane: number) => {
        const share = lane === 0 ? 1.6e-5 : 0.3;
        section.fill(0);
        section[SECTION.a11] = 1 - 2 * share;
        section[SECTION.b1] = 2 * share;
        section[SECTION.c1] = 1 - share;
        section[SECTION.d] = share;
        return 1;
      },
      (lane: number) => {
        // Nothing is heard of its states, which live on all the same: a peak of 0 dB.
        designSvf('peak', 100 + 900 * lane, 3, 0, rateHz, svf);
        sectionOfSvf(svf, section);
      },
    ]) {
      const coefficients = f64(new Float64Array(CASCADE_NUMBERS * LANES * 2));
      for (let k = 0; k < 2; k++)
        for (let lane = 0; lane < LANES; lane++) {
          const order = lay(lane) ?? 2;
          laySection(section, order, coefficients, k, lane);
        }
      const [states, wanted] = [f64(new Float64Array(8)), new Float64Array(8)];
      const outputs = [f32(new Float32Array(128)), f32(new Float32Array(128))];
      const expected = outputs.map(() => new Float32Array(128));
      const inputs = outputs.map(() => f32(new Float32Array(128)));
      let peak = 0;
      for (let call = 0; call < 1500; call++) {
        inputs.forEach((input, lane) => input.set(Float32Array.from(noise(128, 2 * call + lane))));
        peak = Math.max(peak, scalar.cascade(coefficients, wanted, inputs, expected, 128));
        simd.cascade(coefficients, states, inputs, outputs, 128);
        outputs.forEach((output, lane) => expect(distance(output, expected[lane])).toBeLessThan(1.3e-7 * peak));
      }
      const most = Math.max(...wanted.map(Math.abs));
      expect(distance(states, wanted) / most).toBeLessThan(1e-8);
    }
  });

  it('works in place, says what is not finite, lets no such thing stay, and flushes what is tiny', () => {
    const { simd, scalar, f32, f64 } = kernelPair(form);
    const coefficients = layAll(2, f64(new Float64Array(CASCADE_NUMBERS * LANES * 2)));
    const [sound, same] = [
      [f32(noise(131, 1)), f32(noise(131, 2))],
      [new Float32Array(noise(131, 1)), new Float32Array(noise(131, 2))],
    ];
    simd.cascade(coefficients, f64(new Float64Array(8)), sound, sound, 131);
    scalar.cascade(coefficients, new Float64Array(8), same, same, 131);
    sound.forEach((channel, lane) => expect(distance(channel, same[lane])).toBeLessThan(2.4e-7));
    const states = f64([1e-40, 1e-31, 0.5, 1e-29, 0, -1e-31, 0, 0]);
    simd.cascade(coefficients, states, sound, sound, 0);
    expect([...states]).toEqual([0, 0, 0.5, 1e-29, 0, 0, 0, 0]);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const inputs = [f32(noise(64, 3)), f32(noise(64, 4).map((x, i) => (i === 40 ? bad : x)))];
      const peak = simd.cascade(coefficients, states, inputs, inputs, 64);
      expect(Number.isFinite(peak)).toBe(false);
      expect([...states].every(Number.isFinite)).toBe(true);
    }
  });

  it('says where what comes in reaches no state, and plays no other filter instead', () => {
    const { simd, f32, f64 } = kernelPair(form);
    const section = new Float64Array(SECTION_NUMBERS);
    const coefficients = f64(new Float64Array(CASCADE_NUMBERS * LANES));
    for (const order of [1, 2]) {
      for (let lane = 0; lane < LANES; lane++) {
        sectionOfSvf(filter(lane, 0), section);
        // A gain of 0 before it: its states ring on.
        [section[SECTION.b1], section[SECTION.b2]] = [0, 0];
        laySection(section, order, coefficients, 0, lane);
      }
      const sound = [f32(noise(64, 1)), f32(noise(64, 2))];
      expect(Number.isFinite(simd.cascade(coefficients, f64([1, 1, 1, 1]), sound, sound, 64))).toBe(false);
    }
  });
});
