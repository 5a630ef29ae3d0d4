// A patch as large as one likes: the examples of all node types side by side, over and over, so that what is in it is what people
// patch. Deterministic. Owns which nodes and connections it has and where they stand.
import { examplePatch } from '../core/example.ts';
import { type Connection, connectionId, type Endpoint, emptyPatch, type Patch, type PatchNode } from '../core/patch.ts';
import { type Registry, shapeNode } from '../core/registry.ts';
import { layoutNode } from '../ui/canvas/layout.ts';

const OUTPUT = 'output/audio-output';
/** Examples that play into one output. */
const OUTPUT_EVERY = 4;
/** Columns of a row. */
const COLUMNS = 40;
const GAP_PX = 48;

/** A patch of exactly `nodes` nodes and `connections` connections. Throws a RangeError where examples give fewer of these. */
export function largePatch(registry: Registry, nodes: number, connections: number): Patch {
  const types = Object.values(registry.types);
  const patch = emptyPatch('large');
  const placed: Record<string, PatchNode> = {};
  const wires: Record<string, Connection> = {};
  const wire = (from: Endpoint, to: Endpoint): void => {
    const id = connectionId(from, to);
    if (Object.keys(wires).length < connections) wires[id] = { id, from, to };
  };
  // What examples play, and the outputs that they play into.
  const feeds: Endpoint[] = [];
  const outputs: string[] = [];
  let [count, x, top, lowest] = [0, 0, 0, 0];
  for (let column = 0; count < nodes; column++) {
    const example = examplePatch(types[column % types.length] as (typeof types)[0], registry);
    const rename = (id: string): string => `${id}-${column}`;
    const hasOutput = column % OUTPUT_EVERY === 0;
    const output = hasOutput ? '' : outputs.at(-1);
    if (column % COLUMNS === 0) [x, top] = [0, lowest + 2 * GAP_PX];
    let [y, widest] = [top, 0];
    for (const node of Object.values(example.nodes)) {
      if (node.type === OUTPUT && !hasOutput) continue;
      if (count === nodes) break;
      const type = registry.get(node.type);
      if (!type) continue;
      const { width, height } = layoutNode(shapeNode(type, node, {}, patch.sampleRateHz));
      const id = rename(node.id);
      placed[id] = { ...node, id, position: [x, y] };
      if (node.type === OUTPUT) outputs.push(id);
      count++;
      y += height + GAP_PX;
      widest = Math.max(widest, width);
    }
    x += widest + GAP_PX;
    lowest = Math.max(lowest, y);
    for (const { from, to } of Object.values(example.connections)) {
      const source = { ...from, node: rename(from.node) };
      const isPlayed = example.nodes[to.node]?.type === OUTPUT;
      const target = { ...to, node: isPlayed && output !== '' ? (output as string) : rename(to.node) };
      if (!placed[source.node] || !placed[target.node]) continue;
      if (isPlayed) feeds.push(source);
      wire(source, target);
    }
  }
  // Sends: what one example plays is heard at a later output as well.
  for (let further = 1; Object.keys(wires).length < connections && further < outputs.length; further++)
    feeds.forEach((feed, at) => {
      const output = outputs[Math.floor(at / OUTPUT_EVERY) + further];
      if (output !== undefined) wire(feed, { node: output, port: 'in' });
    });
  if (Object.keys(wires).length < connections) throw new RangeError(`largePatch: no ${connections} connections.`);
  return { ...patch, nodes: placed, connections: wires };
}
