// Copies of big data for another thread, which takes them without a further copy: made piece by piece, so that the page never
// stands still over hundreds of MiB. Owns how big a piece is, and which parts of resources are big. Must not know for whom.
import type { ResourceBook } from '../core/infer.ts';
import type { Resource } from '../core/resource.ts';
import { letOthersWork } from './let-others-work.ts';
import type { ResourcePayload } from './resource-transfer.ts';

/** Less than this crosses with its message: that takes a few ms. */
const SMALL_BYTES = 1024 * 1024;
/** Copied in about 5 ms. */
const PIECE_BYTES = 4 * 1024 * 1024;

type Data = Uint8Array | Float32Array;

/** Copies big arrays, each once, and keeps their buffers for the message's transfer list; small ones stay as they are. */
export class HeavyCopy {
  readonly transfer: ArrayBuffer[] = [];
  readonly #copies = new Map<Data, Data>();

  async of<T extends Data>(data: T): Promise<T> {
    if (data.byteLength < SMALL_BYTES) return data;
    const known = this.#copies.get(data);
    if (known) return known as T;
    // Its memory is the system's until it is written to: making it takes no time.
    const copy = new Uint8Array(data.byteLength);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      copy.set(bytes.subarray(at, at + PIECE_BYTES), at);
      await letOthersWork();
    }
    const made = (data instanceof Float32Array ? new Float32Array(copy.buffer) : copy) as T;
    this.#copies.set(data, made);
    this.transfer.push(copy.buffer);
    return made;
  }
}

async function copyChannels(channels: readonly Float32Array[], copy: HeavyCopy): Promise<Float32Array[]> {
  const copied: Float32Array[] = [];
  for (const channel of channels) copied.push(await copy.of(channel));
  return copied;
}

/** A resource whose big data are the copy's, to be handed over. */
export async function copyResource<T extends Resource>(resource: T, copy: HeavyCopy): Promise<T> {
  if (resource.kind === 'model') return { ...resource, bytes: await copy.of(resource.bytes) };
  return { ...resource, channels: await copyChannels(resource.channels, copy) };
}

/** As copyResource, for all of a book. */
export async function copyBook(book: ResourceBook, copy: HeavyCopy): Promise<ResourceBook> {
  const copied: Record<string, Record<string, Resource>> = {};
  for (const [nodeId, slots] of Object.entries(book)) {
    copied[nodeId] = {};
    for (const [slot, resource] of Object.entries(slots ?? {}))
      if (resource) copied[nodeId][slot] = await copyResource(resource, copy);
  }
  return copied;
}

/** As copyResource, for payloads. */
export async function copyPayloads(payloads: readonly ResourcePayload[], copy: HeavyCopy): Promise<ResourcePayload[]> {
  const copied: ResourcePayload[] = [];
  for (const { key, data } of payloads)
    copied.push({ key, data: data instanceof Uint8Array ? await copy.of(data) : await copyChannels(data, copy) });
  return copied;
}
