// Resource loading: finds, reads, checks and decodes what the nodes of a patch name, and reports what is wrong.
// Owns the rule where a path may point and what is kept from load to load. How bytes are fetched, and in which thread they are
// decoded, is the caller's.
import { fail, PatchError, type Problem } from '../core/errors.ts';
import { problemsOfDocument } from '../core/flat-origin.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Patch, PatchNode } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import type { ModelContract, Resource, ResourceSlot } from '../core/resource.ts';
import { resourcePathFault } from '../core/resource-path.ts';
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

/** A file on its way: the slot that wants it (the first of several) and the share that is done, 0–1. */
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

/** What a slot of the patch wants: a file, read in a certain way. */
interface Wanted {
  readonly node: PatchNode;
  readonly slot: string;
  readonly definition: ResourceSlot;
  readonly path: string;
  /** Slots with the same key share one reading. */
  readonly key: string;
}

function wantedBy(patch: Patch, registry: Registry): Wanted[] {
  return Object.keys(patch.nodes)
    .sort()
    .flatMap(id => {
      const node = patch.nodes[id];
      return Object.entries(registry.get(node.type)?.resources ?? {}).flatMap(([slot, definition]) => {
        const path = node.resources?.[slot];
        if (path === undefined || resourcePathFault(path)) return [];
        const { kind, maxSeconds } = definition;
        const reading = kind === 'audio' ? [patch.sampleRateHz, maxSeconds ?? null] : (node.contract ?? null);
        return [{ node, slot, definition, path, key: JSON.stringify([path, kind, reading]) }];
      });
    });
}

async function readAndDecode(
  { node, definition, path, key }: Wanted,
  { sampleRateHz }: Patch,
  read: ReadResource,
  { cache = new Map(), decode = decodeHere }: LoadOptions,
  tell: (share: number) => void,
): Promise<Resource | undefined> {
  const { kind, maxSeconds } = definition;
  const part = (from: number, size: number): ReadOptions => ({ onProgress: share => tell(from + size * share) });
  const bytes = await readBytes(path, read, part(0, READ_SHARE));
  if (!bytes) return undefined;
  failIfTooLarge(path, bytes.length);
  const known = cache.get(key);
  const request: DecodeRequest = {
    kind,
    bytes,
    path,
    sampleRateHz,
    contract: (node.contract ?? {}) as Partial<ModelContract>,
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(known ? { knownSha256: known.sha256 } : {}),
  };
  const resource = (await decode(request, part(READ_SHARE, 1 - READ_SHARE))) ?? known;
  if (resource) cache.set(key, resource);
  return resource;
}

/** The same problems, told of the slot that they keep from its file. */
const problemsOfSlot = ({ node, slot }: Wanted, problems: readonly Problem[]): Problem[] =>
  problems.map(problem => ({
    ...problem,
    path: `nodes.${node.id}.resources.${slot}`,
    nodeId: node.id,
    message: `${node.id}.${slot}: ${problem.message}`,
  }));

/**
 * Loads everything that the patch names, all at once; what several slots name alike is read once. Missing files are left out
 * (validation tells); files that can't be read or used are told here, in the order of the nodes' ids. Progress is told of one
 * file after the other. The cache keeps what this patch names and nothing else. After an abort it throws what the reader or
 * decoder threw. Resources are named by the nodes of the flat patch (core/flatten).
 */
export async function loadResources(
  document: Patch,
  registry: Registry,
  read: ReadResource,
  options: LoadOptions = {},
): Promise<{ resources: ResourceBook; problems: Problem[] }> {
  const patch = flatPatch(document);
  const wanted = wantedBy(patch, registry);
  const firsts = wanted.filter(({ key }, at) => wanted.findIndex(other => other.key === key) === at);
  const underWay = new Set(firsts);
  const loads = new Map(
    firsts.map(each => {
      const tell = (share: number): void => {
        const [first] = underWay;
        if (first === each) options.onProgress?.({ nodeId: each.node.id, path: each.path, share });
      };
      const load = readAndDecode(each, patch, read, options, tell).finally(() => underWay.delete(each));
      return [each.key, load];
    }),
  );
  const problems: Problem[] = [];
  const resources: Record<string, Record<string, Resource>> = {};
  // Who waits for the first must not leave the failures of the others without a listener.
  await Promise.allSettled(loads.values());
  for (const each of wanted) {
    try {
      const resource = await loads.get(each.key);
      if (resource) resources[each.node.id] = { ...resources[each.node.id], [each.slot]: resource };
    } catch (error) {
      if (!(error instanceof PatchError) || options.signal?.aborted) throw error;
      problems.push(...problemsOfSlot(each, error.problems));
    }
  }
  const { cache = new Map<string, Resource>() } = options;
  for (const key of [...cache.keys()]) if (!loads.has(key)) cache.delete(key);
  return { resources, problems: problemsOfDocument(problems, document) };
}
