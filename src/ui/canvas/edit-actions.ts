// What a person does on the canvas, as calls on the store: connect (with what a knob takes over), delete (joining the ends),
// duplicate, copy and paste, bypass, add. Owns the choice of transactions; must not know pointers or keys.
import * as edits from '../../core/edits.ts';
import type { Problem } from '../../core/errors.ts';
import { type Connection, connectionId, type Endpoint, makeConnection, type PatchNode } from '../../core/patch.ts';
import { portOrParam } from '../../core/registry.ts';
import type { Change, Transaction } from '../../core/transaction.ts';
import { checkConnection } from '../../core/validate.ts';
import type { EditorContext } from '../context.ts';
import { heardNow } from '../controls/binding.ts';
import { freePlace, layoutOf, rectOf, rectsOf, wiresOf } from './free-place.ts';
import { snap } from './layout.ts';

export const endText = (end: Endpoint): string => `${end.node}.${end.port}`;

/** Whether outlet and inlet have the same port type: quick, for every port while a wire is dragged. */
export function typesFit(context: EditorContext, from: Endpoint, to: Endpoint): boolean {
  if (from.node === to.node && from.port === to.port) return false;
  const [source, target] = [from, to].map(end => {
    const node = context.store.patch.nodes[end.node];
    const shape = node && context.shapeOf(node);
    return shape ? portOrParam(shape, end.port) : undefined;
  });
  return source?.direction === 'outlet' && target?.direction === 'inlet' && source.type === target.type;
}

/** A knob that is wired to a param takes over its range, unit and value; the param itself goes to 0, since both are added. */
function adoptParam(context: EditorContext, from: Endpoint, to: Endpoint): Change[] {
  const { nodes, connections } = context.store.patch;
  const knob = nodes[from.node];
  const target = nodes[to.node];
  const shape = target && context.shapeOf(target);
  const param = shape?.params[to.port];
  const view = knob && context.registry.get(knob.type)?.view;
  if (view !== 'knob' || param?.kind !== 'number' || !knob || !target) return [];
  // A knob that already turns something keeps its own range.
  if (Object.values(connections).some(connection => connection.from.node === from.node)) return [];
  const value = shape?.values[to.port] ?? param.default;
  const settings = {
    unit: param.unit === '' ? 'none' : param.unit,
    scale: param.scale,
    min: param.min,
    max: param.max,
    value,
  };
  const changes: Change[] = Object.entries(settings).map(([name, setting]) => ({
    path: ['nodes', from.node, 'params', name],
    value: setting,
  }));
  changes.push({ path: ['nodes', to.node, 'params', to.port], value: 0 });
  if (!knob.label) changes.push({ path: ['nodes', from.node, 'label'], value: param.label || to.port });
  return changes;
}

/** When the wire of a knob goes, the param takes the value that was heard, so that nothing jumps. */
export function releaseParams(context: EditorContext, gone: readonly Connection[]): Change[] {
  const changes: Change[] = [];
  for (const { from, to } of gone) {
    const knob = context.store.patch.nodes[from.node];
    const target = context.store.patch.nodes[to.node];
    const shape = target && context.shapeOf(target);
    const param = shape?.params[to.port];
    if (!knob || !target || param?.kind !== 'number' || context.registry.get(knob.type)?.view !== 'knob') continue;
    const driven = knob.isBypassed ? 0 : heardNow(context, knob.id, 'value');
    const given = typeof driven === 'number' ? driven : Number(context.shapeOf(knob)?.values.value ?? 0);
    const heard = Number(shape?.values[to.port] ?? param.default) + given;
    changes.push({
      path: ['nodes', to.node, 'params', to.port],
      value: Math.min(param.max, Math.max(param.min, heard)),
    });
  }
  return changes;
}

/** Disconnects one wire. */
export function removeWire(context: EditorContext, connection: Connection): void {
  const transaction = edits.disconnect(connection.id);
  context.store.dispatch({
    ...transaction,
    changes: [...transaction.changes, ...releaseParams(context, [connection])],
  });
}

/** The problem with a fix that also makes the connection, and lets go of the one that it replaces. */
function withFix(problem: Problem, from: Endpoint, to: Endpoint, replaced: string | undefined): Problem {
  const { fix } = problem;
  if (!fix) return problem;
  const first: Change[] = replaced === undefined ? [] : [...edits.disconnect(replaced).changes];
  const changes = [...first, ...edits.connect(endText(from), endText(to)).changes, ...fix.transaction.changes];
  return { ...problem, fix: { label: fix.label, transaction: { label: fix.label, changes } } };
}

/** Connects, or says why not. `replaced`: a connection that goes away in the same step (its end was taken off). */
export function tryConnect(
  context: EditorContext,
  from: Endpoint,
  to: Endpoint,
  replaced?: string,
): Problem | undefined {
  const { store, registry, resourceBook } = context;
  if (replaced === connectionId(from, to)) return undefined;
  const without =
    replaced === undefined
      ? store.patch
      : {
          ...store.patch,
          connections: Object.fromEntries(Object.entries(store.patch.connections).filter(([id]) => id !== replaced)),
        };
  const problem = checkConnection(without, registry, resourceBook, endText(from), endText(to));
  if (problem?.severity === 'error') return withFix(problem, from, to, replaced);
  const taken = replaced === undefined ? undefined : store.patch.connections[replaced];
  const base =
    replaced === undefined
      ? edits.connect(endText(from), endText(to))
      : edits.reconnect(replaced, endText(from), endText(to));
  store.dispatch({
    ...base,
    changes: [...base.changes, ...(taken ? releaseParams(context, [taken]) : []), ...adoptParam(context, from, to)],
  });
  return undefined;
}

/** Connections that close the gap when nodes of a chain go away, where one comes in and one goes out and the types fit. */
function joinsFor(context: EditorContext, ids: readonly string[]): Connection[] {
  if (ids.length !== 1) return [];
  const id = ids[0] as string;
  const all = Object.values(context.store.patch.connections);
  const isAudio = (end: Endpoint): boolean => {
    const node = context.store.patch.nodes[end.node];
    const shape = node && context.shapeOf(node);
    return (shape && portOrParam(shape, end.port)?.type) === 'audio';
  };
  const into = all.filter(connection => connection.to.node === id && isAudio(connection.to));
  const outOf = all.filter(connection => connection.from.node === id && isAudio(connection.from));
  if (into.length !== 1 || outOf.length === 0) return [];
  const from = (into[0] as Connection).from;
  const { patch } = context.store;
  const rest = {
    ...patch,
    connections: Object.fromEntries(
      Object.entries(patch.connections).filter(([, c]) => c.from.node !== id && c.to.node !== id),
    ),
  };
  const book = context.resourceBook;
  return outOf
    .filter(
      connection =>
        connection.to.node !== id &&
        checkConnection(rest, context.registry, book, endText(from), endText(connection.to))?.severity !== 'error',
    )
    .map(connection => makeConnection(endText(from), endText(connection.to)));
}

/** Deletes what is selected; returns what to say about it. */
export function deleteSelection(context: EditorContext): string {
  const { nodes, connection, marks } = context.session.selection;
  const changes: Change[] = [];
  let label = 'Delete';
  const wire = connection === undefined ? undefined : context.store.patch.connections[connection];
  if (wire) changes.push(...edits.disconnect(wire.id).changes, ...releaseParams(context, [wire]));
  if (nodes.size > 0) {
    const transaction = edits.removeNodes(context.store.patch, [...nodes], joinsFor(context, [...nodes]));
    label = transaction.label;
    const leaving = edits
      .connectionsOf(context.store.patch, nodes)
      .filter(({ from, to }) => nodes.has(from.node) && !nodes.has(to.node));
    changes.push(...transaction.changes, ...releaseParams(context, leaving));
  } else if (connection !== undefined) label = 'Disconnect';
  for (const key of marks) changes.push({ path: key.split('/'), value: undefined });
  if (changes.length === 0) return '';
  context.store.dispatch({ label, changes });
  context.session.select();
  return label;
}

/**
 * Adds a node of a type with its centre at a place of the canvas or at the nearest free one, if it can be off the
 * wires; wires it to `after` when types fit. Returns its id.
 */
export function addNodeAt(
  context: EditorContext,
  type: string,
  at: { x: number; y: number },
  after?: string,
): string | undefined {
  const definition = context.registry.get(type);
  if (!definition) return undefined;
  const patch = context.store.patch;
  const id = edits.freeNodeId(patch, type);
  const bare: PatchNode = { id, type, version: definition.version, position: [0, 0] };
  const shape = context.shapeOf(bare);
  const { width, height } = layoutOf(context, bare);
  const wanted = { x: at.x - width / 2, y: at.y - 12, width, height };
  const position = freePlace(wanted, rectsOf(context, patch), wiresOf(context, patch));
  const node: PatchNode = { ...bare, position };
  const transaction = edits.addNode(node);
  const changes = [...transaction.changes];
  const source = after === undefined ? undefined : patch.nodes[after];
  const sourceShape = source && context.shapeOf(source);
  if (source && sourceShape && shape) {
    const outlet = Object.entries(sourceShape.ports).find(([, port]) => port.direction === 'outlet');
    const inlet =
      outlet &&
      Object.entries(shape.ports).find(([, port]) => port.direction === 'inlet' && port.type === outlet[1].type);
    if (outlet && inlet) {
      const from = `${source.id}.${outlet[0]}`;
      const to = `${id}.${inlet[0]}`;
      const next = { ...patch, nodes: { ...patch.nodes, [id]: node } };
      if (checkConnection(next, context.registry, context.resourceBook, from, to)?.severity !== 'error')
        changes.push(...edits.connect(from, to).changes);
    }
  }
  context.store.dispatch({ ...transaction, changes });
  context.session.select({ nodes: [id] });
  return id;
}

/** Moves nodes and marks; `label` for the undo menu. */
export function moveAll(
  context: EditorContext,
  nodes: Readonly<Record<string, readonly [number, number]>>,
  marks: Readonly<Record<string, readonly [number, number]>>,
  mergeKey?: string,
): void {
  const moved = edits.moveNodes(nodes, mergeKey);
  const changes: Change[] = [...moved.changes];
  for (const key in marks)
    changes.push({ path: [...key.split('/'), 'position'], value: marks[key] as readonly [number, number] });
  const transaction: Transaction = { ...moved, label: Object.keys(nodes).length > 0 ? moved.label : 'Move', changes };
  context.store.dispatch(transaction);
}

export function toggleBypass(context: EditorContext): string {
  const ids = [...context.session.selection.nodes];
  if (ids.length === 0) return '';
  const isBypassed = !ids.every(id => context.store.patch.nodes[id]?.isBypassed);
  const changes = ids.flatMap(id => edits.setBypassed(id, isBypassed).changes);
  context.store.dispatch({ label: isBypassed ? 'Bypass' : 'Enable', changes });
  return isBypassed ? 'Bypassed' : 'Enabled';
}

/** A frame around the selected nodes, its id returned so that the name can be typed. */
export function groupSelection(context: EditorContext): string | undefined {
  const ids = [...context.session.selection.nodes];
  const nodes = ids.flatMap(id => context.store.patch.nodes[id] ?? []);
  if (nodes.length === 0) return undefined;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    const { x, y, width, height } = rectOf(context, node);
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  const id = freeMarkId(context, 'frames', 'frame');
  context.store.dispatch(
    edits.setMark('frames', id, {
      id,
      label: 'Frame',
      position: [left - 16, top - 32],
      size: [right - left + 32, bottom - top + 48],
    }),
  );
  return id;
}

/** A note at a place; its id returned so that the text can be typed. */
export function addNote(context: EditorContext, at: { x: number; y: number }): string {
  const id = freeMarkId(context, 'notes', 'note');
  context.store.dispatch(
    edits.setMark('notes', id, { id, text: 'Write here', position: [snap(at.x), snap(at.y)], size: [208, 64] }),
  );
  return id;
}

function freeMarkId(context: EditorContext, kind: 'notes' | 'frames', stem: string): string {
  for (let n = 1; ; n++) if (!Object.hasOwn(context.store.patch[kind], `${stem}-${n}`)) return `${stem}-${n}`;
}
