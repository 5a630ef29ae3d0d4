// Writes the patch file: JSON in a fixed order so that it diffs well.
// Owns the bytes; extension/neuropatch writes the same, and test/fixtures/patches hold both to it.
import type { Frame, Json, Note, Patch, PatchNode } from './patch.ts';
import { connectionFields, PATCH_FORMAT } from './patch.ts';
import { isEmpty, isObject, type JsonObject, NODE_FIELDS, TEXT_FIELDS } from './patch-fields.ts';
import type { Subpatch } from './subpatch.ts';

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

/** What a patch and a subpatch are both made of. */
function partsToJson(parts: Subpatch): JsonObject {
  const json: Record<string, Json> = {
    nodes: Object.values(parts.nodes).sort(byId).map(nodeToJson),
    connections: Object.values(parts.connections)
      .sort(byId)
      .map(connection => ({
        from: `${connection.from.node}.${connection.from.port}`,
        to: `${connection.to.node}.${connection.to.port}`,
        ...(sortKeys(connectionFields(connection)) as JsonObject),
      })),
  };
  for (const kind of ['frames', 'notes'] as const) {
    const marks = Object.values<Frame | Note>(parts[kind]).sort(byId);
    if (marks.length > 0) json[kind] = marks.map(mark => sortKeys(mark as unknown as Json));
  }
  return json;
}

const textsToJson = (parts: Subpatch): JsonObject =>
  Object.fromEntries(TEXT_FIELDS.flatMap(field => (parts[field] === '' ? [] : [[field, parts[field]]])));

const extraToJson = ({ extra }: Subpatch): JsonObject => sortKeys(extra as Json) as JsonObject;

function subpatchesToJson(subpatches: Patch['subpatches']): JsonObject {
  const ids = Object.keys(subpatches).sort();
  return Object.fromEntries(
    ids.map(id => {
      const parts = subpatches[id];
      return [id, { ...textsToJson(parts), ...partsToJson(parts), ...extraToJson(parts) }];
    }),
  );
}

/** The text of a patch: two-space JSON, fixed field order, nodes and connections sorted by id, one line feed at the end. */
export function serializePatch(patch: Patch): string {
  const json: Record<string, Json> = {
    format: PATCH_FORMAT,
    version: patch.version,
    ...textsToJson(patch),
    sampleRateHz: patch.sampleRateHz,
    ...partsToJson(patch),
  };
  if (!isEmpty(patch.subpatches)) json.subpatches = subpatchesToJson(patch.subpatches);
  return `${JSON.stringify({ ...json, ...extraToJson(patch) }, null, 2)}\n`;
}
