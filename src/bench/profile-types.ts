// Where the time of a patch goes, by type of node: what a mark that is not reached is told with. Must not know the mark.
import { profilePatch } from '../check/profile.ts';
import type { Patch } from '../core/patch.ts';
import { registry } from '../generated/registry.ts';
import type { Bench, Work } from './mark.ts';

/** A work that answers with µs per block of 128 frames by type of node, clock readings included; it has no units to run. */
export const profileWork = (patch: Patch): Work => ({
  unit: () => {
    throw new Error('bench: a profile has nothing to race');
  },
  ask: async () => {
    const clock = (): number => performance.now();
    const { rows } = await profilePatch({
      patch,
      registry,
      resources: {},
      clock,
      blocks: [128],
      ratesHz: [48000],
      seconds: 1,
    });
    const byType: Record<string, number> = {};
    for (const [id, { meanMs }] of Object.entries(rows[0].nodes)) {
      const { type } = patch.nodes[id];
      byType[type] = (byType[type] ?? 0) + 1000 * meanMs;
    }
    return { ...byType, 'between nodes': 1000 * (rows[0].rest?.meanMs ?? 0) };
  },
});

/** Figures of such a work of the mark, the costliest types only. */
export async function profileFigures(bench: Bench, work = 'profile'): Promise<Record<string, number>> {
  const byType = (await (await bench.node(work)).ask('profile')) as Record<string, number>;
  const costly = Object.entries(byType)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8);
  return Object.fromEntries(costly.map(([type, us]) => [`profile: ${type}, µs`, us]));
}
