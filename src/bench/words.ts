// How numbers and states of the benchmark are written, in the terminal and in the documentation. Must not know where.
import type { GoalResult, GoalState, MarkResult } from './result.ts';

/** Three significant digits, thousands apart. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1).replace('e-', 'e−').replace(/^-/, '−');
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: size < 0.1 ? 4 : digits }).replace('-', '−');
}

export const STATE_WORDS: Readonly<Record<GoalState, string>> = {
  reached: 'reached',
  missed: 'not reached',
  missing: 'MISSING',
  void: 'VOID',
};

/** "≥ 3", "≤ 1.5", or the sign of a number that only has to be there. */
export const wanted = ({ atLeast, atMost }: Pick<GoalResult, 'atLeast' | 'atMost'>): string =>
  [atLeast === null ? '' : `≥ ${number(atLeast)}`, atMost === null ? '' : `≤ ${number(atMost)}`]
    .filter(text => text !== '')
    .join(', ');

/** "4.2 (3.9–4.4)", of heats that differ by more than what is written. */
export function measured({ value, range }: Pick<GoalResult, 'value' | 'range'>): string {
  if (value === null) return '–';
  const [least, greatest] = range ?? [value, value];
  return number(least) === number(greatest) ? number(value) : `${number(value)} (${number(least)}–${number(greatest)})`;
}

/** A mark is as good as the worst of its goals. */
export const stateOf = ({ goals }: Pick<MarkResult, 'goals'>): GoalState => {
  const order: readonly GoalState[] = ['missed', 'void', 'missing'];
  return order.find(state => goals.some(goal => goal.state === state)) ?? 'reached';
};

/** Figures that no goal judges, each with its name. */
export const otherFigures = ({ figures, goals }: Pick<MarkResult, 'figures' | 'goals'>): string[] =>
  Object.entries(figures)
    .filter(([name, value]) => value !== null && !goals.some(({ figure }) => figure === name))
    .map(([name, value]) => `${name}: ${number(value as number)}`);

/** "2026-01-31, 5 heats" */
export const whenMeasured = ({ date, heats }: Pick<MarkResult, 'date' | 'heats'>): string =>
  date === null ? 'not measured' : `${date}, ${heats} ${heats === 1 ? 'heat' : 'heats'}`;
