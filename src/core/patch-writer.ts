// Writes the patch file: JSON in a fixed order so that it diffs well.
// Owns the bytes; extension/neuropatch writes the same, and test/fixtures/patches hold both to it.
import type { Frame, Json, Note, Patch, PatchNode } from './patch.ts';
import { connectionFields, PATCH_FORMAT } from './patch.ts';
import { isEmpty, isObject, type JsonObject, NODE_FIELDS, TEXT_FIELDS } from './patch-fields.ts';

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sortKeys(value[key] as Json)]),
  );
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

function nodeToJson(node: PatchNode): Json {
  const json: Record<string, Json> = {};
  for (const field of NODE_FIELDS) {
    const value = node[field] as Json | undefined;
    if (!isEmpty(value)) json[field] = sortKeys(value as Json);
  }
  return { ...json, ...(sortKeys(node.extra ?? {}) as JsonObject) };
}

/** The text of a patch: two-space JSON, fixed field order, nodes and connections sorted by id, one line feed at the end. */
export function serializePatch(patch: Patch): string {
  const json: Record<string, Json> = { format: PATCH_FORMAT, version: patch.version };
  for (const field of TEXT_FIELDS) if (patch[field] !== '') json[field] = patch[field];
  json.sampleRateHz = patch.sampleRateHz;
  json.nodes = Object.values(patch.nodes).sort(byId).map(nodeToJson);
  json.connections = Object.values(patch.connections)
    .sort(byId)
    .map(connection => ({
      from: `${connection.from.node}.${connection.from.port}`,
      to: `${connection.to.node}.${connection.to.port}`,
      ...(sortKeys(connectionFields(connection)) as JsonObject),
    }));
  for (const kind of ['frames', 'notes'] as const) {
    const marks = Object.values<Frame | Note>(patch[kind]).sort(byId);
    if (marks.length > 0) json[kind] = marks.map(mark => sortKeys(mark as unknown as Json));
  }
  if (!isEmpty(patch.subpatches)) json.subpatches = sortKeys(patch.subpatches as Json);
  return `${JSON.stringify({ ...json, ...(sortKeys(patch.extra as Json) as JsonObject) }, null, 2)}\n`;
}
