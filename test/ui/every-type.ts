// A patch with one node of every type, by family and without a wire: for eyes and for tests of what each looks like.
import { emptyPatch, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { type Registry, shapeNode } from '../../src/core/registry.ts';
import { layoutNode } from '../../src/ui/canvas/layout.ts';

const GAP = 48;
const HEIGHT_MAX = 1040;

/** `params`: values of some nodes by type, to show another shape of them. */
export function everyTypePatch(registry: Registry, params: Record<string, PatchNode['params']> = {}): Patch {
  const patch = emptyPatch('every type');
  const nodes: Record<string, PatchNode> = {};
  let [x, y, widest] = [0, 0, 0];
  for (const type of Object.values(registry.types)) {
    const id = type.id.slice(type.id.indexOf('/') + 1);
    const node = { id, type: type.id, version: type.version, position: [0, 0] as const, params: params[type.id] ?? {} };
    const { width, height } = layoutNode(shapeNode(type, node, {}, patch.sampleRateHz));
    if (y > 0 && y + height > HEIGHT_MAX) [x, y, widest] = [x + widest + GAP, 0, 0];
    nodes[id] = { ...node, position: [x, y] };
    y += height + GAP;
    widest = Math.max(widest, width);
  }
  return { ...patch, nodes };
}
