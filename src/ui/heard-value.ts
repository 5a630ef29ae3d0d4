// What is heard of a wired param, for faces and pictures alike: the engine's sum where it is known without playing.
// Must not know the page.
import type { Connection, Patch, PatchNode } from '../core/patch.ts';
import type { NodeShape } from '../core/registry.ts';

/**
 * A wired param's own value plus that of every knob at it, within its range as it is heard (CONTROL-1); a bypassed knob gives 0.
 * 'signal' when something else is wired to it as well, undefined when nothing is. `wires`: at least those into the node.
 */
export function heardValue(
  nodes: Patch['nodes'],
  wires: readonly Connection[],
  shapeOf: (node: PatchNode) => NodeShape | undefined,
  nodeId: string,
  name: string,
): number | 'signal' | undefined {
  const shapeAt = (id: string): NodeShape | undefined => nodes[id] && shapeOf(nodes[id]);
  const shape = shapeAt(nodeId);
  let heard = Number(shape?.values[name] ?? 0);
  let isWired = false;
  for (const { from, to } of wires) {
    if (to.node !== nodeId || to.port !== name) continue;
    isWired = true;
    const source = shapeAt(from.node);
    if (source?.type.view !== 'knob') return 'signal';
    if (!nodes[from.node]?.isBypassed) heard += Number(source.values.value ?? 0);
  }
  if (!isWired) return undefined;
  const definition = shape?.params[name];
  return definition?.kind === 'number' ? Math.min(definition.max, Math.max(definition.min, heard)) : heard;
}
