// Edits: what a person does to a patch, as transactions. One function per gesture.
// Owns how a gesture becomes changes. Must not know the canvas, nor judge whether an edit is wise (validate.ts does).

import { addTo } from './graph.ts';
import type { ParamValue } from './param.ts';
import { type Connection, ID_LENGTH_MAX, type Json, makeConnection, type Patch, type PatchNode } from './patch.ts';
import type { Change, Transaction } from './transaction.ts';

const asJson = (value: unknown): Json => value as Json;
const setNode = (node: PatchNode): Change => ({ path: ['nodes', node.id], value: asJson(node) });
const setConnection = (connection: Connection): Change => ({
  path: ['connections', connection.id],
  value: asJson(connection),
});
const dropConnection = (id: string): Change => ({ path: ['connections', id], value: undefined });
const nodeField = (id: string, field: string, value: Json | undefined): Change => ({
  path: ['nodes', id, field],
  value,
});

/** A free id made of the last part of the type: "gain", "gain-2", … `taken` holds ids that are about to be used as well. */
export function freeNodeId(patch: Patch, type: string, taken: ReadonlySet<string> = new Set()): string {
  // Room for a number: what is longer than an id may be would get another one when the file is read.
  const stem = type
    .slice(type.indexOf('/') + 1)
    .slice(0, ID_LENGTH_MAX - 8)
    .replace(/-$/, '');
  const isFree = (id: string): boolean => !Object.hasOwn(patch.nodes, id) && !taken.has(id);
  if (isFree(stem)) return stem;
  for (let n = 2; ; n++) if (isFree(`${stem}-${n}`)) return `${stem}-${n}`;
}

/** Room that a node takes at most on the canvas, in px, and the step in which free room is looked for. */
const NODE_ROOM: readonly [number, number] = [224, 112];
const FREE_STEP = 16;

const byCell = new WeakMap<Patch['nodes'], Map<number, (readonly [x: number, y: number])[]>>();
/** Two cells may have the same number: what lies in both is then looked at for either. */
const cellOf = (column: number, row: number): number => column * 2 ** 20 + row;

/** Corners of all nodes by the cell that they lie in; a cell is as large as the room of a node. */
function cornersByCell(nodes: Patch['nodes']): Map<number, (readonly [x: number, y: number])[]> {
  const known = byCell.get(nodes);
  if (known) return known;
  const cells = new Map<number, (readonly [x: number, y: number])[]>();
  for (const { position } of Object.values(nodes))
    addTo(cells, cellOf(Math.floor(position[0] / NODE_ROOM[0]), Math.floor(position[1] / NODE_ROOM[1])), position);
  byCell.set(nodes, cells);
  return cells;
}

/** The nearest place at, below or to the right of `wanted` (px, on the 16 px grid) where a node covers no other. */
export function freePosition(patch: Patch, wanted: readonly [number, number]): [number, number] {
  const cells = cornersByCell(patch.nodes);
  const coveredBy = (x: number, y: number): readonly [x: number, y: number] | undefined => {
    const [column, row] = [Math.floor(x / NODE_ROOM[0]), Math.floor(y / NODE_ROOM[1])];
    for (let c = column - 1; c <= column + 1; c++)
      for (let r = row - 1; r <= row + 1; r++)
        for (const corner of cells.get(cellOf(c, r)) ?? [])
          if (Math.abs(corner[0] - x) < NODE_ROOM[0] && Math.abs(corner[1] - y) < NODE_ROOM[1]) return corner;
    return undefined;
  };
  const [left, top] = [Math.round(wanted[0] / FREE_STEP) * FREE_STEP, Math.round(wanted[1] / FREE_STEP) * FREE_STEP];
  /** How far along a side of the ring, 0 (x) or 1 (y), the first free place is: past each node that is in the way. */
  const firstFree = (axis: 0 | 1, from: readonly [number, number], length: number): number => {
    for (let along = 0; along <= length; ) {
      const at = axis === 0 ? ([from[0] + along, from[1]] as const) : ([from[0], from[1] + along] as const);
      const corner = coveredBy(...at);
      if (!corner) return along;
      along += Math.ceil((corner[axis] + NODE_ROOM[axis] - at[axis]) / FREE_STEP) * FREE_STEP;
    }
    return Number.POSITIVE_INFINITY;
  };
  // Some ring is free at the latest when it is wider than all nodes together.
  for (let ring = 0; ; ring += FREE_STEP) {
    const [down, right] = [firstFree(1, [left + ring, top], ring), firstFree(0, [left, top + ring], ring)];
    if (down <= right && down <= ring) return [left + ring, top + down];
    if (right <= ring) return [left + right, top + ring];
  }
}

/** Connections that touch one of the nodes. */
export function connectionsOf(patch: Patch, nodeIds: ReadonlySet<string>): Connection[] {
  return Object.values(patch.connections).filter(c => nodeIds.has(c.from.node) || nodeIds.has(c.to.node));
}

export const addNode = (node: PatchNode): Transaction => ({ label: `Add ${node.id}`, changes: [setNode(node)] });

/** Removes nodes with their connections; `join` adds connections in the same step (the ends of a chain). */
export function removeNodes(patch: Patch, ids: readonly string[], join: readonly Connection[] = []): Transaction {
  const changes: Change[] = connectionsOf(patch, new Set(ids)).map(c => dropConnection(c.id));
  for (const id of ids) changes.push({ path: ['nodes', id], value: undefined });
  for (const connection of join) changes.push(setConnection(connection));
  return { label: ids.length === 1 ? `Delete ${ids[0]}` : `Delete ${ids.length} nodes`, changes };
}

/** `connect('player.out', 'gain.in')`; replaces nothing, audio inlets add up. */
export function connect(from: string, to: string): Transaction {
  return { label: `Connect ${from} → ${to}`, changes: [setConnection(makeConnection(from, to))] };
}
/** Switches the compensating delay of a connection on or off. */
export function setAligned(connection: Connection, isAligned: boolean): Transaction {
  const { isUnaligned: _, ...rest } = connection;
  return {
    label: isAligned ? 'Align paths' : 'Switch alignment off',
    changes: [setConnection(isAligned ? rest : { ...rest, isUnaligned: true })],
  };
}
export const disconnect = (id: string): Transaction => ({ label: 'Disconnect', changes: [dropConnection(id)] });
export const reconnect = (oldId: string, from: string, to: string): Transaction => ({
  label: `Connect ${from} → ${to}`,
  changes: [dropConnection(oldId), setConnection(makeConnection(from, to))],
});

/** Puts a node into a connection: a → b becomes a → node → b through the given ports. */
export function insertInto(connection: Connection, node: PatchNode, inlet: string, outlet: string): Transaction {
  const { from, to } = connection;
  return {
    label: `Insert ${node.id}`,
    changes: [
      dropConnection(connection.id),
      setNode(node),
      setConnection(makeConnection(`${from.node}.${from.port}`, `${node.id}.${inlet}`)),
      setConnection(makeConnection(`${node.id}.${outlet}`, `${to.node}.${to.port}`)),
    ],
  };
}

/** Positions in px by node id. One drag = one undo step: give all its moves the same mergeKey. */
export function moveNodes(
  positions: Readonly<Record<string, readonly [number, number]>>,
  mergeKey?: string,
): Transaction {
  const ids = Object.keys(positions);
  return {
    label: ids.length === 1 ? `Move ${ids[0]}` : `Move ${ids.length} nodes`,
    changes: ids.map(id => nodeField(id, 'position', asJson(positions[id]))),
    ...(mergeKey === undefined ? {} : { mergeKey }),
  };
}

export const setParam = (nodeId: string, name: string, value: ParamValue, mergeKey?: string): Transaction => ({
  label: `Set ${nodeId}.${name}`,
  changes: [{ path: ['nodes', nodeId, 'params', name], value }],
  ...(mergeKey === undefined ? {} : { mergeKey }),
});
/** Time constant of a param's smoothing in ms; 0 = steps. */
export const setSmoothing = (nodeId: string, name: string, ms: number): Transaction => ({
  label: `Smooth ${nodeId}.${name}`,
  changes: [{ path: ['nodes', nodeId, 'smoothingMs', name], value: ms }],
});
export const setLabel = (nodeId: string, label: string): Transaction => ({
  label: `Rename ${nodeId}`,
  changes: [nodeField(nodeId, 'label', label || undefined)],
});
export const setBypassed = (nodeId: string, isBypassed: boolean): Transaction => ({
  label: `${isBypassed ? 'Bypass' : 'Enable'} ${nodeId}`,
  changes: [nodeField(nodeId, 'isBypassed', isBypassed || undefined)],
});
export const setResource = (nodeId: string, slot: string, path: string): Transaction => ({
  label: `Load ${path}`,
  changes: [{ path: ['nodes', nodeId, 'resources', slot], value: path }],
});
export const setContract = (nodeId: string, contract: { readonly [key: string]: Json } | undefined): Transaction => ({
  label: `Correct the contract of ${nodeId}`,
  changes: [nodeField(nodeId, 'contract', contract)],
});
export const setPatchField = (
  field: 'name' | 'description' | 'authors' | 'licence' | 'sampleRateHz',
  value: Json,
): Transaction => ({
  label: `Set ${field}`,
  changes: [{ path: [field], value }],
});
/** Sets or (undefined) removes a note or frame, or one of its fields. */
export const setMark = (
  kind: 'notes' | 'frames',
  id: string,
  value: Json | undefined,
  field?: string,
  mergeKey?: string,
): Transaction => ({
  label: `${value === undefined ? 'Delete' : 'Edit'} ${kind === 'notes' ? 'note' : 'frame'}`,
  changes: [{ path: field === undefined ? [kind, id] : [kind, id, field], value }],
  ...(mergeKey === undefined ? {} : { mergeKey }),
});

/** Part of a patch on the clipboard: nodes and the connections between them. */
export interface Fragment {
  readonly format: 'neuropatch-fragment';
  readonly nodes: readonly PatchNode[];
  readonly connections: readonly { readonly from: string; readonly to: string }[];
}

export function copyFragment(patch: Patch, ids: readonly string[]): Fragment {
  const inside = new Set(ids);
  const inner = Object.values(patch.connections).filter(c => inside.has(c.from.node) && inside.has(c.to.node));
  return {
    format: 'neuropatch-fragment',
    nodes: ids.flatMap(id => patch.nodes[id] ?? []),
    connections: inner.map(c => ({ from: `${c.from.node}.${c.from.port}`, to: `${c.to.node}.${c.to.port}` })),
  };
}

/** Pastes a fragment with new ids, moved by `offset` px. Returns the new ids in the fragment's order. */
export function pasteFragment(
  patch: Patch,
  fragment: Fragment,
  offset: readonly [number, number],
): { transaction: Transaction; ids: string[] } {
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  const changes: Change[] = [];
  for (const node of fragment.nodes) {
    const id = freeNodeId(patch, node.id.replace(/-\d+$/, ''), taken);
    taken.add(id);
    renamed.set(node.id, id);
    changes.push(setNode({ ...node, id, position: [node.position[0] + offset[0], node.position[1] + offset[1]] }));
  }
  const rename = (end: string): string => {
    const dot = end.indexOf('.');
    return `${renamed.get(end.slice(0, dot)) ?? end.slice(0, dot)}${end.slice(dot)}`;
  };
  for (const { from, to } of fragment.connections)
    changes.push(setConnection(makeConnection(rename(from), rename(to))));
  return {
    transaction: { label: taken.size === 1 ? `Paste ${[...taken][0]}` : `Paste ${taken.size} nodes`, changes },
    ids: [...taken],
  };
}
