// Alternating rounds of contestants, so that whatever the machine does meanwhile hits all of them.
// Owns calibration, the order of rounds and what is computed of them. Must not know what the contestants do.
import type { Contestant, Line } from './mark.ts';
import type { Run } from './protocol.ts';
import { median } from './statistics.ts';

/** Share of a round that each thread has to have a processor, and how often a round of all is tried. */
const UNDISTURBED = 0.97;
const TRIES = 6;

/** Warm is who has not become faster than this share of its fastest unit for the length of a warm-up, or at last after so many of them. */
const NO_LONGER_FASTER = 0.98;
const WARMUPS_MAX = 12;

export interface RaceOptions {
  /** Rounds of each contestant after the warm-up; default 21. */
  readonly rounds?: number;
  /** What a round should last; default 25 ms, in the audio thread (whose clock has 1 ms) 150 ms. */
  readonly roundMs?: number;
  /** How long each has to be as fast as it gets before anything counts: the JIT needs it. Default 1 s. */
  readonly warmupMs?: number;
}

/** Times of all rounds of a race: one column per round, the contestants of a column having run right after each other. */
export interface Race {
  /** Median time of one unit, in µs; NaN for who did not take part. */
  unitUs(name: string): number;
  /** How many times faster `name` is than `other`: the median over rounds of the ratio within one round; undefined when one is missing. */
  times(name: string, other: string): number | undefined;
  /** Lines of those named, default all, for races whose unit is a block. */
  lines(...names: string[]): Line[];
}

/** The race of times that are there: µs per unit by contestant, round by round. */
export const raceOf = (rounds: Readonly<Record<string, readonly number[]>>): Race => ({
  unitUs: name => median(rounds[name] ?? []),
  lines: (...names) =>
    Object.entries(rounds)
      .filter(([name]) => names.length === 0 || names.includes(name))
      .map(([contestant, times]) => ({ contestant, blockUs: median(times) })),
  times(name, other) {
    const [own, others] = [rounds[name], rounds[other]];
    return own && others ? median(own.map((time, round) => others[round] / time)) : undefined;
  },
});

/** Races. Who is undefined (a missing peer) does not take part. */
export async function race(
  all: readonly (Contestant | undefined)[],
  { rounds = 21, roundMs = 25, warmupMs = 1000 }: RaceOptions = {},
): Promise<Race> {
  const contestants = all.filter(contestant => contestant !== undefined);
  const units: number[] = [];
  for (const contestant of contestants) units.push(await unitsFor(contestant, roundMs, warmupMs));
  const times = Object.fromEntries(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    const column = await runUndisturbed(contestants, units, round);
    contestants.forEach(({ name }, at) => void times[name].push((column[at].seconds / units[at]) * 1e6));
  }
  return raceOf(times);
}

/**
 * One round of all. Where others had the processor in the round of one, all run again, a few times, and the column whose most disturbed
 * one was disturbed least counts: the audio thread can't tell its share, and must not be the only one without a second chance.
 */
async function runUndisturbed(
  contestants: readonly Contestant[],
  units: readonly number[],
  round: number,
): Promise<readonly Run[]> {
  let best: readonly Run[] = [];
  let bestShare = Number.NEGATIVE_INFINITY;
  for (let tries = 0; tries < TRIES && bestShare < UNDISTURBED; tries++) {
    const column: Run[] = [];
    for (let turn = 0; turn < contestants.length; turn++) {
      // Another one begins each round: nobody always runs behind the same neighbour.
      const at = (round + turn) % contestants.length;
      column[at] = await contestants[at].run(units[at]);
    }
    const share = Math.min(...column.map(({ processorShare = 1 }) => processorShare));
    if (share > bestShare) [best, bestShare] = [column, share];
  }
  return best;
}

/**
 * Warms up, and finds how many units last about `roundMs`. A JIT counts calls, not seconds: until it has compiled all, a unit takes many
 * times as long. So it goes on until units no longer get faster.
 */
async function unitsFor(contestant: Contestant, roundMs: number, warmupMs: number): Promise<number> {
  let units = 1;
  let spentMs = 0;
  let fastestMs = Number.POSITIVE_INFINITY;
  let steadyMs = 0;
  for (;;) {
    const ms = 1000 * (await contestant.run(units)).seconds;
    spentMs += ms;
    if (ms >= roundMs / 2) {
      steadyMs = ms / units < NO_LONGER_FASTER * fastestMs ? 0 : steadyMs + ms;
      fastestMs = Math.min(fastestMs, ms / units);
      if (steadyMs >= warmupMs || spentMs >= WARMUPS_MAX * warmupMs)
        return Math.max(1, Math.round(roundMs / fastestMs));
    }
    // A clock may stand still for short runs.
    units = Math.max(1, ms < roundMs / 20 ? units * 8 : Math.round((units * roundMs) / ms));
  }
}
