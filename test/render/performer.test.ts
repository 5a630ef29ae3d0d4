// The performer: swaps that wait for a cross-fade, moves meanwhile, and what is told about them.
import { describe, expect, it } from 'vitest';
import { setParam } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { Executor } from '../../src/render/executor.ts';
import { Performer, type PerformerEvent } from '../../src/render/performer.ts';
import { planOrThrow, type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, noise, registry } from './helpers.ts';

const BLOCK = 128;
const FADE = 480;
const patch = makePatch(
  [
    ['input', 'source/audio-input'],
    ['gain', 'dynamics/gain', { level: -6 }],
    ['out', 'output/audio-output'],
  ],
  ['input.out > gain.in', 'gain.out > out.in'],
);
const atLevel = (level: number): Patch => applyTransaction(patch, setParam('gain', 'level', level)).patch;
const executorOf = (p: Patch): Executor =>
  new Executor({ plan: planOrThrow(p, registry, {}, BLOCK), registry, resources: {} });
const swapTo = (p: Patch, tag: string): PerformerEvent => ({ frame: 0, kind: 'swap', executor: executorOf(p), tag });
const move = (value: number): PerformerEvent => ({ frame: 0, kind: 'param', nodeId: 'gain', param: 'level', value });

/** Plays blocks; `steps` schedules events before a block, in the past as a live message is. */
function perform(blocks: number, steps: Readonly<Record<number, readonly PerformerEvent[]>>) {
  const applied: PerformerEvent[] = [];
  const input = noise(blocks * BLOCK, 3);
  const output = new Float32Array(blocks * BLOCK);
  const performer = new Performer(executorOf(patch), event => applied.push(event));
  for (let block = 0; block < blocks; block++) {
    for (const event of steps[block] ?? []) performer.schedule(event);
    const at = block * BLOCK;
    performer.process(BLOCK, { input: [input.subarray(at, at + BLOCK)] }, (offset, count) =>
      performer.addOutput('out', 0, output, at + offset, count),
    );
  }
  return { applied, input, output, performer };
}

const told = (applied: readonly PerformerEvent[]): (string | number)[][] =>
  applied.map(e =>
    e.kind === 'swap' ? [e.frame, e.tag] : e.kind === 'param' ? [e.frame, Number(e.value)] : [e.frame],
  );

describe('RENDER-7 swaps while playing', () => {
  it('a swap waits for the cross-fade before it, and later ones replace it', () => {
    const { applied, performer } = perform(12, {
      1: [swapTo(atLevel(-3), 'a')],
      2: [swapTo(atLevel(-9), 'b'), swapTo(atLevel(-12), 'c')],
    });
    expect(told(applied)).toEqual([
      [BLOCK, 'a'],
      [BLOCK + FADE, 'c'],
    ]);
    expect(performer.executor.nodes.get('gain')?.slots.get('level')?.target).toBe(-12);
  });

  it('a move while a plan waits reaches both: the one that plays and, again, the one that comes', () => {
    const { applied, performer } = perform(12, {
      1: [swapTo(atLevel(-3), 'a')],
      2: [swapTo(atLevel(-3), 'b')],
      3: [move(-20)],
    });
    expect(told(applied)).toEqual([
      [BLOCK, 'a'],
      [3 * BLOCK, -20],
      [BLOCK + FADE, 'b'],
      [BLOCK + FADE, -20],
    ]);
    expect(performer.executor.nodes.get('gain')?.slots.get('level')?.target).toBe(-20);
  });

  it('a move that a later plan knew is not repeated after it', () => {
    const { applied, performer } = perform(12, {
      1: [swapTo(atLevel(-3), 'a')],
      2: [swapTo(atLevel(-3), 'b'), move(-20)],
      3: [swapTo(atLevel(-1), 'c')],
    });
    expect(told(applied)).toEqual([
      [BLOCK, 'a'],
      [2 * BLOCK, -20],
      [BLOCK + FADE, 'c'],
    ]);
    expect(performer.executor.nodes.get('gain')?.slots.get('level')?.target).toBe(-1);
  });

  it('what was told renders to the same samples', async () => {
    const { applied, input, output } = perform(16, {
      1: [swapTo(atLevel(-3), '-3')],
      2: [swapTo(atLevel(-9), '-9')],
      3: [move(-20)],
      9: [move(0)],
    });
    const events = applied.map(
      (event): RenderEvent =>
        event.kind === 'swap'
          ? { frame: event.frame, kind: 'patch', patch: atLevel(Number(event.tag)), resources: {} }
          : event,
    );
    const { outputs } = await renderPatch({
      patch,
      registry,
      resources: {},
      frames: output.length,
      inputs: { input: [input] },
      events,
    });
    expect(outputs.out[0]).toEqual(output);
  });

  it('a fault is told once, also when the node is carried into a new plan', () => {
    const broken = noise(BLOCK * 12, 1).fill(Number.NaN, 100, 101);
    const performer = new Performer(executorOf(patch));
    const faults: string[] = [];
    for (let at = 0; at < broken.length; at += BLOCK) {
      if (at === 4 * BLOCK) performer.schedule(swapTo(atLevel(-3), ''));
      performer.process(BLOCK, { input: [broken.subarray(at, at + BLOCK)] }, () => {});
      faults.push(...performer.takeFaults().map(({ code, nodeId }) => `${code} ${nodeId}`));
    }
    expect(faults).toEqual([...new Set(faults)]);
    expect(faults).toContain('E-NAN input');
  });

  it('what fails while it fades away is told, also when nobody asked before its end', () => {
    const before = executorOf(patch);
    const performer = new Performer(before);
    const through = makePatch(
      [
        ['input', 'source/audio-input'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > out.in'],
    );
    const play = () => performer.process(BLOCK, { input: [noise(BLOCK, 1)] }, () => {});
    play();
    performer.schedule(swapTo(through, ''));
    play();
    before.nodes.get('gain')!.fault = 'E-NAN';
    for (let block = 0; block < 10; block++) play();
    expect(performer.takeFaults()).toMatchObject([{ code: 'E-NAN', nodeId: 'gain' }]);
    expect(performer.takeFaults()).toEqual([]);
  });

  it('what is heard alone while the next plan fills its delays tells its faults and is reset as well', () => {
    const late = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '44100' }],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > down.in', 'down.out > up.in', 'up.out > out.in'],
    );
    const before = executorOf(patch);
    const performer = new Performer(before);
    const play = (value: number): string[] => {
      performer.process(BLOCK, { input: [noise(BLOCK, 1).fill(value, 100, 101)] }, () => {});
      return performer.takeFaults().map(({ code, nodeId }) => `${code} ${nodeId}`);
    };
    play(0);
    performer.schedule({ frame: 0, kind: 'swap', executor: executorOf(late), tag: '' });
    // Twice the input, which both plans have, and once the gain, which only the plan that is heard has.
    const gain = before.nodes.get('gain')!;
    gain.fault = 'E-NAN';
    expect([play(Number.NaN), play(0)]).toEqual([['E-NAN gain', 'E-NAN input'], []]);
    for (const nodeId of ['input', 'gain']) performer.schedule({ frame: 0, kind: 'reset', nodeId });
    expect([play(0), gain.fault, before.nodes.get('input')?.fault]).toEqual([[], undefined, undefined]);
  });
});
