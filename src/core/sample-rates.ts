// The sample rates of the product: one list for patches, for regions behind Resamplers and for files. Owns the list and its
// words. What converts between them is dsp/resampler.ts.

/** Rates in Hz, ascending: a patch runs at any of them, and the Resampler has every pair. */
export const SAMPLE_RATES_HZ: readonly number[] = [
  8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000,
];

/** Of a new patch, and of what has no rate yet. */
export const SAMPLE_RATE_DEFAULT_HZ = 48000;

export const isSampleRate = (rateHz: number): boolean => SAMPLE_RATES_HZ.includes(rateHz);

/** "8000, 11025, … 176400 or 192000 Hz" */
export const sampleRateWords = `${SAMPLE_RATES_HZ.slice(0, -1).join(', ')} or ${SAMPLE_RATES_HZ.at(-1)} Hz`;
