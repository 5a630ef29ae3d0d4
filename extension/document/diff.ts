// Difference of two patches as changes, fine enough to be shared: per param, per field, per connection.
// Owns the comparison only. Used when the shared document or the file changed behind the store's back.
import type { Json, Patch } from '../../src/core/patch.ts';
import type { Change } from '../../src/core/transaction.ts';

type Tree = { readonly [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Paths that are compared key by key; what lies deeper is replaced whole. */
const PARTS: readonly (readonly string[])[] = [
  ['nodes'],
  ['nodes', '*'],
  ['nodes', '*', 'params'],
  ['nodes', '*', 'smoothingMs'],
  ['nodes', '*', 'resources'],
  ['connections'],
  ['frames'],
  ['frames', '*'],
  ['notes'],
  ['notes', '*'],
  ['extra'],
];
const NESTED: readonly (readonly string[])[] = [
  ...PARTS,
  ['subpatches'],
  ['subpatches', '*'],
  ...PARTS.map(path => ['subpatches', '*', ...path]),
];
const isNested = (path: readonly string[]): boolean =>
  path.length === 0 ||
  NESTED.some(rule => rule.length === path.length && rule.every((key, depth) => key === '*' || key === path[depth]));

function compare(before: unknown, after: unknown, path: readonly string[], changes: Change[]): void {
  if (isSame(before, after)) return;
  if (!isNested(path) || !isTree(before) || !isTree(after)) {
    changes.push({ path, value: after as Json | undefined });
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    compare(before[key], after[key], [...path, key], changes);
}

/** Changes that turn `before` into `after`. */
export function diffPatches(before: Patch, after: Patch): Change[] {
  const changes: Change[] = [];
  compare(before, after, [], changes);
  return changes;
}
