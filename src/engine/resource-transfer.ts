// Resources on their way to another thread: each file's bytes or samples cross once and are then named by a key.
// Owns packing and unpacking. Must not know threads, ports or plans.
import type { ResourceBook } from '../core/infer.ts';
import type { AudioResource, ModelResource, Resource } from '../core/resource.ts';

/** The heavy part of a resource. */
export interface ResourcePayload {
  readonly key: string;
  /** A model's file, or decoded audio, one array a channel. */
  readonly data: Uint8Array | readonly Float32Array[];
}

/** A resource without its heavy part; `key` names a payload sent with this or an earlier message. */
export type ResourceReference = (Omit<ModelResource, 'bytes'> | Omit<AudioResource, 'channels'>) & {
  readonly key: string;
};
export type ReferenceBook = Readonly<Record<string, Readonly<Record<string, ResourceReference>>>>;

/** A model that another thread runs: all but its file. */
export const withoutFile = (model: ModelResource): ModelResource => ({ ...model, bytes: new Uint8Array(0) });

/** Decoded audio depends on the rate that it was brought to, a model's file on nothing but itself. */
export const resourceKey = (resource: Resource): string =>
  resource.kind === 'model'
    ? `${resource.bytes.length === 0 ? 'card' : 'model'}:${resource.sha256}`
    : `audio:${resource.sha256}:${resource.sampleRateHz}`;

/** Splits a book into references and the payloads whose keys are not in `sent`, which holds the keys of this book afterwards. */
export function packResources(
  book: ResourceBook,
  sent: Set<string>,
): { references: ReferenceBook; payloads: ResourcePayload[] } {
  const payloads: ResourcePayload[] = [];
  const used = new Set<string>();
  const reference = (resource: Resource): ResourceReference => {
    const key = resourceKey(resource);
    const isNew = !sent.has(key) && !used.has(key);
    used.add(key);
    if (resource.kind === 'model') {
      const { bytes, ...rest } = resource;
      if (isNew) payloads.push({ key, data: bytes });
      return { ...rest, key };
    }
    const { channels, ...rest } = resource;
    if (isNew) payloads.push({ key, data: channels });
    return { ...rest, key };
  };
  const references = Object.fromEntries(
    Object.entries(book).map(([nodeId, slots]) => [
      nodeId,
      Object.fromEntries(
        Object.entries(slots ?? {}).flatMap(([slot, resource]) => (resource ? [[slot, reference(resource)]] : [])),
      ),
    ]),
  );
  sent.clear();
  for (const key of used) sent.add(key);
  return { references, payloads };
}

/**
 * Puts resources together again; `store` holds the payloads of this message's book afterwards, as the sender's `sent` does:
 * a plan that is fading away has its own hold on what it plays. Throws a RangeError for an unknown key.
 */
export function unpackResources(
  references: ReferenceBook,
  payloads: readonly ResourcePayload[],
  store: Map<string, ResourcePayload['data']>,
): ResourceBook {
  for (const { key, data } of payloads) store.set(key, data);
  const used = new Set(Object.values(references).flatMap(slots => Object.values(slots).map(({ key }) => key)));
  for (const key of [...store.keys()]) if (!used.has(key)) store.delete(key);
  const restore = ({ key, ...rest }: ResourceReference): Resource => {
    const data = store.get(key);
    if (data === undefined)
      throw new RangeError(`resources: expected a payload that was sent before, got "${key}". Send it again.`);
    return (rest.kind === 'model' ? { ...rest, bytes: data } : { ...rest, channels: data }) as Resource;
  };
  return Object.fromEntries(
    Object.entries(references).map(([nodeId, slots]) => [
      nodeId,
      Object.fromEntries(Object.entries(slots).map(([slot, reference]) => [slot, restore(reference)])),
    ]),
  );
}

/** The buffers of a resource's heavy part, for a thread that has no more use for it. */
export const heavyBuffers = (resource: Resource): ArrayBuffer[] => [
  ...new Set(
    (resource.kind === 'model' ? [resource.bytes] : resource.channels).map(data => data.buffer as ArrayBuffer),
  ),
];
