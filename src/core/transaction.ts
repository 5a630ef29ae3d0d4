// Transactions: the only way a patch changes. A change sets one value at a path; its inverse sets the old one.
// Owns apply, inverse and the class of a change (layout, param, structure). Must not know who undoes or shares them.
import type { Json, Patch } from './patch.ts';
import { INLET_TYPE, KNOB_TYPE, OUTLET_TYPE, type Subpatch } from './subpatch.ts';

/** Sets what lies at `path` (keys from the patch down, e.g. ['nodes', 'gain1', 'params', 'gain']); undefined removes it. */
export interface Change {
  readonly path: readonly string[];
  readonly value: Json | undefined;
}

/** What a transaction means for the sound: nothing, a message to the engine, or a new plan. */
export type TransactionClass = 'layout' | 'param' | 'structure';

export interface Transaction {
  /** For the undo menu: "Move gain1". */
  readonly label: string;
  readonly changes: readonly Change[];
  /** Transactions of one gesture (a knob drag) share a key and become one undo step. */
  readonly mergeKey?: string;
}

type Tree = { readonly [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Keys down to a thing: a node, a connection, a note, of the patch or of a subpatch. What lies deeper are its fields. A subpatch
 * itself is whole: it is set, or its own fields are.
 */
const thingDepth = (path: readonly string[]): number => (path[0] === 'subpatches' && path.length > 2 ? 4 : 2);

/** `tree` with a key set, or taken away for undefined: a copy, or the tree itself where it is one of `own`, the copies made so far. */
function withKey(tree: Tree, key: string, value: unknown, own: Set<Tree>): Tree {
  const copy: Tree = own.has(tree) ? tree : { ...tree };
  own.add(copy);
  if (value === undefined) delete (copy as Record<string, unknown>)[key];
  // Defined and not assigned: a key may be called __proto__.
  else Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
  return copy;
}

/** A field of a thing that is not there (somebody removed it) is not set: half a node would be worse than none. */
function setAt(tree: Tree, path: readonly string[], depth: number, value: Json | undefined, own: Set<Tree>): Tree {
  const key = path[depth] as string;
  if (depth === path.length - 1) return withKey(tree, key, value, own);
  const child = Object.hasOwn(tree, key) && isTree(tree[key]) ? tree[key] : undefined;
  if (child === undefined && (value === undefined || depth < thingDepth(path))) return tree;
  const next = setAt(child ?? {}, path, depth + 1, value, own);
  // A field that was emptied goes, so that setting and taking back leaves what was there before.
  return withKey(tree, key, depth >= thingDepth(path) && Object.keys(next).length === 0 ? undefined : next, own);
}

function getAt(tree: unknown, path: readonly string[]): Json | undefined {
  let value: unknown = tree;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Tree)[key];
  }
  return value as Json | undefined;
}

/**
 * Applies all changes in order. Returns the new patch and the transaction that undoes it; the old patch stays as it was.
 * Changes to what is not there any more are left out.
 */
export function applyTransaction(patch: Patch, transaction: Transaction): { patch: Patch; inverse: Transaction } {
  let next = patch as unknown as Tree;
  const undo: Change[] = [];
  // Each tree is copied once, however many changes lie in it: opening a patch of 1,000 nodes sets 1,000 keys of one tree.
  const own = new Set<Tree>();
  for (const change of transaction.changes) {
    undo.push({ path: change.path, value: getAt(next, change.path) });
    next = setAt(next, change.path, 0, change.value, own);
  }
  undo.reverse();
  const inverse: Transaction = {
    label: transaction.label,
    changes: undo,
    ...(transaction.mergeKey ? { mergeKey: transaction.mergeKey } : {}),
  };
  return { patch: next as unknown as Patch, inverse };
}

const LAYOUT_FIELDS = new Set(['position', 'label', 'explain', 'extra']);
/** Nodes that make a subpatch's face. */
const FACE_TYPES = new Set([INLET_TYPE, OUTLET_TYPE, KNOB_TYPE]);
const SOUND_FIELDS = new Set(['sampleRateHz', 'nodes', 'connections', 'subpatches']);

/**
 * Class of one change. `isStructuralParam(nodeType, param)` comes from the registry, since some params decide ports or latency.
 */
export function classifyChange(
  change: Change,
  patch: Patch,
  isStructuralParam: (type: string, param: string) => boolean,
): TransactionClass {
  const [root, id, field, name] = change.path;
  if (root === undefined || !SOUND_FIELDS.has(root)) return 'layout';
  if (root === 'subpatches' && id !== undefined && field !== undefined && Object.hasOwn(patch.subpatches, id))
    return classifyInside(change, patch, patch.subpatches[id], isStructuralParam);
  if (root !== 'nodes' || id === undefined || field === undefined) return 'structure';
  if (LAYOUT_FIELDS.has(field)) return 'layout';
  if (field === 'smoothingMs') return 'param';
  if (field === 'params' && name !== undefined) {
    const node = patch.nodes[id];
    return node && isStructuralParam(node.type, name) ? 'structure' : 'param';
  }
  return 'structure';
}

/** Of a change inside a subpatch. Where nodes lie decides the order of ports, so a move of one that is a port is structure. */
function classifyInside(
  { path, value }: Change,
  patch: Patch,
  subpatch: Subpatch,
  isStructuralParam: (type: string, param: string) => boolean,
): TransactionClass {
  const type = subpatch.nodes[path[3]]?.type;
  if (path[2] === 'nodes' && FACE_TYPES.has(type) && path.length > 4 && path[4] !== 'params' && path[4] !== 'explain')
    return 'structure';
  const inside: Patch = { ...patch, ...subpatch };
  return classifyChange({ path: path.slice(2), value }, inside, isStructuralParam);
}

/** Class of a transaction: that of its weightiest change. */
export function classifyTransaction(
  transaction: Transaction,
  patch: Patch,
  isStructuralParam: (type: string, param: string) => boolean,
): TransactionClass {
  let result: TransactionClass = 'layout';
  for (const change of transaction.changes) {
    const kind = classifyChange(change, patch, isStructuralParam);
    if (kind === 'structure') return 'structure';
    if (kind === 'param') result = 'param';
  }
  return result;
}
