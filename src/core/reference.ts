// The node reference as data: what nodes.json, the schema, help pages, Python and the CLI are generated from.
// Owns the form; every fact in it comes from the node files.
import type { NodeView, ShapeContext } from './node-type.ts';
import type { Params } from './param.ts';
import type { Ports } from './port.ts';
import type { Registry } from './registry.ts';
import type { ResourceSlot } from './resource.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from './sample-rates.ts';

export interface NodeReference {
  readonly id: string;
  readonly family: string;
  readonly version: number;
  readonly label: string;
  readonly help: string;
  readonly words: readonly string[];
  readonly ports: Ports;
  readonly params: Params;
  readonly resources: Readonly<Record<string, ResourceSlot>>;
  readonly view: NodeView;
  /** What becomes of it in a bundle; the reason where it can't be part of one. */
  readonly bundle: string;
}

/** All node types, sorted by id; ports and params as a fresh node at 48 kHz has them. */
export function nodeReference(registry: Registry): NodeReference[] {
  const shape: ShapeContext = { values: {}, resources: {}, patchRateHz: SAMPLE_RATE_DEFAULT_HZ };
  return Object.values(registry.types).map(type => ({
    id: type.id,
    family: type.family,
    version: type.version,
    label: type.label,
    help: type.help,
    words: type.words,
    ports: type.ports(shape),
    params: type.params(shape),
    resources: type.resources,
    view: type.view,
    bundle: type.lowering.kind === 'cannot' ? `cannot: ${type.lowering.reason}` : type.lowering.kind,
  }));
}
