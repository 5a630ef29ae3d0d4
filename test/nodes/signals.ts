// Signals and comparisons for the tests of nodes/**: seeded noise, hostile inputs and the null in dB.
// Owns test arithmetic only; must not know nodes, plans or runtimes.

/** Uniform noise in −amplitude…amplitude, the same for the same seed (Mulberry32, a public-domain generator by T. Ettinger). */
export function noise(frames: number, seed: number, amplitude = 1): Float32Array {
  const samples = new Float32Array(frames);
  let counter = seed >>> 0;
  for (let i = 0; i < frames; i++) {
    counter = (counter + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    samples[i] = (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1) * amplitude;
  }
  return samples;
}

/**
 * Numbers in −1…1, exact in f32, the same as `hashed` of the scripts make_…_reference.py: the upper 24 bits of
 * n·(n·747796405 + 2891336453 + seed) mod 2³², mixed.
 */
export function hashed(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, n) => {
    let mixed = Math.imul(n, (Math.imul(n, 747796405) + 2891336453 + seed) | 0) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 2246822519) >>> 0;
    return ((mixed ^ (mixed >>> 13)) >>> 8) / 2 ** 23 - 1;
  });
}

/** Inputs that a patch may meet and must survive; each a function of the frame. */
export const HOSTILE: Readonly<Record<string, (frame: number) => number>> = {
  silence: () => 0,
  DC: () => 1,
  'full scale': frame => (frame % 14 < 7 ? 1 : -1),
  '+40 dB over': frame => (frame % 14 < 7 ? 100 : -100),
  denormals: frame => (frame % 2 === 0 ? 1e-40 : -1e-42),
};

/** A signal from a function of the frame. */
export const signal = (frames: number, at: (frame: number) => number): Float32Array =>
  Float32Array.from({ length: frames }, (_, i) => at(i));

/** True when every value is a finite number. */
export const isFiniteArray = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
};

/**
 * Largest difference of two signals in dB relative to max(1, peak of the reference): the null limit's measure. Equal signals
 * give −Infinity; a missing or unequal NaN gives +Infinity, so that nothing passes by being broken.
 */
export function nullDb(actual: readonly ArrayLike<number>[], reference: readonly ArrayLike<number>[]): number {
  if (actual.length !== reference.length) return Infinity;
  let peak = 1;
  let difference = 0;
  for (let channel = 0; channel < reference.length; channel++) {
    if (actual[channel].length !== reference[channel].length) return Infinity;
    for (let i = 0; i < reference[channel].length; i++) {
      const expected = reference[channel][i];
      const gap = Math.abs(actual[channel][i] - expected);
      if (!(gap < Infinity)) return Infinity;
      if (gap > difference) difference = gap;
      if (Math.abs(expected) > peak) peak = Math.abs(expected);
    }
  }
  return 20 * Math.log10(difference / peak);
}
