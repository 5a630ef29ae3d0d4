// From a file's bytes to a resource: checked, understood, brought to the patch's rate. Plain data in, plain data out, so that
// it can be done in any thread. Must not know where bytes come from.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, PatchError } from '../core/errors.ts';
import type { AudioResource, ModelContract, Resource } from '../core/resource.ts';
import { convertRate } from '../dsp/convert-rate.ts';
import { decodeWav, WavLengthError } from '../dsp/wav.ts';
import { loadModel } from '../onnx/load.ts';

/** A file to decode, for one slot of a node. */
export interface DecodeRequest {
  readonly kind: Resource['kind'];
  readonly bytes: Uint8Array;
  /** Names it in problems. */
  readonly path: string;
  /** Of the patch. */
  readonly sampleRateHz: number;
  /** Longest recording in seconds; absent: no bound. */
  readonly maxSeconds?: number;
  /** Corrections of a model's contract. */
  readonly contract: Partial<ModelContract>;
  /** Of what was decoded of this file before, in the same way. */
  readonly knownSha256?: string;
}

/** Decodes a file; undefined when it is the one that is known. Throws PatchError: E-AUDIO-FORMAT, E-SIZE, what loadModel throws. */
export function decodeResource({ kind, bytes, path, knownSha256, ...how }: DecodeRequest): Resource | undefined {
  if (knownSha256 !== undefined && knownSha256 === bytesToHex(sha256(bytes))) return undefined;
  if (kind === 'audio') return loadAudio(bytes, path, how.sampleRateHz, how.maxSeconds);
  return loadModel(bytes, path, how.contract);
}

/**
 * Decodes an audio file and brings it to the patch's rate. Throws PatchError E-AUDIO-FORMAT, and E-SIZE for more than
 * `maxSeconds` of sound.
 */
export function loadAudio(bytes: Uint8Array, path: string, sampleRateHz: number, maxSeconds = Infinity): AudioResource {
  try {
    const decoded = decodeWav(bytes, maxSeconds);
    const channels =
      decoded.sampleRateHz === sampleRateHz
        ? decoded.channels
        : convertRate(decoded.channels, decoded.sampleRateHz, sampleRateHz);
    const recordedRateHz = decoded.sampleRateHz;
    return { kind: 'audio', path, sha256: bytesToHex(sha256(bytes)), sampleRateHz, channels, recordedRateHz };
  } catch (error) {
    if (error instanceof WavLengthError)
      fail('E-SIZE', path, `${path}: ${error.message} of sound. Cut the file, or choose a shorter one.`);
    throw new PatchError({
      code: 'E-AUDIO-FORMAT',
      severity: 'error',
      path,
      message: `${path}: expected a WAV file, got one that can't be read (${error instanceof Error ? error.message : String(error)}). Convert it to WAV, or choose another.`,
    });
  }
}
