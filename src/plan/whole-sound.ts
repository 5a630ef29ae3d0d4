// Nodes that need the whole sound at once: which they are, and what is wrong with them where sound comes block by block.
// Owns that verdict only; the one call that they get is planned in make-plan.ts.
import type { Problem } from '../core/errors.ts';
import type { Inference } from '../core/infer.ts';
import type { Patch } from '../core/patch.ts';

/** Ids of the nodes with an inlet of block 'whole' that are not bypassed, sorted. */
export const wholeSoundNodes = (patch: Patch, { shapes }: Pick<Inference, 'shapes'>): string[] =>
  [...shapes]
    .filter(
      ([id, { frameInlets }]) => frameInlets.some(({ block }) => block === 'whole') && !patch.nodes[id].isBypassed,
    )
    .map(([id]) => id)
    .sort();

/** E-OFFLINE for each of them: in a loop always, since it hears itself before it is done, and elsewhere unless all is one call. */
export function wholeSoundProblems(
  { loops }: Pick<Inference, 'loops'>,
  whole: readonly string[],
  isOneShot: boolean,
): Problem[] {
  const looped = new Set(loops.flatMap(({ nodes }) => nodes));
  return whole
    .filter(id => !isOneShot || looped.has(id))
    .map(id => ({
      code: 'E-OFFLINE',
      severity: 'error',
      path: `nodes.${id}`,
      nodeId: id,
      message: looped.has(id)
        ? `${id}: expected the whole sound at once, got a place in a loop, where it would wait for itself. Take it out of the loop.`
        : `${id}: expected the whole sound at once, got blocks as they come: its first sample may depend on the last one. Render the patch to a file, or bypass the node to play the rest.`,
    }));
}
