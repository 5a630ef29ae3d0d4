// Resource loading: finds, reads, checks and decodes what the nodes of a patch name, and reports what is wrong.
// Owns the rule where a path may point and what is kept from load to load. How bytes are fetched, and in which thread they are
// decoded, is the caller's.
import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Patch, PatchNode } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import type { ModelContract, Resource, ResourceSlot } from '../core/resource.ts';
import { resourcePathFault } from '../core/validate.ts';
import { type DecodeRequest, decodeResource } from './decode-resource.ts';
import { failIfTooLarge } from './file-size.ts';

export interface ReadOptions {
  /** Share that has come, 0–1. A reader or decoder that does not know says nothing. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Reads the bytes of a checked path (relative to the patch's folder, or `builtin:<name>`); undefined when there is nothing.
 * Links are its own matter: see FILE-1. What it throws becomes a problem of the slot.
 */
export type ReadResource = (path: string, options?: ReadOptions) => Promise<Uint8Array | undefined>;

/** decodeResource, here or in another thread, which may take the bytes away. */
export type DecodeResource = (request: DecodeRequest, options: ReadOptions) => Promise<Resource | undefined>;

/** Keeps decoded files from one load to the next; keyed by path, kind, rate, bound and contract corrections. */
export type ResourceCache = Map<string, Resource>;

/** A file on its way: the slot that wants it and the share that is done, 0–1. */
export interface LoadProgress {
  readonly nodeId: string;
  readonly path: string;
  readonly share: number;
}

export interface LoadOptions {
  readonly cache?: ResourceCache;
  /** Left out: at once, in this thread. */
  readonly decode?: DecodeResource;
  /** Nobody waits any more: what is still thrown is thrown on. */
  readonly signal?: { readonly aborted: boolean };
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Of the way to a resource: reading is the first half. */
const READ_SHARE = 0.5;

const decodeHere: DecodeResource = async request => decodeResource(request);

/** Whatever kept the bytes away (a folder, no permission, a server's refusal) is told with its own words. */
async function readBytes(path: string, read: ReadResource, options: ReadOptions): Promise<Uint8Array | undefined> {
  try {
    return await read(path, options);
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
  { kind, maxSeconds }: ResourceSlot,
  path: string,
  { sampleRateHz }: Patch,
  read: ReadResource,
  { cache = new Map(), decode = decodeHere, onProgress }: LoadOptions,
  used: Set<string>,
): Promise<Resource | undefined> {
  const where = { path: `nodes.${node.id}.resources.${slot}`, nodeId: node.id };
  const reading = kind === 'audio' ? [sampleRateHz, maxSeconds ?? null] : (node.contract ?? null);
  const key = JSON.stringify([path, kind, reading]);
  used.add(key);
  const part = (from: number, size: number): ReadOptions => ({
    onProgress: share => onProgress?.({ nodeId: node.id, path, share: from + size * share }),
  });
  try {
    const bytes = await readBytes(path, read, part(0, READ_SHARE));
    if (!bytes) return undefined;
    failIfTooLarge(path, bytes.length);
    const known = cache.get(key);
    const contract = (node.contract ?? {}) as Partial<ModelContract>;
    const request: DecodeRequest = {
      kind,
      bytes,
      path,
      sampleRateHz,
      contract,
      ...(maxSeconds === undefined ? {} : { maxSeconds }),
      ...(known ? { knownSha256: known.sha256 } : {}),
    };
    const resource = (await decode(request, part(READ_SHARE, 1 - READ_SHARE))) ?? known;
    if (resource) cache.set(key, resource);
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
 * told here. The cache keeps what this patch names and nothing else. After an abort it throws what the reader or decoder threw.
 */
export async function loadResources(
  patch: Patch,
  registry: Registry,
  read: ReadResource,
  options: LoadOptions = {},
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
        const resource = await loadOne(node, slot, definition, path, patch, read, options, used);
        if (resource) resources[id] = { ...resources[id], [slot]: resource };
      } catch (error) {
        if (!(error instanceof PatchError) || options.signal?.aborted) throw error;
        problems.push(...error.problems);
      }
    }
  }
  const { cache = new Map<string, Resource>() } = options;
  for (const key of [...cache.keys()]) if (!used.has(key)) cache.delete(key);
  return { resources, problems };
}
