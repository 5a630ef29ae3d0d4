// The benchmark's arithmetic on fixed numbers: medians, ratios within a round, lines, goals, the page. No clock is read here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { merge, writePage } from '../../src/bench/docs.ts';
import { complete, judge } from '../../src/bench/judge.ts';
import type { Contestant, Heat, Mark } from '../../src/bench/mark.ts';
import { marks } from '../../src/bench/marks/index.ts';
import { drawPlot, margin } from '../../src/bench/plot.ts';
import { race, raceOf } from '../../src/bench/race.ts';
import type { BenchResult } from '../../src/bench/result.ts';
import { compare } from '../../src/bench/sound.ts';
import { fitLine, mean, median, medianBounds, percentile } from '../../src/bench/statistics.ts';
import { tellResult } from '../../src/bench/tell.ts';
import { measured, number, stateOf } from '../../src/bench/words.ts';

describe('statistics', () => {
  it('medians, means and percentiles', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median(Float64Array.of(4, 1, 3, 2))).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(mean([1, 2, 6])).toBe(3);
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([0.5, 0.99, 1].map(share => percentile(hundred, share))).toEqual([50, 99, 100]);
  });

  it('where a median lies with 95 %', () => {
    const bounds = (count: number) => medianBounds(Array.from({ length: count }, (_, at) => count - at));
    // Ranks of the sign test's tables; of five values not even the extremes are wide enough.
    expect([5, 6, 12, 24, 40].map(bounds)).toEqual([
      [1, 5],
      [1, 6],
      [3, 10],
      [7, 18],
      [14, 27],
    ]);
  });

  it('a straight line and how straight it is', () => {
    expect(fitLine([1, 2, 3], [5, 7, 9])).toEqual({ slope: 2, intercept: 3, rSquared: 1 });
    // By hand: slope 1, intercept 1/3, residuals −1/3, 2/3, −1/3 of a variance of 2 + 2/3.
    const { slope, intercept, rSquared } = fitLine([0, 1, 2], [0, 2, 2]);
    expect([slope, intercept, rSquared].map(value => value.toFixed(4))).toEqual(['1.0000', '0.3333', '0.7500']);
  });
});

describe('races', () => {
  it('a ratio is the median of the ratios within a round: a machine that slows down for all changes nothing', () => {
    const times = raceOf({ ours: [10, 20, 40], theirs: [30, 60, 120] });
    expect(times.times('ours', 'theirs')).toBe(3);
    expect(times.times('theirs', 'ours')).toBeCloseTo(1 / 3);
    expect(times.unitUs('ours')).toBe(20);
    expect(times.times('ours', 'nobody')).toBeUndefined();
    expect(times.lines('theirs')).toEqual([{ contestant: 'theirs', blockUs: 60 }]);
  });

  it('all are warmed up, run in turns, and each begins as often; a missing one takes no part', async () => {
    const order: string[] = [];
    const contestant = (name: string, msPerUnit: number): Contestant => ({
      name,
      run: async units => {
        order.push(name);
        return { seconds: (units * msPerUnit) / 1000 };
      },
      times: () => Promise.reject(new Error('not asked')),
      sound: () => Promise.reject(new Error('not asked')),
      ask: () => Promise.reject(new Error('not asked')),
    });
    const options = { rounds: 4, roundMs: 50, warmupMs: 200 };
    const result = await race([contestant('a', 1), undefined, contestant('b', 4)], options);
    expect(order.slice(-8)).toEqual(['a', 'b', 'b', 'a', 'a', 'b', 'b', 'a']);
    expect(result.unitUs('a')).toBeCloseTo(1000);
    expect(result.times('a', 'b')).toBeCloseTo(4);
  });
});

describe('the warm-up', () => {
  /** A JIT: after `compiledAfter` units a unit takes a tenth. */
  const warming = (compiledAfter: number): Contestant => {
    let done = 0;
    const never = (): Promise<never> => Promise.reject(new Error('not asked'));
    return {
      name: 'ours',
      run: async units => {
        const cold = Math.max(0, Math.min(units, compiledAfter - done));
        done += units;
        return { seconds: (cold + 0.1 * (units - cold)) / 1000 };
      },
      times: never,
      sound: never,
      ask: never,
    };
  };

  it('goes on until units no longer get faster, however long the slow ones took', async () => {
    const options = { rounds: 5, roundMs: 20, warmupMs: 400 };
    expect((await race([warming(10)], options)).unitUs('ours')).toBeCloseTo(100);
    expect((await race([warming(390)], options)).unitUs('ours')).toBeCloseTo(100);
  });

  it('ends where a clock stands still for short runs, and where units get faster for ever', async () => {
    const coarse = { ...warming(0), run: async (units: number) => ({ seconds: Math.floor(units / 100) / 100 }) };
    expect((await race([coarse], { rounds: 3, roundMs: 50, warmupMs: 0 })).unitUs('ours')).toBeCloseTo(100, -1);
    let speed = 1;
    const faster = { ...warming(0), run: async (units: number) => ({ seconds: units / 1000 / (speed *= 1.1) }) };
    expect((await race([faster], { rounds: 1, roundMs: 1, warmupMs: 10 })).unitUs('ours')).toBeLessThan(1000);
  });
});

describe('a round in which others had the processor', () => {
  const disturbed = (shares: readonly number[]): Contestant & { readonly runs: () => number } => {
    let run = 0;
    const never = (): Promise<never> => Promise.reject(new Error('not asked'));
    return {
      name: 'ours',
      run: async units => {
        const processorShare = shares[Math.min(run++, shares.length - 1)];
        return { seconds: units / 1000 / processorShare, processorShare };
      },
      times: never,
      sound: never,
      ask: never,
      runs: () => run,
    };
  };
  const once = { rounds: 1, roundMs: 1, warmupMs: 0 };

  it('is run again by all: who can not tell its share gets the same second chance', async () => {
    const teller = disturbed([1, 0.5, 1]);
    let run = 0;
    // The audio thread: four times as slow while others have the processor, and it does not know.
    const silent: Contestant = {
      ...disturbed([1]),
      name: 'silent',
      run: async units => ({ seconds: ((run++ === 1 ? 4 : 1) * units) / 1000 }),
    };
    const result = await race([teller, silent], once);
    expect([teller.runs(), run]).toEqual([3, 3]);
    expect([result.unitUs('ours'), result.unitUs('silent'), result.times('ours', 'silent')]).toEqual([
      expect.closeTo(1000),
      expect.closeTo(1000),
      expect.closeTo(1),
    ]);
  });

  it('is run again, and the first that was not disturbed counts', async () => {
    // The first run finds how many units a round has.
    const contestant = disturbed([1, 0.5, 0.25, 1, 0.1]);
    expect((await race([contestant], once)).unitUs('ours')).toBeCloseTo(1000);
    expect(contestant.runs()).toBe(4);
  });

  it('on a machine that is always busy the least disturbed counts', async () => {
    const contestant = disturbed([1, 0.25, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2]);
    expect((await race([contestant], once)).unitUs('ours')).toBeCloseTo(2000);
    expect(contestant.runs()).toBe(7);
  });
});

describe('sounds', () => {
  it('differences, and what has no like', () => {
    const sound = [Float32Array.of(0, 0.5, -0.25)];
    expect(compare.largestDifference(sound, [[0, 0.25, -0.25]])).toBe(0.25);
    expect(compare.differenceDb([[1, 1.1]], [[1, 1]])).toBeCloseTo(20 * Math.log10(0.1 / Math.SQRT2));
    expect(compare.differenceDb(sound, sound)).toBe(-300);
    for (const other of [[[0, 0.5]], [[0, 0.5, Number.NaN]], [], [[], []]])
      expect([compare.largestDifference(sound, other), compare.differenceDb(sound, other)]).toEqual([
        Infinity,
        Infinity,
      ]);
  });
});

const mark: Mark = {
  id: 'made-up',
  title: 'Made up',
  text: 'A mark for this test.',
  peers: ['soxr'],
  goals: [
    { figure: 'speed', words: '× soxr', atLeast: 3, peer: 'soxr' },
    { figure: 'slow', words: '% of the budget', atMost: 1.5 },
    { figure: 'error', words: 'largest difference', atMost: 1e-4, isSound: true },
  ],
  heat: () => Promise.reject(new Error('not run')),
};
const known = { date: '2026-01-02', missing: {}, failures: [] };
const heat = (speed: number | undefined, slow: number, error: number): Heat => ({ figures: { speed, slow, error } });

describe('goals', () => {
  it('speeds count by their median over heats, sounds by their worst', () => {
    const { goals, figures } = judge(mark, [heat(2, 1, 0), heat(4, 3, 1e-5), heat(5, 1.2, 0)], known);
    expect(goals.map(({ state, value }) => [state, value])).toEqual([
      ['reached', 4],
      ['reached', 1.2],
      ['reached', 1e-5],
    ]);
    expect(goals[0].range).toEqual([2, 5]);
    expect(figures).toEqual({ speed: 4, slow: 1.2, error: 0 });
  });

  it('one heat with a wrong sound makes every speed void', () => {
    const result = judge(mark, [heat(5, 1, 0), heat(5, 1, 0.1), heat(5, 1, 0)], known);
    expect(result.goals.map(({ state }) => state)).toEqual(['void', 'void', 'missed']);
    expect(result.goals[0].reason).toContain('the sound is wrong');
    expect(stateOf(result)).toBe('missed');
  });

  it('a sound that can not be compared is wrong', () => {
    const [speed, , error] = judge(mark, [heat(5, 1, Number.POSITIVE_INFINITY)], known).goals;
    expect([speed.state, error.state, error.value]).toEqual(['void', 'missed', null]);
    expect(judge(mark, [heat(5, 1, Number.NaN)], known).goals[2].state).toBe('missed');
  });

  it('what is missing is told with its reason, and reaches nothing', () => {
    const missing = { soxr: 'no registry answers' };
    const result = judge(mark, [heat(undefined, 1, 0)], { ...known, missing });
    expect(result.goals[0]).toMatchObject({ state: 'missing', value: null });
    expect(result.goals[0].reason).toBe('soxr is missing: no registry answers');
    expect(stateOf(result)).toBe('missing');
    const failed = judge(mark, [], { ...known, failures: ['a heat failed: no memory'] });
    expect(failed.goals.map(({ state, reason }) => [state, reason])).toEqual(
      Array(3).fill(['missing', 'a heat failed: no memory']),
    );
  });

  it('what limits a mark is told where it is not reached', () => {
    const limited = { ...mark, whenMissed: ['The memory is slow.'] };
    expect(judge(limited, [heat(1, 1, 0)], known).notes).toEqual(['The memory is slow.']);
    expect(judge(limited, [heat(9, 1, 0)], known).notes).toEqual([]);
  });

  it('lines are medians over heats, by contestant and variant, with their share of the budget', () => {
    const line = (blockUs: number, variant: string) => ({
      figures: {},
      lines: [{ contestant: 'ours', variant, blockUs, rateHz: 48000 }],
    });
    const { lines } = judge(mark, [line(20, 'a'), line(40, 'b'), line(30, 'a'), line(100, 'a')], known);
    expect(lines).toEqual([
      { contestant: 'ours', variant: 'a', blockUs: 30, p99Us: null, shareOfBudget: 0.01125 },
      { contestant: 'ours', variant: 'b', blockUs: 40, p99Us: null, shareOfBudget: 0.015 },
    ]);
  });
});

const machine = { processor: 'P', cores: 2, memoryGiB: 4, system: 'S', node: '24', v8: '1' };
const resultOf = (heats: readonly Heat[], id = 'made-up'): BenchResult => ({
  format: 'neuropatch-bench',
  version: 1,
  isQuick: false,
  machine,
  browser: null,
  peers: { soxr: { title: 'soxr', version: '1.1.0', state: 'missing', reason: 'no registry answers' } },
  marks: [{ ...judge(mark, heats, known), id, title: id }],
});

describe('how results are told', () => {
  it('numbers', () => {
    expect([0, 0.00002, 0.0523, 1.234, 15.26, 147.4, 12345].map(number)).toEqual([
      '0',
      '2.0e−5',
      '0.0523',
      '1.23',
      '15.3',
      '147',
      '12,345',
    ]);
    expect(measured({ value: 2, range: [1.5, 3] })).toBe('2 (1.5–3)');
    expect(measured({ value: null, range: null })).toBe('–');
  });

  it('the terminal and the page say reached, not reached, missing and void', () => {
    for (const text of [
      tellResult(resultOf([heat(undefined, 2, 0)])).join('\n'),
      writePage(resultOf([heat(undefined, 2, 0)])),
    ]) {
      expect(text).toMatch(/MISSING/);
      expect(text).toMatch(/not reached/);
      expect(text).toMatch(/no registry answers/);
    }
    expect(writePage(resultOf([heat(9, 1, 1)]))).toMatch(/VOID: the sound is wrong/);
  });

  it('the first line of the page says that it is generated', () => {
    expect(writePage(resultOf([heat(9, 1, 0)])).split('\n')[0]).toMatch(/Generated .* Do not edit/);
  });

  it('the plot has a bar for each speed, by how far it is beyond its mark', () => {
    expect(margin({ atLeast: 3, atMost: null, value: 9 })).toBe(3);
    expect(margin({ atLeast: null, atMost: 1.5, value: 3 })).toBe(0.5);
    expect(margin({ atLeast: 3, atMost: null, value: null })).toBeUndefined();
    const bars = (heats: readonly Heat[]) =>
      [...drawPlot(resultOf(heats)).matchAll(/<rect class="(\w+)"/g)].map(([, state]) => state);
    expect(bars([heat(9, 3, 0)])).toEqual(['reached', 'missed']);
    expect(bars([heat(undefined, 1, 0)])).toEqual(['missing', 'reached']);
  });

  it('new figures take the place of old ones of the same machine, and of no other', () => {
    const before = { ...resultOf([heat(9, 1, 0)], 'old'), browser: 'Chromium 1' };
    const merged = merge(before, resultOf([heat(5, 1, 0)]));
    expect(merged.marks.map(({ id }) => id)).toEqual(['old', 'made-up']);
    expect(merged.browser).toBe('Chromium 1');
    expect(merge({ ...before, machine: { ...machine, cores: 8 } }, resultOf([])).marks).toHaveLength(1);
  });

  it('docs/speed.md and docs/speed.svg are what docs/speed.json gives', () => {
    const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
    const result = JSON.parse(read('speed.json')) as BenchResult;
    expect(read('speed.md')).toBe(writePage(result));
    expect(read('speed.svg')).toBe(drawPlot(result));
    // Also those that nobody has measured yet.
    expect(result.marks.map(({ id }) => id)).toEqual(marks.map(({ id }) => id));
  });

  it('what was not measured is told as missing: marks, and goals that a mark has got since', () => {
    const [first, second, third] = marks;
    const result = { ...resultOf([]), marks: [judge(third, [], { date: '2026-01-31', missing: {}, failures: ['f'] })] };
    const old = { ...result.marks[0], goals: result.marks[0].goals.slice(1) };
    const whole = complete({ ...result, marks: [old] }, [first, second, third], 'nobody did');
    expect(whole.marks.map(({ id, date }) => [id, date])).toEqual([
      [first.id, null],
      [second.id, null],
      [third.id, '2026-01-31'],
    ]);
    const reasons = whole.marks.flatMap(mark => mark.goals.map(({ state, reason }) => `${state}: ${reason}`));
    const wanted = first.goals.length + second.goals.length;
    expect(reasons.slice(0, wanted)).toEqual(Array(wanted).fill('missing: nobody did'));
    expect(whole.marks[2].goals.map(({ figure }) => figure).sort()).toEqual(
      third.goals.map(({ figure }) => figure).sort(),
    );
    expect(reasons.at(-1)).toBe('missing: nobody did');
    for (const text of [tellResult(whole).join('\n'), writePage(whole)]) expect(text).toContain('not measured');
    // What is missing now does not take away what was measured before.
    expect(merge(result, whole).marks.find(({ id }) => id === third.id)?.date).toBe('2026-01-31');
    const measuredBefore = { ...result, marks: [{ ...result.marks[0], id: first.id }] };
    expect(merge(measuredBefore, whole).marks[0].date).toBe('2026-01-31');
  });

  it('the plot names what it does not draw, the machine and all versions, on a ground of its own in both themes', () => {
    const result = resultOf([heat(9, 1, 0)]);
    const undrawn = { ...result.marks[0], id: 'quiet', title: 'Sound & silence', goals: [] };
    const peers = { soxr: { title: 'soxr', version: '1.2.3', state: 'missing', reason: 'none' } } as const;
    const svg = drawPlot({ ...result, peers, browser: 'Chromium 9', marks: [...result.marks, undrawn] });
    for (const words of [machine.processor, `Node ${machine.node}`, 'Chromium 9', 'soxr 1.2.3 (MISSING)'])
      expect(svg).toContain(words);
    expect(svg).toContain('Told by the table only: Sound &amp; silence');
    expect(svg.match(/\.ground \{ fill: #\w{6} \}/g)).toHaveLength(2);
  });
});
