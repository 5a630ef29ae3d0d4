// Flattening: a patch with subpatches as one without, whose nodes inside are called `<node>/<inner>`. It sounds the same, so that
// inference, plan, engine and bundle know nothing of subpatches. Owns the way there; the way back for problems is flat-origin.ts.
import type { Problem } from './errors.ts';
import { type Connection, connectionId, type Endpoint, type Patch, type PatchNode } from './patch.ts';
import {
  FLAT_NODES_MAX,
  faceOf,
  INLET_TYPE,
  INSIDE,
  KNOB_TYPE,
  OUTLET_TYPE,
  SUBPATCH_DEPTH_MAX,
  type Subpatch,
  subpatchNameOf,
  subpatchSizes,
} from './subpatch.ts';

/** What an outlet of a bypassed subpatch becomes: it waits as the way through does, and gives what came in. */
const WAITING_TYPE = 'time/latency-align';

export interface Flattened {
  /** Without nodes that are subpatches; the patch itself where there was none. */
  readonly patch: Patch;
  /** Subpatches that can't be played, and wires to ports that they don't have. Their nodes and wires are left out. */
  readonly problems: readonly Problem[];
  /** Which subpatch lies where: "echo/" → its id. */
  readonly places: ReadonlyMap<string, string>;
  /** Wires of the outermost patch that end at a subpatch: id → id in the flat patch. */
  readonly wires: ReadonlyMap<string, string>;
}

/** What a bypassed subpatch does at one outlet. */
interface Passing {
  /** Id inside of the inlet that is heard instead; undefined: silence. */
  readonly inlet: string | undefined;
  /** Sound waits for as long as the way through takes. */
  readonly isWaiting: boolean;
}
type Passings = ReadonlyMap<string, Passing>;

const carries = ({ params = {} }: PatchNode): string => String(params.carries ?? 'audio');

/** Of what is alike, the first inlet goes to the first outlet, as in any node that is bypassed. */
function passingsOf(subpatch: Subpatch): Passings {
  const { inlets, outlets } = faceOf(subpatch);
  const left = [...inlets];
  return new Map(
    outlets.map(outlet => {
      const kind = carries(outlet);
      const at = kind === 'control' ? -1 : left.findIndex(inlet => carries(inlet) === kind);
      const inlet = at < 0 ? undefined : left.splice(at, 1)[0].id;
      return [outlet.id, { inlet, isWaiting: inlet !== undefined && kind === 'audio' }];
    }),
  );
}

/** Nodes and wires that were placed before, the last of each place: what follows from them is kept by their identity. */
const placedNodes = new WeakMap<PatchNode, Map<string, { key: string; placed: PatchNode }>>();
const placedWires = new WeakMap<Connection, Map<string, Connection>>();

function placeNode(node: PatchNode, id: string, host: PatchNode, passing: Passing | undefined): PatchNode {
  const isKnob = node.type === KNOB_TYPE;
  const value = isKnob ? host.params?.[node.id] : undefined;
  const ms = isKnob ? host.smoothingMs?.[node.id] : undefined;
  const isWaiting = passing?.isWaiting === true;
  const key = JSON.stringify([value ?? null, ms ?? null, isWaiting]);
  const known = placedNodes.get(node) ?? new Map();
  placedNodes.set(node, known);
  const last = known.get(id);
  if (last?.key === key) return last.placed;
  const placed: PatchNode = {
    ...node,
    id,
    ...(value === undefined ? {} : { params: { ...node.params, value } }),
    ...(ms === undefined ? {} : { smoothingMs: { ...node.smoothingMs, value: ms } }),
    ...(isWaiting ? { type: WAITING_TYPE, version: 1, params: {}, isBypassed: false } : {}),
  };
  known.set(id, { key, placed });
  return placed;
}

function placeWire(wire: Connection, from: Endpoint, to: Endpoint): Connection {
  const id = connectionId(from, to);
  const known = placedWires.get(wire) ?? new Map<string, Connection>();
  placedWires.set(wire, known);
  const placed = known.get(id) ?? { ...wire, id, from, to };
  known.set(id, placed);
  return placed;
}

/** Why a subpatch can't be played; undefined when it can. */
function faultOf(patch: Patch, name: string, id: string, depth: number, room: number): Problem | undefined {
  const size = subpatchSizes(patch).get(name);
  const common = { severity: 'error', path: `nodes.${id}`, nodeId: id } as const;
  const shown = name.slice(0, 64);
  if (!size) {
    const names = Object.keys(patch.subpatches).sort().slice(0, 8).join(', ') || 'none';
    const message = `${id}: expected a subpatch of the patch, got "${shown}". It has ${names}; choose one, or delete the node.`;
    return { ...common, code: 'E-SUBPATCH', message };
  }
  if (size.isInsideItself)
    return {
      ...common,
      code: 'E-SUBPATCH',
      message: `${id}: expected a subpatch that does not contain itself, got "${shown}", which does. Open it and delete that node.`,
    };
  if (depth + size.depth > SUBPATCH_DEPTH_MAX)
    return {
      ...common,
      code: 'E-SUBPATCH',
      message: `${id}: expected at most ${SUBPATCH_DEPTH_MAX} subpatches inside one another, got more. Dissolve some.`,
    };
  if (size.nodes <= room) return undefined;
  return {
    ...common,
    code: 'E-SIZE',
    message: `${id}: expected at most ${FLAT_NODES_MAX} nodes with all that is in subpatches, got more. Delete some.`,
  };
}

class Flattening {
  readonly #patch: Patch;
  readonly nodes: Record<string, PatchNode> = {};
  readonly connections: Record<string, Connection> = {};
  readonly problems: Problem[] = [];
  readonly places = new Map<string, string>();
  readonly wires = new Map<string, string>();
  #room = FLAT_NODES_MAX;

  constructor(patch: Patch) {
    this.#patch = patch;
    this.#room -= Object.keys(patch.nodes).length;
  }

  /** Lays out what is at one place: the patch itself, or the subpatch of `host` behind `prefix`. */
  layOut(parts: Pick<Patch, 'nodes' | 'connections'>, prefix = '', depth = 0, host?: PatchNode): void {
    const passings = host?.isBypassed ? passingsOf(parts as Subpatch) : undefined;
    for (const [key, node] of Object.entries(parts.nodes)) {
      const id = prefix + key;
      const name = subpatchNameOf(node);
      if (name === undefined) this.nodes[id] = host ? placeNode(node, id, host, passings?.get(key)) : node;
      else this.#enter(node, name, id, depth);
    }
    for (const [id, wire] of Object.entries(parts.connections)) this.#lead(parts, wire, id, prefix, host, passings);
    for (const [outlet, { inlet, isWaiting }] of passings ?? []) {
      if (inlet === undefined) continue;
      const from = { node: prefix + inlet, port: 'out' };
      const to = { node: prefix + outlet, port: isWaiting ? 'in2' : 'in' };
      const id = connectionId(from, to);
      this.connections[id] = { id, from, to };
    }
  }

  #enter(node: PatchNode, name: string, id: string, depth: number): void {
    const fault = faultOf(this.#patch, name, id, depth, this.#room);
    if (fault) {
      this.problems.push(fault);
      return;
    }
    const subpatch = this.#patch.subpatches[name];
    // What lies deeper takes its own room when it is entered.
    this.#room -= Object.keys(subpatch.nodes).length;
    this.places.set(id + INSIDE, name);
    this.layOut(subpatch, id + INSIDE, depth + 1, node);
  }

  #lead(
    parts: Pick<Patch, 'nodes' | 'connections'>,
    wire: Connection,
    id: string,
    prefix: string,
    host: PatchNode | undefined,
    passings: Passings | undefined,
  ): void {
    const [source, target] = [parts.nodes[wire.from.node], parts.nodes[wire.to.node]];
    // What is wired to the far sides of inlets and outlets is there to try a subpatch out on its own.
    if (host && (source?.type === OUTLET_TYPE || target?.type === INLET_TYPE)) return;
    const passing = passings?.get(wire.to.node);
    if (passing && !passing.isWaiting) return;
    const from = this.#endOf(source, wire.from, prefix, 'outlet', id);
    const to = passing
      ? { node: prefix + wire.to.node, port: 'in1' }
      : this.#endOf(target, wire.to, prefix, 'inlet', id);
    if (!from || !to) return;
    const isSame = from === wire.from && to === wire.to;
    const placed = isSame ? wire : placeWire(wire, from, to);
    this.connections[placed.id] = placed;
    if (!host && !isSame) this.wires.set(id, placed.id);
  }

  /** Where an end of a wire lies in the flat patch; undefined where it leads nowhere, which is told. */
  #endOf(
    node: PatchNode | undefined,
    end: Endpoint,
    prefix: string,
    direction: 'inlet' | 'outlet',
    wire: string,
  ): Endpoint | undefined {
    const name = node && subpatchNameOf(node);
    if (!node || name === undefined) return prefix === '' ? end : { node: prefix + end.node, port: end.port };
    const id = prefix + end.node;
    if (!this.places.has(id + INSIDE)) return undefined;
    const { nodes } = this.#patch.subpatches[name];
    const inner = Object.hasOwn(nodes, end.port) ? nodes[end.port] : undefined;
    const at = id + INSIDE + end.port;
    if (direction === 'inlet' && inner?.type === INLET_TYPE) return { node: at, port: 'in' };
    if (direction === 'inlet' && inner?.type === KNOB_TYPE) return { node: at, port: 'value' };
    if (direction === 'outlet' && inner?.type === OUTLET_TYPE)
      return { node: at, port: this.nodes[at].type === WAITING_TYPE ? 'out2' : 'out' };
    this.problems.push({
      code: 'E-CONNECTION',
      severity: 'error',
      path: `connections.${prefix}${wire}`,
      nodeId: id,
      message: `${wire}: expected ${direction === 'inlet' ? 'an inlet' : 'an outlet'} "${end.port}" on ${id}, got none. Connect another port, or put one into the subpatch.`,
    });
    return undefined;
  }
}

const flattened = new WeakMap<Patch, Flattened>();

/** The patch without subpatches, with what is needed to find back. The same object for the same patch. Never throws. */
export function flatten(patch: Patch): Flattened {
  const known = flattened.get(patch);
  if (known) return known;
  let made: Flattened;
  if (Object.values(patch.nodes).every(node => subpatchNameOf(node) === undefined))
    made = { patch, problems: [], places: new Map(), wires: new Map() };
  else {
    const work = new Flattening(patch);
    work.layOut(patch);
    const { nodes, connections, problems, places, wires } = work;
    made = { patch: { ...patch, nodes, connections, subpatches: {} }, problems, places, wires };
  }
  flattened.set(patch, made);
  return made;
}

/** The patch without subpatches: what is planned, played, measured and exported. */
export const flatPatch = (patch: Patch): Patch => flatten(patch).patch;
