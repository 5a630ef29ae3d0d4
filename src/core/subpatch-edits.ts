// Edits of subpatches as transactions: nodes become a subpatch, one is dissolved, a patch file is inserted as one.
// Owns how wires that cross the border are led through inlets and outlets, and back.
import { freeNodeId } from './edits.ts';
import { addTo } from './graph.ts';
import type { ResourceBook } from './infer.ts';
import type { ParamValue } from './param.ts';
import {
  type Connection,
  connectionId,
  type Endpoint,
  ID_LENGTH_MAX,
  type Json,
  type Patch,
  type PatchNode,
} from './patch.ts';
import { type Registry, shapeNode } from './registry.ts';
import {
  emptySubpatch,
  faceOfNode,
  INLET_TYPE,
  KNOB_TYPE,
  OUTLET_TYPE,
  SUBPATCH_TYPE,
  type Subpatch,
  subpatchNameOf,
  subpatchOf,
} from './subpatch.ts';
import type { Change, Transaction } from './transaction.ts';

/** Room between what was chosen and the inlets and outlets beside it, and from one of these to the next, in px. */
const BESIDE_PX = 256;
const BELOW_PX = 96;

const set = (kind: 'nodes' | 'connections', thing: PatchNode | Connection): Change => ({
  path: [kind, thing.id],
  value: thing as unknown as Json,
});
const drop = (kind: 'nodes' | 'connections', id: string): Change => ({ path: [kind, id], value: undefined });

/** A wire with other ends and the fields of those that it is made of. */
function join(from: Endpoint, to: Endpoint, ...made: readonly Connection[]): Connection {
  const fields = Object.assign({}, ...made) as Partial<Connection>;
  return { ...fields, id: connectionId(from, to), from, to };
}

const isFace = ({ type }: PatchNode): boolean => type === INLET_TYPE || type === OUTLET_TYPE;

const portKey = ({ node, port }: Endpoint): string => `${node}.${port}`;

/** A free id for a subpatch, made of words: "Tape echo" → "tape-echo". */
export function freeSubpatchId(patch: Patch, words: string, taken: ReadonlySet<string> = new Set()): string {
  const slug = words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, ID_LENGTH_MAX - 8)
    .replace(/-+$/, '');
  const stem = slug || 'subpatch';
  const isFree = (id: string): boolean => !Object.hasOwn(patch.subpatches, id) && !taken.has(id);
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`;
    if (isFree(id)) return id;
  }
}

/** What a wire carries, as the node that it comes from says. */
function carriedBy(patch: Patch, { node: id, port }: Endpoint, registry: Registry, resources: ResourceBook): string {
  const node = patch.nodes[id];
  const type = node && registry.get(node.type);
  const ports = type && shapeNode(type, node, resources[id] ?? {}, patch.sampleRateHz, faceOfNode(patch, node)).ports;
  return ports && Object.hasOwn(ports, port) ? ports[port].type : 'audio';
}

/**
 * Makes a subpatch of nodes, in whose place a node stands that plays it. Whatever comes in from one outlet comes through one Inlet,
 * whatever leaves one outlet through one Outlet. Ids, values and places inside stay, so that dissolving it gives the same patch.
 */
export function makeSubpatch(
  patch: Patch,
  ids: readonly string[],
  name: string,
  registry: Registry,
  resources: ResourceBook = {},
): { transaction: Transaction; nodeId: string; subpatchId: string } {
  const inside = new Set(ids.filter(id => Object.hasOwn(patch.nodes, id)));
  const subpatchId = freeSubpatchId(patch, name);
  const outside = Object.fromEntries(Object.entries(patch.nodes).filter(([id]) => !inside.has(id)));
  const nodeId = freeNodeId({ ...patch, nodes: outside }, subpatchId);
  const nodes: Record<string, PatchNode> = Object.fromEntries([...inside].sort().map(id => [id, patch.nodes[id]]));
  // An empty one stands at the corner of all.
  const measured = Object.values(inside.size > 0 ? nodes : patch.nodes).filter(node => !isFace(node));
  const places = measured.map(({ position }) => position);
  const edge = (axis: 0 | 1, most: (...numbers: number[]) => number): number =>
    places.length > 0 ? most(...places.map(place => place[axis])) : 0;
  const [left, top, right] = [edge(0, Math.min), edge(1, Math.min), edge(0, Math.max)];
  const taken = new Set(inside);
  const faces = new Map<string, string>();
  /** The Inlet or Outlet for an end of a wire: the one that is there, or a new one below the last. */
  const faceFor = (type: string, stem: string, end: Endpoint): string => {
    const key = `${type} ${portKey(end)}`;
    const known = faces.get(key);
    if (known !== undefined) return known;
    const id = freeNodeId({ ...patch, nodes: {} }, stem, taken);
    taken.add(id);
    const row = [...faces.keys()].filter(other => other.startsWith(`${type} `)).length;
    faces.set(key, id);
    const carries = carriedBy(patch, end, registry, resources);
    nodes[id] = {
      id,
      type,
      version: registry.get(type)?.version ?? 1,
      position: [type === INLET_TYPE ? left - BESIDE_PX : right + BESIDE_PX, top + row * BELOW_PX],
      ...(carries === 'audio' ? {} : { params: { carries } }),
    };
    return id;
  };
  const inner: Record<string, Connection> = {};
  const changes: Change[] = [];
  const put = (wire: Connection): void => {
    inner[wire.id] = wire;
  };
  for (const id of Object.keys(patch.connections).sort()) {
    const wire = patch.connections[id];
    const [isFrom, isTo] = [inside.has(wire.from.node), inside.has(wire.to.node)];
    if (!isFrom && !isTo) continue;
    changes.push(drop('connections', id));
    if (isFrom && isTo) put(wire);
    else if (isTo) {
      const port = faceFor(INLET_TYPE, 'in', wire.from);
      // The ways meet inside: what is said of the wire's alignment stays there.
      put(join({ node: port, port: 'out' }, wire.to, wire));
      const entering = { node: nodeId, port };
      changes.push(set('connections', join(wire.from, entering)));
    } else {
      const port = faceFor(OUTLET_TYPE, 'out', wire.from);
      put(join(wire.from, { node: port, port: 'in' }));
      changes.push(set('connections', join({ node: nodeId, port }, wire.to, wire)));
    }
  }
  const subpatch: Subpatch = { ...emptySubpatch(name), nodes, connections: inner };
  const node: PatchNode = {
    id: nodeId,
    type: SUBPATCH_TYPE,
    version: registry.get(SUBPATCH_TYPE)?.version ?? 1,
    position: [left, top],
    params: { patch: subpatchId },
  };
  const transaction = {
    label: `Make ${name || 'a subpatch'}`,
    changes: [
      { path: ['subpatches', subpatchId], value: subpatch as unknown as Json },
      ...[...inside].map(id => drop('nodes', id)),
      set('nodes', node),
      ...changes,
    ],
  };
  return { transaction, nodeId, subpatchId };
}

/** Whether a node other than `but` plays the subpatch, here or in another subpatch. */
const isUsed = (patch: Patch, subpatchId: string, but: PatchNode): boolean =>
  [patch, ...Object.values(patch.subpatches)].some(({ nodes }) =>
    Object.values(nodes).some(node => node !== but && subpatchNameOf(node) === subpatchId),
  );

/** What a node that plays a subpatch sets of one inside it: the value of a Knob. */
function withHostValues(node: PatchNode, host: PatchNode): PatchNode {
  if (node.type !== KNOB_TYPE) return node;
  const value: ParamValue | undefined = host.params?.[node.id];
  const ms = host.smoothingMs?.[node.id];
  return {
    ...node,
    ...(value === undefined ? {} : { params: { ...node.params, value } }),
    ...(ms === undefined ? {} : { smoothingMs: { ...node.smoothingMs, value: ms } }),
  };
}

/**
 * Puts what is in a subpatch in the place of the node that plays it; the subpatch itself goes where no other node plays it. Undefined
 * for other nodes.
 */
export function dissolveSubpatch(
  patch: Patch,
  nodeId: string,
): { transaction: Transaction; ids: string[] } | undefined {
  const host = Object.hasOwn(patch.nodes, nodeId) ? patch.nodes[nodeId] : undefined;
  const subpatch = host && subpatchOf(patch, host);
  if (!host || !subpatch) return undefined;
  const { [nodeId]: _, ...others } = patch.nodes;
  const around = { ...patch, nodes: others };
  const stay = Object.values(subpatch.nodes).filter(node => !isFace(node));
  const corner = (axis: 0 | 1): number => Math.min(...stay.map(({ position }) => position[axis]));
  const offset = stay.length > 0 ? [host.position[0] - corner(0), host.position[1] - corner(1)] : [0, 0];
  const moved = ([x, y]: readonly [number, number]): [number, number] => [x + offset[0], y + offset[1]];
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id } of stay) {
    const free = freeNodeId(around, id, taken);
    taken.add(free);
    renamed.set(id, free);
  }
  const changes: Change[] = [];
  const outer = Object.values(patch.connections);
  const touching = outer.filter(({ from, to }) => from.node === nodeId || to.node === nodeId);
  for (const { id } of touching) changes.push(drop('connections', id));
  changes.push(drop('nodes', nodeId));
  for (const node of stay) {
    const id = renamed.get(node.id) as string;
    changes.push(set('nodes', { ...withHostValues(node, host), id, position: moved(node.position) }));
  }

  /** Wires to what is outside, by the port of the node that goes. */
  const entering = new Map<string, Connection[]>();
  const leaving = new Map<string, Connection[]>();
  for (const wire of touching) {
    if (wire.to.node === nodeId) addTo(entering, wire.to.port, wire);
    if (wire.from.node === nodeId) addTo(leaving, wire.from.port, wire);
  }
  interface Way {
    readonly end: Endpoint;
    readonly wires: readonly Connection[];
  }
  const inner = Object.values(subpatch.connections);
  /** Where what arrives at an end of the subpatch's own comes from: a node that stays, or all that is wired to an Inlet. */
  const sourcesOf = ({ node, port }: Endpoint, seen: readonly string[]): Way[] => {
    const id = renamed.get(node);
    if (id !== undefined) return [{ end: { node: id, port }, wires: [] }];
    if (subpatch.nodes[node]?.type !== INLET_TYPE || seen.includes(node)) return [];
    return (entering.get(node) ?? []).flatMap(wire =>
      sourcesAround(wire.from, [...seen, node]).map(way => ({ end: way.end, wires: [...way.wires, wire] })),
    );
  };
  /** The same of an end in the patch around it: the node's own outlets lead back in. */
  const sourcesAround = (end: Endpoint, seen: readonly string[]): Way[] => {
    if (end.node !== nodeId) return [{ end, wires: [] }];
    if (seen.includes(end.port)) return [];
    return inner
      .filter(({ to }) => to.node === end.port && subpatch.nodes[to.node]?.type === OUTLET_TYPE && to.port === 'in')
      .flatMap(wire =>
        sourcesOf(wire.from, [...seen, end.port]).map(way => ({ end: way.end, wires: [...way.wires, wire] })),
      );
  };
  const made = new Map<string, Connection>();
  const connect = (ways: readonly Way[], to: Endpoint, wire: Connection): void => {
    for (const way of ways) {
      const joined = join(way.end, to, ...way.wires, wire);
      made.set(joined.id, joined);
    }
  };
  for (const wire of inner) {
    const to = renamed.get(wire.to.node);
    if (to !== undefined) connect(sourcesOf(wire.from, []), { node: to, port: wire.to.port }, wire);
  }
  for (const [port, wires] of leaving)
    for (const wire of wires)
      if (wire.to.node !== nodeId) connect(sourcesAround({ node: nodeId, port }, []), wire.to, wire);
  for (const [port, wires] of entering) {
    const knob = renamed.get(port);
    if (knob === undefined || subpatch.nodes[port].type !== KNOB_TYPE) continue;
    for (const wire of wires) connect(sourcesAround(wire.from, []), { node: knob, port: 'value' }, wire);
  }
  for (const wire of made.values()) changes.push(set('connections', wire));
  for (const kind of ['frames', 'notes'] as const)
    for (const mark of Object.values(subpatch[kind])) {
      let id = mark.id;
      for (let n = 2; Object.hasOwn(patch[kind], id); n++) id = `${mark.id.slice(0, ID_LENGTH_MAX - 8)}-${n}`;
      changes.push({ path: [kind, id], value: { ...mark, id, position: moved(mark.position) } as unknown as Json });
    }
  const subpatchId = subpatchNameOf(host) as string;
  if (!isUsed(patch, subpatchId, host)) changes.push({ path: ['subpatches', subpatchId], value: undefined });
  return { transaction: { label: `Dissolve ${nodeId}`, changes }, ids: [...taken] };
}

/**
 * Inserts a patch, as it was read from a file, as a subpatch with a node that plays it. Subpatches of its own come along under free ids.
 * Its rate is left out; paths of files are kept, and have to be there from this patch's folder.
 */
export function insertPatch(
  patch: Patch,
  file: Patch,
  position: readonly [number, number],
  registry: Registry,
): { transaction: Transaction; nodeId: string; subpatchId: string } {
  const taken = new Set<string>();
  const free = (words: string): string => {
    const id = freeSubpatchId(patch, words, taken);
    taken.add(id);
    return id;
  };
  const subpatchId = free(file.name);
  const renamed = new Map(Object.keys(file.subpatches).map(id => [id, free(id)]));
  const follow = (node: PatchNode): PatchNode => {
    const name = subpatchNameOf(node);
    const now = name === undefined ? undefined : renamed.get(name);
    return now === undefined || now === name ? node : { ...node, params: { ...node.params, patch: now } };
  };
  const taking = (id: string, { nodes, ...rest }: Subpatch): Change => {
    const followed = Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, follow(node)]));
    return { path: ['subpatches', id], value: { ...rest, nodes: followed } as unknown as Json };
  };
  const { version: _, sampleRateHz: __, subpatches, ...parts } = file;
  const nodeId = freeNodeId(patch, subpatchId);
  const node: PatchNode = {
    id: nodeId,
    type: SUBPATCH_TYPE,
    version: registry.get(SUBPATCH_TYPE)?.version ?? 1,
    position,
    params: { patch: subpatchId },
  };
  const changes = [
    ...Object.entries(subpatches).map(([id, inner]) => taking(renamed.get(id) as string, inner)),
    taking(subpatchId, parts),
    set('nodes', node),
  ];
  return { transaction: { label: `Insert ${file.name || subpatchId}`, changes }, nodeId, subpatchId };
}
