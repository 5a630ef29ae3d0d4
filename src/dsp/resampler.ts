// Sample-rate conversion by exact rational ratios: the filter's design, and the conversion of one channel outside of the engine.
// Owns the filters and their latency; must not know what a node, a region or a block is: time is counted by clock.ts.
//
// Time. Frame k of rate B lies at k·A/B input frames (rate A). Output k is Σ_j x[j]·h(k·A/B − D − j), with h a sinc under a
// Kaiser window of half-width D, and D = latencyPatchSamples·A/patchRate. The latency is a WHOLE number of patch samples, the
// least that covers the wanted zero crossings, less what makes a path whole that arrives with a fraction (`arrivalFraction`).
// As h vanishes for |u| ≥ D, only j with k·A/B − 2D < j ≤ floor(k·A/B) count.
//
// Integer formulas (what a resampler does, and what a lowering has to do). With A/B = a/b in lowest terms, T taps:
//   newest frame    j1(k) = floor(k·a / b)              oldest frame   j0(k) = j1(k) − (T − 1)
//   phase           m(k)  = (k·a) mod b                 taps           T = ceil(2D)
//   output          y[k]  = Σ_{n=0}^{T−1} coefficients[m·T + n] · x[j0 + n]         (x[j] = 0 for j < 0)
//   period          b outputs per a inputs: for k = q·b + κ:  j1(k) = q·a + floor(κ·a/b),  m(k) = (κ·a) mod b
//   step            k → k+1:  m += a mod b, j1 += floor(a/b); where m ≥ b: m −= b, j1 += 1
// Because j1(k) < framesUntil(t, A) for every k < framesUntil(t, B), a block needs no queue: outputs wait for no later input,
// and at the start of any block j1 ≥ (frames read so far) − 1, so T frames of memory suffice. How it is played: polyphase.ts.
import { reduceRatio } from './clock.ts';
import { polyphaseWindow, resample } from './polyphase.ts';
import { kaiserBeta, kaiserWindow } from './window.ts';

/** Presets that trade latency for stop-band; figures in QUALITIES. */
export type ResamplerQuality = 'low-latency' | 'standard' | 'best';

interface QualityRecipe {
  /** Least half-width of the filter, in frames of the lower rate. */
  readonly zeroCrossings: number;
  /** Kaiser's stop-band parameter. */
  readonly attenuationDb: number;
  /** Cut-off (−6 dB) as a part of the lower rate; 0.5 is its Nyquist frequency. */
  readonly cutoff: number;
}

/**
 * What each preset is made of, and what it keeps on every pair of the product's rates, L being the lower rate of the pair:
 * - `best`: errors ≤ −140 dB up to 0.408·L (18 kHz for L = 44.1 kHz), within 0.01 dB up to 0.4535·L (20 kHz). Its stop-band
 *   begins at L/2, so aliases and images are ≤ −133 dB at any frequency.
 * - `standard`: errors ≤ −118 dB up to 0.408·L, −0.3 dB at 0.4535·L. Its slope lies around L/2: aliases and images are ≤ −118 dB
 *   where they fall below 0.45·L; above that, a tone just over L/2 folds down to just under it.
 * - `low-latency`: errors ≤ −60 dB up to 0.227·L (10 kHz), ≤ −37 dB at 0.408·L, −1.4 dB at 0.4535·L; aliases and images are
 *   ≤ −60 dB where they fall below 0.385·L.
 */
export const QUALITIES: Readonly<Record<ResamplerQuality, QualityRecipe>> = {
  'low-latency': { zeroCrossings: 10, attenuationDb: 66, cutoff: 0.5 },
  standard: { zeroCrossings: 32, attenuationDb: 120, cutoff: 0.485 },
  best: { zeroCrossings: 88, attenuationDb: 140, cutoff: 0.4735 },
};

/** The most coefficients of a design, phases × taps: 2 MiB of f32, about 40 ms to make. 11.025 ↔ 192 kHz in `best` has 455,680. */
export const MAX_COEFFICIENTS = 524_288;

export interface ResamplerOptions {
  /** Whole Hz, as are the other rates. */
  readonly inRateHz: number;
  readonly outRateHz: number;
  /** Rate of the patch, in whose samples the latency is a whole number. */
  readonly patchRateHz: number;
  readonly quality: ResamplerQuality;
  /** 0 ≤ f < 1, default 0: so much less than a whole number of patch samples is the latency, for a path that arrives with it. */
  readonly arrivalFraction?: number;
  /** f32 (default) is what plays and is exported; f64 is the reference for tests. */
  readonly precision?: 'f32' | 'f64';
}

/** A filter, immutable, shared by all channels and instances of one pair of rates. */
export interface ResamplerDesign {
  /** a/b in lowest terms: `inStep` inputs per `phases` outputs. */
  readonly inStep: number;
  readonly phases: number;
  readonly tapsPerPhase: number;
  /** Phase-major, oldest frame first: [phases × tapsPerPhase]; each phase sums to 1. */
  readonly coefficients: Float32Array | Float64Array;
  /** Delay of the output against the input, in samples of the patch rate: whole less the arrival fraction; 0 for equal rates. */
  readonly latencyPatchSamples: number;
}

/** Where one channel of one resampler stands. All zero at the start. */
export interface ResamplerState {
  /** The last frames before the next call. */
  readonly history: Float32Array;
  /** Frames read and frames written so far. */
  readonly frames: Float64Array;
}

/**
 * Delay of the output against the input in samples of the patch rate: the least whole number that holds half the filter, less
 * `arrivalFraction`. 0 for equal rates. Known without making the filter. (The filter is then at most one zero crossing shorter:
 * in a patch of the lower rate or more, a sample of the patch is no longer than a frame of the lower rate.)
 */
export function resamplerLatency(options: Omit<ResamplerOptions, 'precision'>): number {
  const { inRateHz, outRateHz, patchRateHz, quality, arrivalFraction = 0 } = options;
  if (inRateHz === outRateHz) return 0;
  return Math.ceil((QUALITIES[quality].zeroCrossings * patchRateHz) / Math.min(inRateHz, outRateHz)) - arrivalFraction;
}

/** Taps of each phase, T in the formulas above; 1 for equal rates. Known without making the filter. */
export function resamplerTaps(options: Omit<ResamplerOptions, 'precision'>): number {
  if (options.inRateHz === options.outRateHz) return 1;
  return Math.ceil((2 * resamplerLatency(options) * options.inRateHz) / options.patchRateHz);
}

/**
 * Makes the filter for a pair of rates. Every phase is normalised to the sum 1, so that a constant stays that constant up to
 * the rounding of f32 coefficients (images of DC ≤ −143 dB; without it −131 dB in `standard`, −73 dB in `low-latency`).
 * The price, at worst over all pairs: 1 dB of stop-band, 5 dB of the error at 0.4 × the lower rate, 20 dB of it at 1 kHz
 * (`standard` 148 → 129 dB for 88.2 → 44.1 kHz, where only DC was unusually wrong before).
 * Equal rates give a wire (one tap of 1, no latency). Throws a RangeError for rates that are not whole Hz, for a fraction
 * outside 0…1, and for more than MAX_COEFFICIENTS coefficients.
 */
export function designResampler(options: ResamplerOptions): ResamplerDesign {
  const { inRateHz, outRateHz, patchRateHz, quality, arrivalFraction = 0 } = options;
  for (const rateHz of [inRateHz, outRateHz, patchRateHz]) {
    if (!Number.isInteger(rateHz) || rateHz < 1 || rateHz > 1_000_000) {
      throw new RangeError(
        `resampler: expected rates of 1–1000000 whole Hz, got ${rateHz}. Choose a common sample rate.`,
      );
    }
  }
  if (!(arrivalFraction >= 0 && arrivalFraction < 1)) {
    throw new RangeError(
      `resampler: expected an arrival fraction of 0–1, got ${arrivalFraction}. Take the fractional part of the path's latency.`,
    );
  }
  const { numerator: inStep, denominator: phases } = reduceRatio(inRateHz, outRateHz);
  const newArray = (n: number) => (options.precision === 'f64' ? new Float64Array(n) : new Float32Array(n));
  if (inRateHz === outRateHz) {
    return { inStep, phases, tapsPerPhase: 1, coefficients: newArray(1).fill(1), latencyPatchSamples: 0 };
  }
  const lowerRateHz = Math.min(inRateHz, outRateHz);
  const recipe = QUALITIES[quality];
  const latencyPatchSamples = resamplerLatency(options);
  const tapsPerPhase = resamplerTaps(options);
  if (phases * tapsPerPhase > MAX_COEFFICIENTS) {
    throw new RangeError(
      `resampler: expected at most ${MAX_COEFFICIENTS} coefficients, got ${phases} phases of ${tapsPerPhase} taps ` +
        `for ${inRateHz} → ${outRateHz} Hz. Choose rates with a simpler ratio.`,
    );
  }

  const delay = (latencyPatchSamples * inRateHz) / patchRateHz;
  const kaiser = kaiserWindow(kaiserBeta(recipe.attenuationDb));
  const scale = (2 * recipe.cutoff * lowerRateHz) / inRateHz;
  const coefficients = newArray(phases * tapsPerPhase);
  const row = new Float64Array(tapsPerPhase);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let n = 0; n < tapsPerPhase; n++) {
      // Integers (without a fraction) up to the one division: mirrored taps get the same magnitude, bit for bit.
      const u =
        (phase * patchRateHz +
          (tapsPerPhase - 1 - n) * phases * patchRateHz -
          latencyPatchSamples * inRateHz * phases) /
        (phases * patchRateHz);
      row[n] = Math.abs(u) < delay ? sinc(scale * u) * kaiser(u / delay) : 0;
      sum += row[n];
    }
    for (let n = 0; n < tapsPerPhase; n++) coefficients[phase * tapsPerPhase + n] = row[n] / sum;
  }
  return { inStep, phases, tapsPerPhase, coefficients, latencyPatchSamples };
}

const SHARED_MAX = 16;
const shared = new Map<string, ResamplerDesign>();

/**
 * As designResampler in f32, but a design asked for of late is not made again: structural edits make new plans while the old
 * one plays, and a filter takes milliseconds. Keeps the last SHARED_MAX, so 32 MiB at most. Nobody may write into it.
 */
export function shareResampler(options: Omit<ResamplerOptions, 'precision'>): ResamplerDesign {
  const { inRateHz, outRateHz, patchRateHz, quality, arrivalFraction = 0 } = options;
  const key = [inRateHz, outRateHz, patchRateHz, quality, arrivalFraction].join();
  const design = shared.get(key) ?? designResampler({ ...options, precision: 'f32' });
  // A map keeps the order of insertion: the first key is the one not asked for the longest.
  shared.delete(key);
  shared.set(key, design);
  if (shared.size > SHARED_MAX) shared.delete(shared.keys().next().value as string);
  return design;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** State of one channel at frame 0, in memory of its own. */
export function createResamplerState(design: ResamplerDesign): ResamplerState {
  return { history: new Float32Array(polyphaseWindow(design)), frames: new Float64Array(2) };
}

/** Back to frame 0, equal to a fresh state. */
export function resetResampler(state: ResamplerState): void {
  state.history.fill(0);
  state.frames.fill(0);
}

/**
 * Converts one block of one channel: reads `inFrames` of `input`, writes `outFrames` of `output`. The counts come from the
 * clock: framesUntil(t1, rate) − framesUntil(t0, rate) at both rates, for any t0 ≤ t1; the result doesn't depend on how time
 * is cut. Sums in f64. NaN-safe: a frame that is not finite counts as 0, so nothing else ever comes out. Allocates room for the
 * block: what plays in the audio thread asks its kernels instead.
 */
export function processResampler(
  design: ResamplerDesign,
  state: ResamplerState,
  input: Float32Array,
  inFrames: number,
  output: Float32Array,
  outFrames: number,
): void {
  const { history, frames } = state;
  const window = polyphaseWindow(design);
  const bank = { ...design, window, lines: new Float32Array(window + inFrames) };
  resample(bank, [history], [input], frames[0], inFrames, [output], frames[1], outFrames);
  frames[0] += inFrames;
  frames[1] += outFrames;
}
