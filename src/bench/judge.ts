// Heats of a mark → its result: medians, and which goals are reached. Must not know how anything was measured or is shown.
import type { Goal, Heat, Mark } from './mark.ts';
import { PEERS, type PeerId } from './peers.ts';
import type { BenchResult, GoalResult, LineResult, MarkResult } from './result.ts';
import { median } from './statistics.ts';

const BLOCK = 128;
const RATE_HZ = 48000;

/** What is known beside the heats. */
export interface JudgeOptions {
  readonly date: string | null;
  /** Why a peer is missing, by peer. */
  readonly missing: Readonly<Partial<Record<PeerId, string>>>;
  /** Why heats failed, or a place could not be had. */
  readonly failures: readonly string[];
  /** What else is to be told. */
  readonly notes?: readonly string[];
}

/** Judges a mark by all its heats; with none, every goal is missing. */
export function judge(
  mark: Mark,
  heats: readonly Heat[],
  { date, missing, failures, notes = [] }: JudgeOptions,
): MarkResult {
  const valuesOf = (figure: string): number[] =>
    heats.map(heat => heat.figures[figure]).filter(value => value !== undefined);
  const judged = mark.goals.map(goal => judgeGoal(goal, valuesOf(goal.figure), missing, failures));
  const wrong = judged.find(goal => goal.isSound && goal.state === 'missed');
  const goals = judged.map(goal => (wrong && !goal.isSound && goal.value !== null ? voided(goal, wrong) : goal));
  const causes = goals.some(({ state }) => state === 'missed') ? (mark.whenMissed ?? []) : [];
  const names = [...new Set(heats.flatMap(heat => Object.keys(heat.figures)))];
  return {
    id: mark.id,
    title: mark.title,
    text: mark.text,
    date,
    heats: heats.length,
    goals,
    lines: linesOf(heats),
    figures: Object.fromEntries(names.map(name => [name, finite(median(valuesOf(name)))])),
    notes: [...new Set([...heats.flatMap(heat => heat.notes ?? []), ...failures, ...notes, ...causes])],
  };
}

/**
 * The results with all that belongs to `wanted` in the order of `wanted`: a mark, or a goal of one, that they lack is told as missing, for
 * the `reason`. Marks that are not wanted stay behind them.
 */
export function complete(result: BenchResult, wanted: readonly Mark[], reason: string): BenchResult {
  const nothing = { missing: {}, failures: [reason] };
  const marks = wanted.map(mark => {
    const absent = { ...judge(mark, [], { ...nothing, date: null }), notes: [] };
    const there = result.marks.find(({ id }) => id === mark.id);
    if (!there) return absent;
    const added = absent.goals.filter(({ figure }) => !there.goals.some(goal => goal.figure === figure));
    return added.length > 0 ? { ...there, goals: [...there.goals, ...added] } : there;
  });
  return { ...result, marks: [...marks, ...result.marks.filter(({ id }) => !wanted.some(mark => mark.id === id))] };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function judgeGoal(
  goal: Goal,
  values: readonly number[],
  missing: JudgeOptions['missing'],
  failures: readonly string[],
): GoalResult {
  const { figure, words, atLeast = null, atMost = null, isSound = false, isWorst = isSound, peer } = goal;
  const same = { figure, words, atLeast, atMost, isSound };
  if (values.length === 0) {
    const absent = peer && missing[peer];
    const reason = absent ? `${PEERS[peer].title} is missing: ${absent}` : (failures[0] ?? 'it was not measured');
    return { ...same, state: 'missing', value: null, range: null, reason };
  }
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const worst = atLeast === null ? greatest : least;
  const value = isWorst ? worst : median(values);
  // Not a number reaches nothing.
  const isReached = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  return {
    ...same,
    state: isReached ? 'reached' : 'missed',
    value: finite(value),
    range: Number.isFinite(least) && Number.isFinite(greatest) ? [least, greatest] : null,
    reason: Number.isFinite(value) ? null : 'it is no finite number',
  };
}

const voided = (goal: GoalResult, wrong: GoalResult): GoalResult => ({
  ...goal,
  state: 'void',
  reason: `the sound is wrong (${wrong.words})`,
});

/** One line for each contestant and variant, medians over the heats, in the order in which they first came. */
function linesOf(heats: readonly Heat[]): LineResult[] {
  const all = heats.flatMap(heat => heat.lines ?? []);
  const keyOf = (line: { contestant: string; variant?: string }): string => `${line.contestant}\n${line.variant ?? ''}`;
  return [...new Set(all.map(keyOf))].map(key => {
    const lines = all.filter(line => keyOf(line) === key);
    const { contestant, variant = null, rateHz = RATE_HZ } = lines[0];
    const blockUs = median(lines.map(line => line.blockUs));
    const p99s = lines.map(line => line.p99Us).filter(p99 => p99 !== undefined);
    const p99Us = p99s.length > 0 ? median(p99s) : null;
    return { contestant, variant, blockUs, p99Us, shareOfBudget: (blockUs * rateHz) / (BLOCK * 1e6) };
  });
}
