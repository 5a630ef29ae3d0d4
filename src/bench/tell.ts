// The results as a table in the terminal. Must not know how they came about.
import type { BenchResult, LineResult, MarkResult } from './result.ts';
import { measured, number, otherFigures, STATE_WORDS, wanted, whenMeasured } from './words.ts';

/** All lines, ready to print. */
export const tellResult = (result: BenchResult): string[] => [
  ...result.marks.flatMap(tellMark),
  '',
  ...tellPeers(result),
  tellMachine(result),
  ...(result.isQuick ? ['A quick run: it shows what runs, its figures say little.'] : []),
];

function tellMark(mark: MarkResult): string[] {
  const { id, title, goals, lines, notes } = mark;
  const others = otherFigures(mark);
  return [
    '',
    `${title} (${id}, ${whenMeasured(mark)})`,
    ...lines.map(tellLine),
    ...goals.map(goal => {
      const figure = `${measured(goal)} ${goal.words}`.trim();
      const reason = goal.reason === null ? '' : `: ${goal.reason}`;
      return `  ${STATE_WORDS[goal.state].padEnd(12)}${figure.padEnd(58)} wanted ${wanted(goal)}${reason}`;
    }),
    ...(others.length > 0 ? [`  ${others.join('; ')}`] : []),
    ...notes.map(note => `  ${note}`),
  ];
}

function tellLine({ contestant, variant, blockUs, p99Us, shareOfBudget }: LineResult): string {
  const name = variant === null ? contestant : `${contestant}, ${variant}`;
  const p99 = p99Us === null ? '' : `   p99 ${number(p99Us)} µs`;
  return `  ${name.padEnd(44)}${number(blockUs).padStart(9)} µs per 128 frames${number(100 * shareOfBudget).padStart(9)} % of real time${p99}`;
}

const tellPeers = ({ peers }: BenchResult): string[] =>
  Object.values(peers).map(({ title, version, state, reason }) =>
    state === 'installed' ? `${title} ${version}` : `${title} ${version} is MISSING: ${reason}`,
  );

const tellMachine = ({ machine, browser }: BenchResult): string =>
  `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}, ${browser ?? 'no browser'}`;
