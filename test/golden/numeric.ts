// Numeric goldens: probes of a signal and its RMS, as a JSON file that a person can read in a diff. A test that differs writes
// a `-changed` twin beside the golden; NEUROPATCH_GOLDEN=update takes the present sound as the new golden.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChannelGolden {
  /** Root of the mean square over the whole signal. */
  readonly rms: number;
  readonly peak: number;
  /** Samples at equal distances, the first at frame 0. */
  readonly probes: readonly number[];
}
/** By output and channel. */
export type Golden = Readonly<Record<string, readonly ChannelGolden[]>>;

const PROBES = 64;
const folder = fileURLToPath(new URL('./', import.meta.url));

export function takeGolden(outputs: Readonly<Record<string, readonly Float32Array[]>>): Golden {
  return Object.fromEntries(
    Object.keys(outputs)
      .sort()
      .map(id => [
        id,
        outputs[id].map(channel => ({
          rms: Math.sqrt(channel.reduce((sum, x) => sum + x * x, 0) / channel.length),
          peak: channel.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0),
          // A stride that shares no factor with common periods, so that probes do not fall on the same phase.
          probes: Array.from(
            { length: PROBES },
            (_, k) => channel[Math.floor((k * channel.length) / PROBES) + ((k * 7) % 64)],
          ),
        })),
      ]),
  );
}

/** Largest difference of two goldens in dB relative to max(1, peak); Infinity when their form differs. */
export function goldenDb(actual: Golden, expected: Golden): number {
  const flat = (golden: Golden): number[] =>
    Object.entries(golden).flatMap(([, channels]) =>
      channels.flatMap(({ rms, peak, probes }) => [rms, peak, ...probes]),
    );
  const form = (golden: Golden): string =>
    JSON.stringify(
      Object.entries(golden).map(([id, channels]) => [id, channels.map(channel => channel.probes.length)]),
    );
  if (form(actual) !== form(expected)) return Number.POSITIVE_INFINITY;
  const [a, b] = [flat(actual), flat(expected)];
  const peak = Math.max(1, ...b.map(Math.abs));
  const difference = a.reduce(
    (worst, x, i) => Math.max(worst, Number.isFinite(x) ? Math.abs(x - b[i]) : Number.POSITIVE_INFINITY),
    0,
  );
  return 20 * Math.log10(difference / peak);
}

/** Compares with `test/golden/<name>.json`; returns the difference in dB (Infinity without a golden). */
export function againstGolden(name: string, actual: Golden, limitDb: number): number {
  const file = `${folder}${name}.json`;
  const changed = `${folder}${name}-changed.json`;
  const text = `${JSON.stringify(actual, null, 1)}\n`;
  mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true });
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Golden) : undefined;
  const difference = known ? goldenDb(actual, known) : Number.POSITIVE_INFINITY;
  if (process.env.NEUROPATCH_GOLDEN === 'update' && difference > limitDb) {
    writeFileSync(file, text);
    rmSync(changed, { force: true });
    return Number.NEGATIVE_INFINITY;
  }
  if (difference > limitDb) writeFileSync(changed, text);
  else rmSync(changed, { force: true });
  return difference;
}
