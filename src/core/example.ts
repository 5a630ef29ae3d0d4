// A node's example as a patch: what opens from its help, and what the tests render.
// Owns how the few words of an example become a document; positions follow the order in which nodes were added.
import { addNode, connect } from './edits.ts';
import type { NodeType } from './node-type.ts';
import { emptyPatch, type Patch } from './patch.ts';
import type { Registry } from './registry.ts';
import { applyTransaction, type Transaction } from './transaction.ts';

const LEFT_PX = 256;
const TOP_PX = 32;
const STEP_PX = 176;

/** The example of a node type as a patch at 48 kHz. */
export function examplePatch(type: NodeType, registry: Registry): Patch {
  let patch: Patch = emptyPatch(`${type.label}: example`);
  const apply = (transaction: Transaction): void => {
    patch = applyTransaction(patch, transaction).patch;
  };
  type.example({
    add(nodeType, id, options = {}) {
      const position = options.position ?? [LEFT_PX, TOP_PX + STEP_PX * Object.keys(patch.nodes).length];
      apply(addNode({ id, type: nodeType, version: registry.get(nodeType)?.version ?? 1, ...options, position }));
      return id;
    },
    connect: (from, to) => apply(connect(from, to)),
    note(text, position) {
      const id = `note-${Object.keys(patch.notes).length + 1}`;
      patch = { ...patch, notes: { ...patch.notes, [id]: { id, text, position, size: [192, 112] } } };
    },
  });
  return patch;
}
