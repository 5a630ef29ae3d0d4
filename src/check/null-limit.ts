// The null limit: how different two outputs may be and still be "the same samples". One rule for every null of the product.
import type { BundleManifest } from '../compile/manifest.ts';
import type { NodeAudio } from '../render/performer.ts';

/** Difference that counts as none, and the worst that any tolerance or self-noise may excuse, in dB re max(1, peak). */
export const NULL_DB = -120;
export const NULL_DB_WORST = -80;
/** Paths with a neural model in another runtime or on another CPU. */
export const NULL_DB_OTHER_RUNTIME = -100;
const SELF_NOISE_MARGIN_DB = 12;
/** An input is scaled by one rounding of f32 for the self-noise: what that changes in the output, no null can hold a patch to. */
export const NUDGE = 1 + 2 ** -23;

/** max(−120 dB, largest declared tolerance, self-noise + 12 dB), never above −80 dB. */
export function nullLimitDb(
  tolerances: BundleManifest['tolerances'],
  selfNoiseDb: number,
  isOtherRuntime = false,
): number {
  const declared = tolerances.map(tolerance => tolerance.db);
  const base = isOtherRuntime ? NULL_DB_OTHER_RUNTIME : NULL_DB;
  return Math.min(NULL_DB_WORST, Math.max(base, ...declared, selfNoiseDb + SELF_NOISE_MARGIN_DB));
}

/** What is said of a patch that makes so much of one rounding that the null limit has to give way to it; undefined for others. */
export function conditionWords(selfNoiseDb: number): string | undefined {
  if (selfNoiseDb + SELF_NOISE_MARGIN_DB <= NULL_DB) return undefined;
  const told = (db: number): string => `${String(db).replace('-', '−')} dB`;
  const isHopeless = selfNoiseDb + SELF_NOISE_MARGIN_DB > NULL_DB_WORST;
  const verdict = isHopeless
    ? 'no two players of it sound the same'
    : `two players of it are the same to ${told(nullLimitDb([], selfNoiseDb))} only`;
  return `ill-conditioned: one rounding of its input, −138 dB, comes out at ${told(selfNoiseDb)}; ${verdict}`;
}

/** Self-noise as it is told: a tenth of a dB, −400 for none. */
export const roundedDb = (db: number): number => Math.max(-400, Math.round(db * 10) / 10);

/** Largest difference over all outputs and channels in dB re max(1, peak); +∞ when one is missing or not a number. */
export function outputsNullDb(a: NodeAudio, b: NodeAudio, frames: number): number {
  if (Object.keys(b).some(id => !Object.hasOwn(a, id))) return Number.POSITIVE_INFINITY;
  let peak = 1;
  let difference = 0;
  for (const [id, channels] of Object.entries(a)) {
    if (b[id]?.length !== channels.length) return Number.POSITIVE_INFINITY;
    for (let c = 0; c < channels.length; c++) {
      for (let i = 0; i < frames; i++) {
        const [x, y] = [channels[c][i], b[id][c][i]];
        const d = Math.abs(x - y);
        if (!(d <= difference)) difference = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
        peak = Math.max(peak, Math.abs(x), Math.abs(y));
      }
    }
  }
  if (difference === Number.POSITIVE_INFINITY) return difference;
  return difference === 0 ? Number.NEGATIVE_INFINITY : 20 * Math.log10(difference / peak);
}
