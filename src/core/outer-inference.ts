// What subpatches look like from outside: their shapes and signals as those of one node, from what the flat patch is.
// Owns that view for whoever shows the document; nothing is planned from it.
import { flatten } from './flatten.ts';
import type { Inference, InferredConnection } from './infer.ts';
import { type Patch, sortedIds } from './patch.ts';
import { type Registry, shapeNode } from './registry.ts';
import { faceOfNode, INSIDE, OUTLET_TYPE } from './subpatch.ts';

/** The inference of the flat patch, with the nodes that are subpatches and the wires that end at them. */
export function outerInference(patch: Patch, registry: Registry, flat: Inference): Inference {
  const flattened = flatten(patch);
  if (flattened.patch === patch) return flat;
  const [shapes, rates, blocks] = [new Map(flat.shapes), new Map(flat.rates), new Map(flat.blocks)];
  const [channels, itemShapes] = [new Map(flat.channels), new Map(flat.itemShapes)];
  for (const id of sortedIds(patch.nodes)) {
    const node = patch.nodes[id];
    const face = faceOfNode(patch, node);
    const type = face && registry.get(node.type);
    if (!type) continue;
    shapes.set(id, shapeNode(type, node, {}, patch.sampleRateHz, face));
    const ports = [...face.inlets, ...face.outlets].map(inner => {
      const at = id + INSIDE + inner.id;
      const port = flattened.patch.nodes[at]?.type === inner.type ? 'out' : inner.type === OUTLET_TYPE ? 'out2' : 'in';
      return { name: inner.id, at, port };
    });
    const first = ports.find(({ at }) => flat.rates.has(at));
    if (first) {
      rates.set(id, flat.rates.get(first.at) as number);
      blocks.set(id, flat.blocks.get(first.at) ?? 0);
    }
    const known = <Fact>(facts: ReadonlyMap<string, Readonly<Record<string, Fact>>>): Record<string, Fact> =>
      Object.fromEntries(
        ports.flatMap(({ name, at, port }) => {
          const fact = facts.get(at)?.[port];
          return fact === undefined ? [] : [[name, fact]];
        }),
      );
    channels.set(id, known(flat.channels));
    itemShapes.set(id, known(flat.itemShapes));
  }
  const byId = new Map(flat.connections.map(made => [made.connection.id, made]));
  const outer = [...flattened.wires].flatMap(([id, placed]): InferredConnection[] => {
    const made = byId.get(placed);
    const connection = patch.connections[id];
    if (!made) return [];
    return [{ ...made, connection, edge: { from: connection.from.node, to: connection.to.node, connection } }];
  });
  const connections = [...flat.connections, ...outer].sort((a, b) => (a.connection.id < b.connection.id ? -1 : 1));
  return { ...flat, shapes, rates, blocks, channels, itemShapes, connections };
}
