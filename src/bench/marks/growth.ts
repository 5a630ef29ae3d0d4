// Mark: the time of a block grows with the number of nodes and no faster. How fast an edit is planned: replan.ts.
import { makeBigPatch } from '../big-patch.ts';
import type { Mark, Work } from '../mark.ts';
import { playPatch } from '../play.ts';
import { fitLine } from '../statistics.ts';

const COUNTS = [125, 250, 500, 1000] as const;

const playBig = ({ count }: { readonly count: number }): Work => playPatch({ patch: makeBigPatch(count) });

export const growthMark: Mark = {
  id: 'growth',
  title: 'Growth',
  text: `Patches of ${COUNTS.join(', ')} nodes of mixed types: the time of a block is a straight line over the number of nodes.`,
  peers: [],
  works: { big: playBig },
  goals: [
    { figure: 'R²', words: 'R² of the straight line', atLeast: 0.98 },
    { figure: 'per node', words: '× the time per node, 1,000 nodes beside 125', atMost: 1.25 },
  ],
  async heat(bench) {
    const all = [];
    for (const count of COUNTS) all.push(await bench.node('big', { count }, `${count} nodes`));
    const race = await bench.race(all, { warmupMs: 1000 });
    const times = COUNTS.map(count => race.unitUs(`${count} nodes`));
    const { slope, intercept, rSquared } = fitLine(COUNTS, times);
    const perNode = times.map((us, at) => us / COUNTS[at]);
    return {
      figures: {
        'R²': rSquared,
        'per node': perNode[perNode.length - 1] / perNode[0],
        'ns per node': 1000 * slope,
        'µs without nodes': intercept,
      },
      lines: race.lines(),
    };
  },
};
