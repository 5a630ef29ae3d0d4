// Which frequencies a sample rate takes: one limit for tones and cutoffs alike. Must not know what has the frequency.

/** Highest frequency as a part of the sample rate: at half of it a sine is silent and a cutoff has no coefficients. */
export const FREQUENCY_RATIO_MAX = 0.49;
