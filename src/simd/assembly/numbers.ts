// Numbers that kernels have in common with their twins, under the names that src/dsp has for them: test/simd/numbers.test.ts compares.
// AssemblyScript.
export const TINY: f64 = 1e-30;
export const LEAST: f32 = 1e-20;
export const RELEASE_FALL: f64 = 1e-10;
export const QUANTA: f64 = 16777216;
export const PEAK_MIN: f64 = 1e-6;
export const KNEE_MIN: f64 = 1e-6;
export const CUBIC_KNEE: f64 = 1.5;
export const OCTAVES_PER_DB: f64 = 0.16609640474436813;
/** Bytes of the numbers of a section, and of its states, two lanes each. */
export const SECTION_BYTES: usize = 336;
export const STATE_BYTES: usize = 32;
