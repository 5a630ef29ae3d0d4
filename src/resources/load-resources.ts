// Resource loading: finds, reads, checks and decodes what the nodes of a patch name, and reports what is wrong.
// Owns the rule where a path may point and how a file becomes a Resource. How bytes are fetched is the caller's.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Patch, PatchNode } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import type { AudioResource, ModelContract, Resource, ResourceSlot } from '../core/resource.ts';
import { resourcePathFault } from '../core/validate.ts';
import { convertRate } from '../dsp/convert-rate.ts';
import { decodeWav, WavLengthError } from '../dsp/wav.ts';
import { loadModel } from '../onnx/load.ts';

/** Largest file that is read, in bytes. */
export const RESOURCE_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Reads the bytes of a checked path (relative to the patch's folder, or `builtin:<name>`); undefined when there is nothing.
 * Links are its own matter: see FILE-1. What it throws becomes a problem of the slot.
 */
export type ReadResource = (path: string) => Promise<Uint8Array | undefined>;

/** Keeps decoded files from one load to the next; keyed by path, kind, rate, bound and contract corrections. */
export type ResourceCache = Map<string, { readonly bytes: Uint8Array; readonly resource: Resource }>;

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

function decode(
  { kind, maxSeconds }: ResourceSlot,
  bytes: Uint8Array,
  path: string,
  node: PatchNode,
  sampleRateHz: number,
): Resource {
  if (kind === 'audio') return loadAudio(bytes, path, sampleRateHz, maxSeconds);
  return loadModel(bytes, path, (node.contract ?? {}) as Partial<ModelContract>);
}

/** Whatever kept the bytes away (a folder, no permission, a server's refusal) is told with its own words. */
async function readBytes(path: string, read: ReadResource): Promise<Uint8Array | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof PatchError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    return fail(
      'E-RESOURCE-MISSING',
      path,
      `${path}: expected a file that can be read, got "${words}". Check the file and its permissions, or choose another.`,
    );
  }
}

async function loadOne(
  node: PatchNode,
  slot: string,
  definition: ResourceSlot,
  path: string,
  patch: Patch,
  read: ReadResource,
  cache: ResourceCache,
  used: Set<string>,
): Promise<Resource | undefined> {
  const where = { path: `nodes.${node.id}.resources.${slot}`, nodeId: node.id };
  const { kind, maxSeconds } = definition;
  const reading = kind === 'audio' ? [patch.sampleRateHz, maxSeconds ?? null] : (node.contract ?? null);
  const key = JSON.stringify([path, kind, reading]);
  used.add(key);
  try {
    const bytes = await readBytes(path, read);
    if (!bytes) return undefined;
    if (bytes.length > RESOURCE_BYTES_MAX) {
      fail(
        'E-SIZE',
        path,
        `${path}: expected a file of at most ${RESOURCE_BYTES_MAX / 1024 / 1024} MiB, got ${Math.round(bytes.length / 1024 / 1024)} MiB. Choose a smaller one.`,
      );
    }
    const known = cache.get(key);
    if (known && known.bytes.length === bytes.length && known.bytes.every((byte, index) => byte === bytes[index]))
      return known.resource;
    const resource = decode(definition, bytes, path, node, patch.sampleRateHz);
    cache.set(key, { bytes, resource });
    return resource;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new PatchError(
      error.problems.map(problem => ({ ...problem, ...where, message: `${node.id}.${slot}: ${problem.message}` })),
    );
  }
}

/**
 * Loads everything that the patch names. Missing files are left out (validation tells); files that can't be read or used are
 * told here. The cache keeps what this patch names and nothing else.
 */
export async function loadResources(
  patch: Patch,
  registry: Registry,
  read: ReadResource,
  cache: ResourceCache = new Map(),
): Promise<{ resources: ResourceBook; problems: Problem[] }> {
  const problems: Problem[] = [];
  const used = new Set<string>();
  const resources: Record<string, Record<string, Resource>> = {};
  for (const id of Object.keys(patch.nodes).sort()) {
    const node = patch.nodes[id];
    for (const [slot, definition] of Object.entries(registry.get(node.type)?.resources ?? {})) {
      const path = node.resources?.[slot];
      if (path === undefined || resourcePathFault(path)) continue;
      try {
        const resource = await loadOne(node, slot, definition, path, patch, read, cache, used);
        if (resource) resources[id] = { ...resources[id], [slot]: resource };
      } catch (error) {
        if (!(error instanceof PatchError)) throw error;
        problems.push(...error.problems);
      }
    }
  }
  for (const key of [...cache.keys()]) if (!used.has(key)) cache.delete(key);
  return { resources, problems };
}
