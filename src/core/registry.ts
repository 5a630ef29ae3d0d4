// The registry: node types by id, and what other modules ask of a node in a patch (its ports, params, values).
// Owns look-ups only; which node types exist is generated from nodes/** (src/generated/registry.ts).
import type { DefinedNode } from './define-node.ts';
import type { NodeType, ShapeContext } from './node-type.ts';
import {
  fitsText,
  type Param,
  type Params,
  type ParamValue,
  type ParamValues,
  paramNumber,
  SMOOTHING_MS_MAX,
} from './param.ts';
import type { PatchNode } from './patch.ts';
import { type BlockRule, carriesFrames, type Port, type Ports } from './port.ts';
import type { Resources } from './resource.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from './sample-rates.ts';
import type { Face } from './subpatch.ts';

export interface Registry {
  readonly types: Readonly<Record<string, NodeType>>;
  get(type: string): NodeType | undefined;
}

/** Builds a registry from definitions by id (`family/file`). */
export function makeRegistry(definitions: Readonly<Record<string, DefinedNode>>): Registry {
  const types: Record<string, NodeType> = {};
  for (const id of Object.keys(definitions).sort()) types[id] = (definitions[id] as DefinedNode).withId(id);
  return { types, get: type => (Object.hasOwn(types, type) ? types[type] : undefined) };
}

/** What a node looks like in its patch: ports, params and values with defaults filled in. */
export interface NodeShape {
  readonly type: NodeType;
  readonly ports: Ports;
  readonly params: Params;
  readonly values: Readonly<Record<string, ParamValue>>;
  /** Smoothing times that the patch sets, in ms, 0–SMOOTHING_MS_MAX; of `a` params only. */
  readonly smoothingMs: Readonly<Record<string, number>>;
  readonly shape: ShapeContext;
  /** The ports that carry frames, those of spectra and tensors, and the inlets among them, in the order of `ports`. */
  readonly framePorts: readonly NamedPort[];
  readonly itemPorts: readonly NamedPort[];
  readonly frameInlets: readonly Port[];
  /** The rate in Hz and the block that an inlet settles, if any does. */
  readonly fixedRateHz: number | undefined;
  readonly demandedBlock: BlockRule | undefined;
}

type NamedPort = readonly [name: string, port: Port];

/** An `event` value is kept in its range, since ports, latency and memory may follow from it. An `a` value may be an offset. */
const withinRange = (param: Param, value: number): number =>
  param.kind === 'number' && param.rate === 'event' ? Math.min(param.max, Math.max(param.min, value)) : value;

/** The values of the params, each of the kind its param wants: what is missing or of another kind is the default. */
function readValues(params: Params, raw: ParamValues): Record<string, ParamValue> {
  const values: Record<string, ParamValue> = {};
  for (const [name, param] of Object.entries(params)) {
    const given = Object.hasOwn(raw, name) ? raw[name] : undefined;
    const number = withinRange(param, paramNumber(param, given));
    if (param.kind === 'text') values[name] = fitsText(param, given) ? given : param.default;
    else values[name] = param.kind === 'choice' ? (param.choices[number] as string) : number;
  }
  return values;
}

/** Params may follow from values (a range from a choice); those are read by the params of the defaults first, never raw. */
function readParams(
  type: NodeType,
  raw: ParamValues,
  given: Omit<ShapeContext, 'values'>,
): { params: Params; values: Record<string, ParamValue> } {
  const usual = type.params({ ...given, values: {} });
  const values = readValues(usual, raw);
  if (type.hasFixedParams) return { params: usual, values };
  const params = type.params({ ...given, values });
  return { params, values: readValues(params, raw) };
}

const demandsBlock = ({ block }: Port): boolean =>
  typeof block === 'object' || (typeof block === 'number' && block > 0);

const isGlideTime = (param: Param | undefined, ms: number): boolean =>
  param?.kind === 'number' && param.rate === 'a' && ms >= 0 && ms <= SMOOTHING_MS_MAX;

const shapes = new WeakMap<PatchNode, NodeShape>();

/**
 * Fills in defaults and asks the type for its ports and params. `resources` holds what is loaded of the node's slots, `face` is that
 * of the subpatch that it plays (faceOfNode). Nodes and
 * resources never change, so as long as they are the same the shape is the same object.
 */
export function shapeNode(
  type: NodeType,
  node: PatchNode,
  resources: Resources,
  patchRateHz: number,
  face?: Face,
): NodeShape {
  const known = shapes.get(node);
  if (
    known?.type === type &&
    known.shape.face === face &&
    known.shape.patchRateHz === patchRateHz &&
    Object.keys(type.resources).every(slot => known.shape.resources[slot] === resources[slot])
  )
    return known;
  const made = makeShape(type, node, { resources, patchRateHz, ...(face ? { face } : {}) });
  shapes.set(node, made);
  return made;
}

function makeShape(type: NodeType, node: PatchNode, place: Omit<ShapeContext, 'values'>): NodeShape {
  const { params, values } = readParams(type, node.params ?? {}, place);
  const smoothingMs = Object.fromEntries(
    Object.entries(node.smoothingMs ?? {}).filter(([name, ms]) =>
      isGlideTime(Object.hasOwn(params, name) ? params[name] : undefined, ms),
    ),
  );
  const shape: ShapeContext = { values, ...place };
  const ports = type.ports(shape);
  const framePorts = Object.entries(ports).filter(([, port]) => carriesFrames(port));
  const frameInlets = framePorts.map(([, port]) => port).filter(({ direction }) => direction === 'inlet');
  const itemPorts = framePorts.filter(([, port]) => port.type !== 'audio');
  const fixedRateHz = frameInlets.map(({ rateHz }) => rateHz).find(rate => typeof rate === 'number');
  const demandedBlock = frameInlets.find(demandsBlock)?.block;
  const found = { framePorts, itemPorts, frameInlets, fixedRateHz, demandedBlock };
  return { type, ports, params, values, smoothingMs, shape, ...found };
}

/** The port, or for an `a` param the control inlet it offers. */
export function portOrParam(shape: NodeShape, name: string): Port | undefined {
  if (Object.hasOwn(shape.ports, name)) return shape.ports[name];
  const param = Object.hasOwn(shape.params, name) ? shape.params[name] : undefined;
  if (param?.kind !== 'number' || param.rate !== 'a') return undefined;
  return {
    type: 'control',
    direction: 'inlet',
    channels: 1,
    rateHz: 'follow',
    block: 'follow',
    shape: [],
    label: param.label,
  };
}

/** Whether a file is not loaded that decides what ports and params the node has: what names them can't be judged then. */
export const lacksResource = ({ type, shape }: NodeShape): boolean =>
  Object.entries(type.resources).some(([slot, { isRequired }]) => isRequired && shape.resources[slot] === undefined);

/** Whether changing the param needs a new plan. Unknown types and dynamic params are answered from their defaults. */
export const structuralParamOf =
  (registry: Registry) =>
  (type: string, name: string): boolean => {
    const definition = registry.get(type);
    if (!definition) return true;
    const params = definition.params({ values: {}, resources: {}, patchRateHz: SAMPLE_RATE_DEFAULT_HZ });
    return Object.hasOwn(params, name) ? (params[name]?.isStructural ?? false) : false;
  };
