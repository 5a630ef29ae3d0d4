// `--param`: values to start with. Owns how a name of the command line meets a param of the patch.
import { fail } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Patch } from '../core/patch.ts';
import { shapeNode } from '../core/registry.ts';
import { faceOfNode } from '../core/subpatch.ts';
import { registry } from '../generated/registry.ts';
import { readValue } from './arguments.ts';

/** `gain1.level=-6` → the patch with that value. */
export function withParams(pairs: readonly [string, string][]): (patch: Patch) => Patch {
  return patch => {
    let nodes = patch.nodes;
    for (const [id, text] of pairs) {
      const dot = id.indexOf('.');
      const nodeId = id.slice(0, dot);
      if (dot <= 0 || !Object.hasOwn(nodes, nodeId))
        fail(
          'E-PARAM',
          id,
          `${id}: expected node.param of the patch, got no such node. It has ${Object.keys(nodes).sort().join(', ')}.`,
        );
      const node = nodes[nodeId];
      const name = id.slice(dot + 1);
      nodes = {
        ...nodes,
        [nodeId]: { ...node, params: { ...node.params, [name]: readValue(text) } },
      };
    }
    return { ...patch, nodes };
  };
}

/**
 * The same where a word reads as a number: choices and text take it as it was typed. What params a node has, a model may say.
 * Throws PatchError E-PARAM for one that it does not have.
 */
export function asTyped(patch: Patch, resources: ResourceBook, pairs: readonly [string, string][]): Patch {
  let { nodes } = patch;
  for (const [id, text] of pairs) {
    const [nodeId, name] = [id.slice(0, id.indexOf('.')), id.slice(id.indexOf('.') + 1)];
    const node = nodes[nodeId];
    const type = registry.get(node.type);
    if (!type) continue;
    const { params } = shapeNode(type, node, resources[nodeId] ?? {}, patch.sampleRateHz, faceOfNode(patch, node));
    if (!Object.hasOwn(params, name))
      fail(
        'E-PARAM',
        id,
        `--param ${id}: expected a param of ${nodeId}, got no such param. It has ${Object.keys(params).join(', ') || 'none'}.`,
      );
    if (params[name].kind !== 'number')
      nodes = { ...nodes, [nodeId]: { ...node, params: { ...node.params, [name]: text } } };
  }
  return { ...patch, nodes };
}
