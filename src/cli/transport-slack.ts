// `--transport-slack`: how late models come that run in the worker. Owns its words; what a slack is, is core/transport.ts's.
import { fail } from '../core/errors.ts';
import { flatPatch } from '../core/flatten.ts';
import type { Patch } from '../core/patch.ts';
import { SLACK_FRAMES_MAX, transportWish } from '../core/transport.ts';
import { readPairs, readWhole } from './arguments.ts';

const OPTION = '--transport-slack';

/**
 * Slack by node id in frames of the patch, from words such as "512", for every model that the patch runs in the worker, or "amp=512"
 * for one. Throws UsageError, and PatchError E-INPUT for a node that is not there.
 */
export function readSlack(words: readonly string[], patch: Patch): Record<string, number> {
  const { nodes } = flatPatch(patch);
  const slack: Record<string, number> = {};
  for (const word of words) {
    const [name, text] = word.includes('=') ? readPairs([word], OPTION)[0] : [undefined, word];
    const frames = readWhole(text, OPTION, 0, SLACK_FRAMES_MAX) as number;
    const ids = Object.keys(nodes).filter(id =>
      name === undefined ? transportWish(nodes[id].params ?? {}).runsIn === 'worker' : id === name,
    );
    if (name !== undefined && ids.length === 0)
      fail(
        'E-INPUT',
        `nodes.${name}`,
        `${OPTION} ${name}: expected a node of the patch, got no such node. Name a model.`,
      );
    for (const id of ids) slack[id] = frames;
  }
  return slack;
}
