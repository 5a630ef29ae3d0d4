// What is heard of a wired param, for faces and pictures alike: the engine's sum where it is known without playing.
// Must not know the page.
import type { Connection, Patch, PatchNode } from '../core/patch.ts';
import type { NodeShape } from '../core/registry.ts';

/**
 * A wired param's own value plus what every knob at it gives, within its range as it is heard (CONTROL-1); a bypassed knob gives 0,
 * one that is wired itself what is heard of it. 'signal' when something else is wired to it as well, undefined when nothing is.
 * `wiresInto`: at least those that end at the node.
 */
export function heardValue(
  nodes: Patch['nodes'],
  wiresInto: (nodeId: string) => readonly Connection[],
  shapeOf: (node: PatchNode) => NodeShape | undefined,
  nodeId: string,
  name: string,
  /** Knobs on the way here, which may drive each other in a circle. */
  seen: readonly string[] = [],
): number | 'signal' | undefined {
  const shapeAt = (id: string): NodeShape | undefined => nodes[id] && shapeOf(nodes[id]);
  const shape = shapeAt(nodeId);
  let heard = Number(shape?.values[name] ?? 0);
  let isWired = false;
  for (const { from, to } of wiresInto(nodeId)) {
    if (to.node !== nodeId || to.port !== name) continue;
    isWired = true;
    const source = shapeAt(from.node);
    if (source?.type.view !== 'knob' || seen.includes(from.node)) return 'signal';
    if (nodes[from.node]?.isBypassed) continue;
    const driven = heardValue(nodes, wiresInto, shapeOf, from.node, 'value', [...seen, from.node]);
    if (driven === 'signal') return driven;
    heard += driven ?? Number(source.values.value ?? 0);
  }
  if (!isWired) return undefined;
  const definition = shape?.params[name];
  return definition?.kind === 'number' ? Math.min(definition.max, Math.max(definition.min, heard)) : heard;
}
