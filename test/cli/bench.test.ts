// `neuropatch bench` as users run it, without measuring: results of files, good and bad, exit codes, what is missing, and Ctrl-C.
import { mkdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { complete, judge } from '../../src/bench/judge.ts';
import { marks } from '../../src/bench/marks/index.ts';
import type { BenchResult, MarkResult } from '../../src/bench/result.ts';
import { Cli } from './cli.ts';

const [first, second] = marks;
const SAID = { date: '2026-01-31', missing: {}, failures: [] };
/** A mark whose goals all are a hundred times better or worse than wanted. */
const markOf = (mark: typeof first, isGood: boolean): MarkResult => {
  const figureOf = ({ atLeast, atMost = 0 }: (typeof mark.goals)[number]): number =>
    isGood ? (atLeast ?? atMost) : atLeast === undefined ? atMost * 100 : atLeast / 100;
  return judge(mark, [{ figures: Object.fromEntries(mark.goals.map(goal => [goal.figure, figureOf(goal)])) }], SAID);
};
const resultOf = (...all: readonly MarkResult[]): BenchResult => ({
  format: 'neuropatch-bench',
  version: 1,
  isQuick: false,
  machine: { processor: 'P', cores: 1, memoryGiB: 1, system: 'S', node: '24.0.0', v8: '13' },
  browser: null,
  peers: {},
  marks: all,
});
const good = resultOf(markOf(first, true));

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.start();
  mkdirSync(cli.path('folder'));
}, 60_000);

describe('--from a file that holds no results: a code, what to do, exit code 2', () => {
  const changed = (change: (result: Record<string, unknown>) => void): string => {
    const result = JSON.parse(JSON.stringify(good));
    change(result);
    return JSON.stringify(result);
  };
  const inMark = (name: string, value: unknown): string =>
    changed(result => {
      Object.assign((result.marks as object[])[0], { [name]: value });
    });
  it.each([
    ['nothing there', undefined, 'E-INPUT', /nothing there/],
    ['an empty file', '', 'E-JSON', /expected JSON/],
    ['no JSON', 'not\njson', 'E-JSON', /expected JSON/],
    ['null', 'null', 'E-SCHEMA', /got another file/],
    ['another JSON', '{"cells": []}', 'E-SCHEMA', /got another file/],
    ['a newer version', changed(result => Object.assign(result, { version: 2 })), 'E-VERSION-NEWER', /version 2/],
    [
      'marks that are none',
      changed(result => Object.assign(result, { marks: {} })),
      'E-SCHEMA',
      /marks: expected a list/,
    ],
    ['no machine', changed(result => delete result.machine), 'E-SCHEMA', /machine: expected an object, got nothing/],
    ['a mark that is null', changed(result => Object.assign(result, { marks: [null] })), 'E-SCHEMA', /marks\[0\]/],
    ['a mark without goals', inMark('goals', undefined), 'E-SCHEMA', /marks\[0\]\.goals: expected a list, got nothing/],
    ['a goal without words', inMark('goals', [{ figure: 'x' }]), 'E-SCHEMA', /marks\[0\]\.goals\[0\]\.words/],
    ['a figure that is text', inMark('figures', { x: '1' }), 'E-SCHEMA', /figures\["x"\]: expected a number or null/],
    ['a line of nothing', inMark('lines', [7]), 'E-SCHEMA', /marks\[0\]\.lines\[0\]: expected an object, got 7/],
  ])('%s', async (_name, text, code, message) => {
    if (text !== undefined) cli.write('from.json', text);
    const {
      code: exit,
      json,
      err,
    } = await cli.run(...['bench', '--json', '--from', text === undefined ? 'gone.json' : 'from.json']);
    expect([exit, err]).toEqual([2, '']);
    expect([json.ok, json.problems[0].code]).toEqual([false, code]);
    expect(json.problems[0].message).toMatch(message);
    expect(json.problems[0].message).not.toContain('\n');
  });

  it('a folder', async () => {
    const { code, out, err } = await cli.run('bench', '--from', 'folder');
    expect([code, out, err]).toEqual([
      2,
      expect.stringMatching(/E-INPUT {2}folder: expected a file, got a folder/),
      '',
    ]);
  });
});

describe('exit codes and what is missing', () => {
  it.each([
    ['every goal reached', good, 0],
    ['one mark missed', resultOf(markOf(first, true), markOf(second, false)), 1],
    ['nothing measured', resultOf(), 1],
    ['one mark not measured', complete(good, [first, second], 'it was cancelled'), 1],
  ])('%s', async (_name, result, expected) => {
    cli.write('from.json', JSON.stringify(result));
    expect((await cli.run('bench', '--from', 'from.json', '--json')).code).toBe(expected);
    const { code, out, err } = await cli.run('bench', '--from', 'from.json');
    expect(code).toBe(expected);
    // Marks that the file lacks are named.
    const lacks = marks.filter(({ id }) => !result.marks.some(mark => mark.id === id)).map(({ id }) => id);
    expect(err.trim()).toBe(`from.json has no results of ${lacks.join(', ')}.`);
    if (result.marks.some(({ date }) => date === null))
      expect(out).toMatch(
        new RegExp(`${second.title} \\(${second.id}, not measured\\)[\\s\\S]*MISSING.*it was cancelled`),
      );
  });

  it.each([
    [['--list', '--docs'], /--list: expected no --docs/],
    [['--from', 'from.json', '--only', first.id], /--from: expected no --only/],
    [['--only', 'nobody'], /--only: expected one of .* got "nobody"/],
    [['--heats', '1.5'], /--heats: expected a whole number/],
    [['--contestant'], /--contestant: expected a work/],
    [['--contestant', 'growth/big', '{'], /--contestant: expected options as JSON, got \{/],
  ])('wrong use: %j', async (words, message) => {
    const { code, err } = await cli.run('bench', ...words);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('Ctrl-C', () => {
  it('ends with 130 and tells the mark as missing', { timeout: 60_000 }, async () => {
    const { code, out, err } = await cli.interrupt(4000, 'bench', '--only', 'growth', '--json');
    expect([code, err]).toEqual([130, expect.stringContaining('bench: cancelled.')]);
    const { marks: told } = JSON.parse(out) as BenchResult;
    expect(told.map(({ id, date, goals }) => [id, date, goals[0].state])).toEqual([['growth', null, 'missing']]);
  });
});
