// The benchmark runs: contestants in processes of their own, missing peers, spoilt sounds. A quick run whose times nobody looks at.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { runBench } from '../../src/bench/bench.ts';
import { startContestant } from '../../src/bench/contestant-process.ts';
import type { Bench, Contestant, Mark } from '../../src/bench/mark.ts';
import { faustMark } from '../../src/bench/marks/faust.ts';
import { fiftyNodesMark } from '../../src/bench/marks/fifty-nodes.ts';
import { marks } from '../../src/bench/marks/index.ts';
import { tenEffectsMark } from '../../src/bench/marks/ten-effects.ts';
import { wrapperMark } from '../../src/bench/marks/wrapper.ts';
import { installPeer } from '../../src/bench/peers/install.ts';
import { PEERS } from '../../src/bench/peers.ts';
import { tellResult } from '../../src/bench/tell.ts';
import { Cli } from '../cli/cli.ts';

const root = join(import.meta.dirname, '../..');
let program: string;
beforeAll(async () => {
  ({ program } = await Cli.start());
});
const REASON = 'this test has none';

const quick = (all: readonly Mark[]) =>
  runBench({
    marks: all,
    isQuick: true,
    program,
    tell: () => {},
    install: async id => ({ state: 'missing', version: PEERS[id].version, reason: REASON }),
  });

/** The mark with the sound of one contestant spoilt by a thousandth in one sample. */
const spoilt = (mark: Mark, name: string): Mark => {
  const spoil = (contestant: Contestant): Contestant => ({
    ...contestant,
    async sound(input) {
      const sound = (await contestant.sound(input)).map(channel => Float32Array.from(channel));
      sound[0][sound[0].length >> 1] += 0.001;
      return sound;
    },
  });
  const spoiling = (bench: Bench): Bench => ({
    ...bench,
    async node(work, options, told = work) {
      const contestant = await bench.node(work, options, told);
      return told === name ? spoil(contestant) : contestant;
    },
  });
  return { ...mark, heat: bench => mark.heat(spoiling(bench)) };
};

describe('a quick run without peers', () => {
  it('tells every missing peer, and measures what is there', { timeout: 90_000 }, async () => {
    const result = await quick([tenEffectsMark, faustMark]);
    expect(result).toMatchObject({ format: 'neuropatch-bench', version: 1, isQuick: true });
    expect(result.peers).toEqual({
      pedalboard: { title: 'pedalboard', version: '0.9.26', state: 'missing', reason: REASON },
      faust: { title: 'faustwasm', version: PEERS.faust.version, state: 'missing', reason: REASON },
    });
    for (const mark of result.marks) {
      expect(mark.goals.filter(({ state }) => state !== 'missing')).toEqual([]);
      expect(mark.goals.every(({ reason }) => reason?.includes(REASON))).toBe(true);
      expect(mark.heats).toBe(1);
    }
    const lines = result.marks[0].lines;
    expect(lines.map(({ contestant }) => contestant)).toEqual(['ours', 'scalar twin', 'ours in the audio thread']);
    expect(lines.every(({ blockUs, shareOfBudget }) => blockUs > 0 && shareOfBudget > 0)).toBe(true);
    const told = tellResult(result).join('\n');
    expect(told).toContain(`pedalboard 0.9.26 is MISSING: ${REASON}`);
    expect(told).toContain('A quick run');
    // What --json prints is what --from reads.
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('a spoilt sound makes the mark void; the same unspoilt is not', { timeout: 90_000 }, async () => {
    const withoutPage = (mark: Mark): Mark => ({
      ...mark,
      heat: bench => mark.heat({ ...bench, audioThread: async () => undefined }),
    });
    const desk = withoutPage(fiftyNodesMark);
    const result = await quick([desk, spoilt(desk, 'ours'), wrapperMark, spoilt(wrapperMark, 'ours')]);
    const soundOf = (at: number) => result.marks[at].goals.find(({ isSound }) => isSound);
    expect([0, 1, 2, 3].map(at => soundOf(at)?.state)).toEqual(['reached', 'missed', 'reached', 'missed']);
    const speeds = result.marks[1].goals.filter(({ isSound, value }) => !isSound && value !== null);
    expect(speeds.length).toBeGreaterThan(0);
    expect(speeds.every(({ state }) => state === 'void')).toBe(true);
    expect(result.marks[0].goals.some(({ state }) => state === 'void')).toBe(false);
  });

  it('a mark that fails is told and does not end the others', async () => {
    const failing: Mark = {
      ...faustMark,
      id: 'failing',
      heat: () => Promise.reject(new Error('out of luck\nat line 1')),
    };
    const [mark] = (await quick([failing])).marks;
    expect(mark.notes[0]).toBe('a heat failed: out of luck');
    expect(mark.goals.every(({ state }) => state === 'missing')).toBe(true);
  });
});

describe('a run that is stopped', () => {
  it('keeps what was measured before, and nothing of the mark in which it was', async () => {
    const stopping = new AbortController();
    const instant = (id: string, work = () => {}): Mark => ({
      ...faustMark,
      id,
      peers: [],
      heat: async () => {
        work();
        return { figures: {} };
      },
    });
    const stop = (): void => {
      stopping.abort();
    };
    const all = [instant('first'), instant('second', stop), instant('third')];
    const { marks: measured } = await runBench({ marks: all, isQuick: true, signal: stopping.signal, tell: () => {} });
    expect(measured.map(({ id }) => id)).toEqual(['first']);
  });
});

/** A program of its own that opens a page in a heat and waits in it for a minute, until it is told to stop. */
const WAITS_IN_A_PAGE = `
  import { runBench } from '${root}/src/bench/bench.ts';
  import { cancelled, stopWhenAsked } from '${root}/src/cli/output.ts';
  stopWhenAsked();
  let end = '';
  const heat = async bench => {
    const page = await bench.page('sixteen-models');
    console.error('open');
    try {
      await page.waitForTimeout(60_000);
    } finally {
      end = 'its own end';
    }
  };
  const mark = { id: 'waits', title: 'Waits', text: '', peers: [], goals: [], heat };
  const { marks } = await runBench({ marks: [mark], isQuick: true, signal: cancelled, tell: () => {} });
  console.log(JSON.stringify([end, marks.length]));
`;

describe('a run that is stopped while a page is open', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: the heat and its browser end, no file is left',
    { timeout: 60_000 },
    async signal => {
      const folder = mkdtempSync(join(tmpdir(), 'neuropatch-stop-'));
      const words = ['--input-type=module', '-e', WAITS_IN_A_PAGE];
      const child = spawn(process.execPath, words, { env: { ...process.env, TMPDIR: folder } });
      const [ended, said] = [once(child, 'exit'), text(child.stdout)];
      await once(child.stderr, 'data');
      expect(readdirSync(folder).some(name => name.startsWith('neuropatch-bench-'))).toBe(true);
      child.kill(signal);
      expect([await ended, JSON.parse(await said)]).toEqual([
        [0, null],
        ['its own end', 0],
      ]);
      expect(readdirSync(folder).filter(name => name.startsWith('neuropatch-bench-'))).toEqual([]);
      // Every process of the browser was told this folder.
      const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
      expect(processes.split('\n').filter(line => line.includes(folder))).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  );
});

describe('contestants', () => {
  it('in Python: runs, times, sounds with every bit, questions', async () => {
    const before = process.env.PYTHONPATH;
    process.env.PYTHONPATH = join(import.meta.dirname, 'works') + (before ? delimiter + before : '');
    const server = join(root, 'src/bench/peers/contestant.py');
    const python = await startContestant('python', join(root, '.venv/bin/python'), [
      server,
      'echo_work',
      '{"gain": 0.5}',
    ]);
    try {
      const run = await python.run(3);
      expect(run.seconds).toBeGreaterThan(0);
      expect(run.processorShare).toBeGreaterThanOrEqual(0);
      const times = await python.times(2);
      expect([times.constructor.name, times.length]).toEqual(['Float64Array', 2]);
      expect(await python.ask('?')).toEqual({ units: 5, question: '?' });
      const input = [Float32Array.of(1 / 3, -0, 1e-40), Float32Array.of(3, 2, 1)];
      expect(await python.sound(input)).toEqual(input.map(channel => channel.map(x => x / 2)));
    } finally {
      process.env.PYTHONPATH = before ?? '';
      await python.end();
    }
  });

  it('one that does not start, and one that is none, are told by what they said', async () => {
    const script = 'console.error("no such thing"); process.exit(3)';
    await expect(startContestant('broken', process.execPath, ['-e', script])).rejects.toThrow(
      /broken ended: no such thing/,
    );
    await expect(startContestant('absent', join(root, 'no-such-program'), [])).rejects.toThrow(/ENOENT/);
  });

  it('a peer that can not be installed is missing, with the reason', async () => {
    const [path, folder] = [process.env.PATH, mkdtempSync(join(tmpdir(), 'neuropatch-peers-'))];
    process.env.PATH = folder;
    try {
      const peers = await Promise.all([
        installPeer('soxr', () => {}, undefined, folder),
        installPeer('faust', () => {}, undefined, folder),
      ]);
      expect(peers).toMatchObject([
        { state: 'missing', reason: expect.stringContaining('none of python3') },
        { state: 'missing', reason: expect.stringContaining('npm') },
      ]);
    } finally {
      process.env.PATH = path;
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the command', () => {
  it('lists marks, each with peers that are known and goals that say what they want', () => {
    const listed = JSON.parse(
      execFileSync(process.execPath, [program, 'bench', '--list', '--json'], { encoding: 'utf8' }),
    );
    expect(listed.map(({ id }: Mark) => id)).toEqual(marks.map(({ id }) => id));
    expect(new Set(marks.map(({ id }) => id)).size).toBe(marks.length);
    for (const { peers, goals } of marks) {
      expect(peers.every(id => Object.hasOwn(PEERS, id))).toBe(true);
      expect(goals.every(goal => goal.atLeast !== undefined || goal.atMost !== undefined)).toBe(true);
      expect(goals.every(goal => goal.peer === undefined || peers.includes(goal.peer))).toBe(true);
    }
  });
});
