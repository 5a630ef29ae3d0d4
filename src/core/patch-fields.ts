// The fields of the patch file, in the order in which they are written, and what counts as empty.
// Owns what writer and reader must agree on; nothing here reads or writes.
import type { Json } from './patch.ts';

export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const NODE_FIELDS = [
  'id',
  'type',
  'version',
  'label',
  'position',
  'params',
  'smoothingMs',
  'resources',
  'contract',
  'isBypassed',
  'explain',
] as const;
export const TEXT_FIELDS = ['name', 'description', 'authors', 'licence'] as const;
export const PATCH_FIELDS = new Set<string>([
  'format',
  'version',
  ...TEXT_FIELDS,
  'sampleRateHz',
  'nodes',
  'connections',
  'frames',
  'notes',
  'subpatches',
]);
/** A subpatch runs at the rate where it stands, and all subpatches stand in the outermost patch. */
export const SUBPATCH_FIELDS = new Set<string>([...TEXT_FIELDS, 'nodes', 'connections', 'frames', 'notes']);

/** Fields with nothing in them are not written. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === '' || value === false || (isObject(value) && Object.keys(value).length === 0);
