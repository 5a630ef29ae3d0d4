// A node's example as a patch: what opens from its help, and what the tests render.
// Owns how the few words of an example become a document; positions follow the order in which nodes were added.
import { addNode, connect } from './edits.ts';
import type { ExampleBuilder, NodeType } from './node-type.ts';
import { emptyPatch, type Patch } from './patch.ts';
import type { Registry } from './registry.ts';
import { applyTransaction, type Transaction } from './transaction.ts';

const LEFT_PX = 256;
const TOP_PX = 32;
const STEP_PX = 176;

/** What is built with the few words: nodes one below the other. */
function build(
  name: string,
  registry: Registry,
  write: (patch: ExampleBuilder) => void,
  subpatches: Patch['subpatches'] = {},
): Patch {
  let patch: Patch = { ...emptyPatch(name), subpatches };
  const apply = (transaction: Transaction): void => {
    patch = applyTransaction(patch, transaction).patch;
  };
  write({
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
    subpatch(id, label, writeInside) {
      const {
        version: _,
        sampleRateHz: __,
        subpatches: known,
        ...inside
      } = build(label, registry, writeInside, patch.subpatches);
      patch = { ...patch, subpatches: { ...known, [id]: inside } };
    },
  });
  return patch;
}

/** The example of a node type as a patch at 48 kHz. */
export const examplePatch = (type: NodeType, registry: Registry): Patch =>
  build(`${type.label}: example`, registry, patch => type.example(patch));
