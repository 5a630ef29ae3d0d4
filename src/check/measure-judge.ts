// From what was heard to a figure: which measurement suits a path, and what it says. Owns the probes, the order in which
// measurements are tried and when none is suited. Must not know patches: it plays probes and listens.
import { noiseAt } from '../dsp/noise.ts';
import { excessDelay, phaseDelay } from '../dsp/path-delay.ts';
import type { ProbeRun } from './measure-run.ts';

/** A latency that was measured, in samples, with the method; or why it can't be. */
export type Verdict =
  | { readonly kind: 'measured'; readonly samples: number; readonly method: string }
  | { readonly kind: 'silent' | 'coloured' | 'noisy'; readonly reason: string };

/** Where the click is, and where the noise begins. */
const START = 256;
/** A second click, at another place of any block: a delay that depends on the place is none. */
const OTHER_START = START + 1451;
/** Frames of noise, and after them, beyond the latency, for the path to die away. */
const NOISE_FRAMES = 16384;
const TAIL_FRAMES = 8192;
const LEVEL = 0.25;
const SEED = 20261122;
/** Frames of the mean that makes noise soft. */
const SOFT_FRAMES = 16;

/** A click is alone when nothing else is above this part of it: four times the rounding of f32. */
const ALONE = 2 ** -22;
/** The phase of what is linear and of linear phase lies this near to a line, in radians. */
const BEND_MAX = 0.01;
/** So much of what comes out has to follow what goes in, or the figure is not good to 0.01 samples. */
const COHERENCE_MIN = 0.995;
/** Figures of the phase are good to 0.01: nearer to a whole number than half of that, they are that number. */
const WHOLE_WITHIN = 0.005;
const COHERENCE_OF_NOISE = 0.5;
/** Recurrent models are of minimum phase but for one sample; what hides more than that behind a soft beginning is not measured. */
const EXCESS_MAX = 1;

const clickOf = (frames: number, at: number): Float32Array => {
  const probe = new Float32Array(frames);
  probe[at] = LEVEL;
  return probe;
};
const noiseOf = (frames: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, n) =>
    n >= START && n < START + NOISE_FRAMES ? LEVEL * noiseAt(SEED, n) : 0,
  );

/** The same with little above a sixteenth of the rate: what a path folds down from above drops out. */
const softNoiseOf = (frames: number): Float32Array => {
  const noise = noiseOf(frames);
  return noise.map((_, n) => noise.subarray(Math.max(0, n - SOFT_FRAMES + 1), n + 1).reduce((a, b) => a + b, 0) / 4);
};

const largestAt = (x: Float64Array): number =>
  x.reduce((best, v, n) => (Math.abs(v) > Math.abs(x[best]) ? n : best), 0);

/** What the probe added to what is heard without it, channel by channel; channels that are equal count once. */
function answers(heard: readonly Float32Array[], still: readonly Float32Array[]): Float64Array[] {
  const all = heard.map((channel, c) => Float64Array.from(channel, (x, n) => x - (still[c]?.[n] ?? 0)));
  return all.filter(
    (channel, c) =>
      channel.some(x => x !== 0) && !all.slice(0, c).some(other => other.every((x, n) => x === channel[n])),
  );
}

function fromClick(answer: Float64Array, at: number): Verdict | undefined {
  const peak = largestAt(answer);
  const least = ALONE * Math.abs(answer[peak]);
  if (answer.every((x, n) => n === peak || Math.abs(x) <= least))
    return { kind: 'measured', samples: peak - at, method: 'impulse' };
  return undefined;
}

/** Nothing is heard before the click arrives, and what comes after is the colour of a path of minimum phase, or nearly. */
function fromOnset(answer: Float64Array): Verdict | undefined {
  const onset = answer.findIndex(x => x !== 0) - START;
  const { delayFrames } = excessDelay(answer.subarray(START));
  if (delayFrames < onset || delayFrames > onset + EXCESS_MAX) return undefined;
  return { kind: 'measured', samples: onset, method: 'impulse, onset' };
}

function fromNoise(probe: Float32Array, answer: Float64Array, maxDelay: number): Verdict {
  const { delayFrames, bendRadians, coherence } = phaseDelay(probe, answer, maxDelay);
  const percent = Math.round(100 * coherence);
  if (coherence < COHERENCE_OF_NOISE)
    return {
      kind: 'noisy',
      reason: `only ${percent} % of what comes out follows what goes in: noise, or strongly non-linear`,
    };
  if (coherence < COHERENCE_MIN || bendRadians > BEND_MAX)
    return { kind: 'coloured', reason: `it colours the sound so that no single delay fits (${percent} % linear)` };
  const whole = Math.round(delayFrames);
  const samples = Math.abs(delayFrames - whole) < WHOLE_WITHIN ? whole : Math.round(delayFrames * 1e4) / 1e4;
  return { kind: 'measured', samples, method: 'correlation' };
}

/**
 * Measures a path. Every probe is played from fresh states, and once nothing, so that what sounds by itself drops out. A click
 * that arrives as one click tells a whole delay exactly, however distorted; so it is tried at two places. Else seeded noise: the phase slope of the cross-
 * spectrum, for all that is of linear phase; then with little treble in it, which a short filter would fold. Else the onset of the click, where it is also where a minimum-phase path would
 * begin. Where channels differ, the one that is farthest from `expectedSamples` counts.
 */
export function judge(run: ProbeRun, expectedSamples: number): Verdict {
  const frames = START + NOISE_FRAMES + TAIL_FRAMES + Math.ceil(Math.max(0, expectedSamples));
  const maxDelay = TAIL_FRAMES + Math.ceil(Math.max(0, expectedSamples));
  const still = run(new Float32Array(frames));
  const click = (at: number): Float64Array[] => answers(run(clickOf(frames, at)), still);
  const clicked = click(START);
  const byClick = clicked.map(answer => fromClick(answer, START));
  if (clicked.length > 0 && byClick.every(verdict => verdict !== undefined)) {
    const again = click(OTHER_START).map(answer => fromClick(answer, OTHER_START));
    const both = [...byClick, ...again];
    if (again.length > 0 && both.every(verdict => verdict !== undefined)) return worst(both, expectedSamples);
  }
  const noise = noiseOf(frames);
  const noisy = answers(run(noise), still);
  if (noisy.length === 0) return { kind: 'silent', reason: 'silence: nothing comes through' };
  const byNoise = worst(
    noisy.map(answer => fromNoise(noise, answer, maxDelay)),
    expectedSamples,
  );
  const onsets = clicked.map(fromOnset);
  const byOnset =
    onsets.length > 0 && onsets.every(verdict => verdict !== undefined) ? worst(onsets, expectedSamples) : undefined;
  // What is of minimum phase and of linear phase at once (two equal taps) may be called late by its onset or by its middle.
  if (byOnset && isAt(byOnset, expectedSamples) && !isAt(byNoise, expectedSamples)) return byOnset;
  if (byNoise.kind !== 'coloured') return byNoise;
  if (byOnset) return byOnset;
  const soft = softNoiseOf(frames);
  const bySoft = worst(
    answers(run(soft), still).map(answer => fromNoise(soft, answer, maxDelay)),
    expectedSamples,
  );
  return bySoft.kind === 'measured' ? bySoft : byNoise;
}

const isAt = (verdict: Verdict, samples: number): boolean =>
  verdict.kind === 'measured' && Math.abs(verdict.samples - samples) <= WHOLE_WITHIN;

/** A channel that can't be measured counts before any figure; of figures, the one farthest from what is expected. */
function worst(verdicts: readonly Verdict[], expectedSamples: number): Verdict {
  const distance = (verdict: Verdict): number =>
    verdict.kind === 'measured' ? Math.abs(verdict.samples - expectedSamples) : Number.POSITIVE_INFINITY;
  return verdicts.reduce((a, b) => (distance(b) > distance(a) ? b : a));
}
