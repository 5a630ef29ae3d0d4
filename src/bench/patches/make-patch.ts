// Patches of the benchmark, written short. Must not know who plays them.
import { addNode, connect } from '../../core/edits.ts';
import type { ParamValue } from '../../core/param.ts';
import { emptyPatch, type Patch } from '../../core/patch.ts';
import { applyTransaction } from '../../core/transaction.ts';
import { registry } from '../../generated/registry.ts';

export type NodeSpec = readonly [id: string, type: string, params?: Readonly<Record<string, ParamValue>>];

/** `makePatch([['gain', 'dynamics/gain', { level: -3 }], …], ['in.out > gain.in', …])` at 48 kHz. */
export function makePatch(nodes: readonly NodeSpec[], wires: readonly string[]): Patch {
  let patch: Patch = { ...emptyPatch('bench'), sampleRateHz: 48000 };
  for (const [id, type, params] of nodes) {
    const definition = registry.get(type);
    if (!definition) throw new Error(`bench: there is no node ${type}`);
    const node = { id, type, version: definition.version, position: [0, 0] as const, ...(params ? { params } : {}) };
    patch = applyTransaction(patch, addNode(node)).patch;
  }
  for (const wire of wires) {
    const [from, to] = wire.split(' > ');
    patch = applyTransaction(patch, connect(from, to)).patch;
  }
  return patch;
}

/** Nodes in a row behind a stereo "in" and before an "out", each by its inlet and outlet of that name. */
export function makeChain(nodes: readonly NodeSpec[]): Patch {
  const ids = ['in', ...nodes.map(([id]) => id), 'out'];
  return makePatch(
    [['in', 'source/audio-input', { channels: 'stereo' }], ...nodes, ['out', 'output/audio-output']],
    ids.slice(1).map((id, at) => `${ids[at]}.out > ${id}.in`),
  );
}
