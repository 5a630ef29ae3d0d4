// Goldens: a short, seeded performance of a bundle's inputs and params with the engine's answer, carried inside the bundle.
// Owns their making and their form in the archive. Any player can be held to them.
import type { Bundle } from '../compile/bundle.ts';
import { BUNDLE_FILES, type BundleManifest } from '../compile/manifest.ts';
import { fail } from '../core/errors.ts';
import { noiseAt } from '../dsp/noise.ts';
import type { NodeAudio } from '../render/performer.ts';
import type { BundleEvent } from './bundle-player.ts';

export const GOLDEN_SECONDS = 1;
const GOLDEN_SEED = 20261122;
const FRAMES_MAX = 10 * 192000;

/** The index, golden/golden.json; signals are files of little-endian f32 beside it, channel after channel. */
export interface GoldenIndex {
  readonly frames: number;
  /** Frames per call, repeated; 1 and a prime among them. */
  readonly schedule: readonly number[];
  readonly events: readonly BundleEvent[];
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Engine against itself with its input scaled by 1 + 2⁻²³, in dB: how much the patch amplifies one rounding. */
  readonly selfNoiseDb: number;
  /** hashManifest of the bundle that the engine was held against: shows facts that were changed since. */
  readonly manifestSha256: string;
}

export interface Golden {
  readonly index: GoldenIndex;
  readonly inputs: NodeAudio;
  readonly outputs: NodeAudio;
}

/** Input of a golden: bursts of noise at −12 dBFS, a quiet tail and silence, different for each input and channel. */
export function goldenInputs(manifest: BundleManifest): NodeAudio {
  const frames = Math.round(GOLDEN_SECONDS * manifest.sampleRateHz);
  const burst = Math.round(frames / 8);
  const levels = [0.25, 0.25, 0, 0.05, 0.25, 0.002, 0.25, 0.1];
  return Object.fromEntries(
    manifest.inputs.map(({ id, channels }, index) => [
      id,
      Array.from({ length: channels }, (_, c) =>
        Float32Array.from(
          { length: frames },
          (_unused, i) => noiseAt(GOLDEN_SEED + 16 * index + c, i) * levels[Math.min(7, Math.floor(i / burst))],
        ),
      ),
    ]),
  );
}

/** Every param moves twice, at odd frames: to a quarter and to three quarters of its range, then home. Choices step through. */
export function goldenEvents(manifest: BundleManifest): BundleEvent[] {
  const frames = Math.round(GOLDEN_SECONDS * manifest.sampleRateHz);
  const events: BundleEvent[] = [];
  manifest.params.forEach((param, index) => {
    const at = (share: number): number => Math.floor(frames * share) + 37 * (index + 1);
    const between = (share: number): number => {
      if (param.choices) return Math.floor(share * param.choices.length);
      return param.scale === 'log'
        ? param.min * (param.max / param.min) ** share
        : param.min + (param.max - param.min) * share;
    };
    events.push(
      { frame: at(0.25), param: param.id, value: between(0.25) },
      { frame: at(0.5), param: param.id, value: between(0.75) },
      { frame: at(0.75), param: param.id, value: param.default },
    );
  });
  return events.filter(event => event.frame < frames).sort((a, b) => a.frame - b.frame);
}

export const GOLDEN_SCHEDULE = [128, 1, 37, 512, 97, 480] as const;

const floats = (channels: readonly Float32Array[]): Uint8Array => {
  const frames = channels[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(4 * frames * channels.length));
  channels.forEach((channel, c) => channel.forEach((x, i) => view.setFloat32(4 * (c * frames + i), x, true)));
  return new Uint8Array(view.buffer);
};

/** The bundle with its golden files. */
export function addGolden(bundle: Bundle, golden: Golden): Bundle {
  const files = new Map(bundle.files);
  files.set(BUNDLE_FILES.golden, new TextEncoder().encode(`${JSON.stringify(golden.index, null, 2)}\n`));
  for (const kind of ['inputs', 'outputs'] as const) {
    for (const [id, file] of Object.entries(golden.index[kind])) files.set(file, floats(golden[kind][id]));
  }
  return { ...bundle, files };
}

/** Names of the signal files. */
export const goldenFiles = (kind: 'x' | 'y', terminals: BundleManifest['inputs']): Record<string, string> =>
  Object.fromEntries(terminals.map(({ id }) => [id, `golden/${kind}_${id}.f32`]));

/** Reads the golden of a bundle, which may be a stranger's. Throws PatchError E-BUNDLE-FORMAT. */
export function readGolden(bundle: Bundle): Golden | undefined {
  const bytes = bundle.files.get(BUNDLE_FILES.golden);
  if (!bytes) return undefined;
  const refuse = (what: string): never =>
    fail(
      'E-BUNDLE-FORMAT',
      BUNDLE_FILES.golden,
      `bundle: expected ${what} in ${BUNDLE_FILES.golden}, got something else. Export the bundle again.`,
    );
  let index: GoldenIndex;
  try {
    index = JSON.parse(new TextDecoder().decode(bytes)) as GoldenIndex;
  } catch {
    return refuse('JSON');
  }
  const isCount = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= FRAMES_MAX;
  if (
    !isCount(index?.frames) ||
    !Array.isArray(index.schedule) ||
    index.schedule.length === 0 ||
    !index.schedule.every(isCount)
  )
    return refuse('frames and a schedule');
  if (
    !Array.isArray(index.events) ||
    !index.events.every(e => Number.isInteger(e?.frame) && typeof e.param === 'string')
  )
    return refuse('events with frame and param');
  const signals = (kind: 'inputs' | 'outputs'): NodeAudio =>
    Object.fromEntries(
      bundle.manifest[kind].map(({ id, channels }) => {
        const file = bundle.files.get(String(index[kind]?.[id]));
        if (file?.length !== 4 * index.frames * channels) return refuse(`a signal of ${index.frames} frames for ${id}`);
        const view = new DataView(file.buffer, file.byteOffset, file.length);
        return [
          id,
          Array.from({ length: channels }, (_, c) =>
            Float32Array.from({ length: index.frames }, (_unused, i) =>
              view.getFloat32(4 * (c * index.frames + i), true),
            ),
          ),
        ];
      }),
    );
  return { index, inputs: signals('inputs'), outputs: signals('outputs') };
}
