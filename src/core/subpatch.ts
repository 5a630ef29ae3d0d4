// Subpatches: patches inside a patch. Owns what they are, which nodes inside make ports and settings outside, and which ones can't
// be played (not there, inside themselves, too deep). How they are laid out flat is flatten.ts.
import { addTo, type Edge, findLoops, sortTopologically } from './graph.ts';
import { ID_LENGTH_MAX, ID_PATTERN, type Patch, type PatchNode } from './patch.ts';
import type { Transaction } from './transaction.ts';

/**
 * A patch inside a patch. All of them stand in the outermost patch, where any number of nodes may name one: each plays its own
 * copy, at the rate where it stands.
 */
export type Subpatch = Omit<Patch, 'version' | 'sampleRateHz' | 'subpatches'>;

/** The node that plays a subpatch, those that are its ports, and the one that becomes a setting. */
export const SUBPATCH_TYPE = 'structure/subpatch';
export const INLET_TYPE = 'structure/inlet';
export const OUTLET_TYPE = 'structure/outlet';
export const KNOB_TYPE = 'control/knob';

/** Between the id of a node and the id of one inside it, in what is laid out flat; no id has it. */
export const INSIDE = '/';
/** Subpatches inside subpatches, at most. */
export const SUBPATCH_DEPTH_MAX = 16;
/** Nodes of a patch with all that its subpatches hold, at most. */
export const FLAT_NODES_MAX = 20_000;

/** Whether a text is the id of a node in the flat patch. */
export const isFlatId = (id: string): boolean => {
  const parts = id.split(INSIDE);
  return (
    parts.length <= SUBPATCH_DEPTH_MAX + 1 && parts.every(part => ID_PATTERN.test(part) && part.length <= ID_LENGTH_MAX)
  );
};

export const emptySubpatch = (name = ''): Subpatch => ({
  name,
  description: '',
  authors: '',
  licence: '',
  nodes: {},
  connections: {},
  frames: {},
  notes: {},
  extra: {},
});

/** Which subpatch a node plays; undefined for nodes of other types. '' where it names none. */
export const subpatchNameOf = ({ type, params = {} }: PatchNode): string | undefined =>
  type === SUBPATCH_TYPE ? String(params.patch ?? '') : undefined;

/** The subpatch that a node plays; undefined for other nodes, and where there is none of the name. */
export function subpatchOf(patch: Patch, node: PatchNode): Subpatch | undefined {
  const name = subpatchNameOf(node);
  return name !== undefined && Object.hasOwn(patch.subpatches, name) ? patch.subpatches[name] : undefined;
}

/** What a subpatch shows outside: nodes inside that become ports and settings, as they lie from top to bottom. */
export interface Face {
  readonly name: string;
  readonly inlets: readonly PatchNode[];
  readonly outlets: readonly PatchNode[];
  readonly knobs: readonly PatchNode[];
}

const faces = new WeakMap<Subpatch, Face>();

/** The face of a subpatch; the same object as long as the subpatch is the same. */
export function faceOf(subpatch: Subpatch): Face {
  const known = faces.get(subpatch);
  if (known) return known;
  const byPlace = Object.values(subpatch.nodes).sort(
    ({ position: [ax, ay], id: a }, { position: [bx, by], id: b }) => ay - by || ax - bx || (a < b ? -1 : 1),
  );
  const of = (type: string): PatchNode[] => byPlace.filter(node => node.type === type);
  const face = { name: subpatch.name, inlets: of(INLET_TYPE), outlets: of(OUTLET_TYPE), knobs: of(KNOB_TYPE) };
  faces.set(subpatch, face);
  return face;
}

/** The face of the subpatch that a node plays; undefined for other nodes. */
export function faceOfNode(patch: Patch, node: PatchNode): Face | undefined {
  const subpatch = subpatchOf(patch, node);
  return subpatch && faceOf(subpatch);
}

/** A subpatch as a patch of its own, with those that it needs. */
export function patchOfSubpatch(patch: Patch, id: string): Patch {
  const needed = new Set<string>();
  const wanted = Object.values(patch.subpatches[id].nodes).flatMap(node => subpatchNameOf(node) ?? []);
  while (wanted.length > 0) {
    const name = wanted.pop() as string;
    if (needed.has(name) || !Object.hasOwn(patch.subpatches, name)) continue;
    needed.add(name);
    wanted.push(...Object.values(patch.subpatches[name].nodes).flatMap(node => subpatchNameOf(node) ?? []));
  }
  const subpatches = Object.fromEntries([...needed].sort().map(name => [name, patch.subpatches[name]]));
  return { version: patch.version, sampleRateHz: patch.sampleRateHz, ...patch.subpatches[id], subpatches };
}

/** A subpatch that is there: how deep and how large it is, or why it can't be played. */
export interface SubpatchSize {
  /** Levels of nodes, itself included. */
  readonly depth: number;
  /** Nodes with all that is inside. */
  readonly nodes: number;
  readonly isInsideItself: boolean;
}

const sizes = new WeakMap<Patch['subpatches'], ReadonlyMap<string, SubpatchSize>>();

/** Sizes of all subpatches by id, in time that is linear in what is written, however often they hold one another. */
export function subpatchSizes(patch: Patch): ReadonlyMap<string, SubpatchSize> {
  const known = sizes.get(patch.subpatches);
  if (known) return known;
  const ids = Object.keys(patch.subpatches);
  const inner = new Map<string, string[]>();
  const edges: Edge[] = [];
  for (const id of ids)
    for (const node of Object.values(patch.subpatches[id].nodes)) {
      const name = subpatchNameOf(node);
      if (name === undefined || !Object.hasOwn(patch.subpatches, name)) continue;
      addTo(inner, id, name);
      edges.push({ from: name, to: id } as Edge);
    }
  const looping = new Set(findLoops(ids, edges).flat());
  const found = new Map<string, SubpatchSize>();
  for (const id of looping) found.set(id, { depth: 1, nodes: 1, isInsideItself: true });
  const open = edges.filter(({ from, to }) => !looping.has(from) && !looping.has(to));
  const order = sortTopologically(
    ids.filter(id => !looping.has(id)),
    open,
  );
  for (const id of order ?? []) {
    let [depth, nodes] = [0, Object.keys(patch.subpatches[id].nodes).length];
    for (const name of inner.get(id) ?? []) {
      const size = found.get(name) as SubpatchSize;
      depth = Math.max(depth, size.depth);
      nodes = Math.min(2 ** 40, nodes + size.nodes);
    }
    found.set(id, { depth: depth + 1, nodes, isInsideItself: false });
  }
  sizes.set(patch.subpatches, found);
  return found;
}

/** A subpatch as the patch that is edited when it is open: its own nodes and wires among all subpatches of the patch. */
export const insideSubpatch = (patch: Patch, id: string): Patch => ({ ...patch, ...patch.subpatches[id] });

/** An edit of what is inside a subpatch, made as for a patch, as an edit of the patch that holds it. */
export const atSubpatch = (transaction: Transaction, id: string): Transaction => ({
  ...transaction,
  changes: transaction.changes.map(({ path, value }) => ({
    path: path[0] === 'subpatches' || path[0] === 'sampleRateHz' ? path : ['subpatches', id, ...path],
    value,
  })),
});
