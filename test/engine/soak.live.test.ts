// Edits of every kind while it plays, for long: what a real browser's audio thread played, captured, against a render of the
// engine's own log. An edit every quarter of a second in CI; in the long run one every second for five minutes.
import { expect, it } from 'vitest';
import { insertInto, setAligned, setBypassed } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import { applyTransaction, type Transaction } from '../../src/core/transaction.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { makeRandom } from '../core/random.ts';
import { nullDb, registry } from '../render/helpers.ts';
import { decode, renderLog, useEngine } from './bench.ts';
import { ampPatch } from './patches.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const EDITS = isFull ? 300 : 24;
const PAUSE_MS = isFull ? 1000 : 250;

const browser = useEngine();

/** Node types that any audio connection takes, with what makes them heard. */
const INSERTED = [
  ['dynamics/waveshaper', {}],
  ['dynamics/compressor', {}],
  ['filter/one-pole', {}],
  ['dynamics/limiter', {}],
  ['time/delay', { time: 3 }],
  ['rate/block-adapter', { block: 0 }],
] as const;

/** A seeded edit: a node into a wire, one bypassed or not, an alignment switched, or the last edit taken back. */
function makeEdits(patch: Patch): (Transaction | 'undo')[] {
  const { next, pick } = makeRandom(4711);
  const edits: (Transaction | 'undo')[] = [];
  const undone: Transaction[] = [];
  let now = patch;
  for (let n = 0; n < EDITS; n++) {
    const kind = undone.length > 4 ? 'undo' : pick(['insert', 'bypass', 'align', 'undo']);
    const back = kind === 'undo' ? undone.pop() : undefined;
    if (back) {
      now = applyTransaction(now, back).patch;
      edits.push('undo');
      continue;
    }
    const wires = Object.values(now.connections).filter(
      c => c.to.port === 'in' && !['up', 'amp', 'down'].includes(c.to.node),
    );
    const [type, params] = pick(INSERTED);
    const made =
      kind === 'bypass'
        ? setBypassed(pick(['filter', 'delay', 'gain']), next() < 0.5)
        : kind === 'align'
          ? setAligned(now.connections['filter.out>mix.dry'] ?? pick(wires), next() < 0.5)
          : insertInto(pick(wires), { id: `added-${n}`, type, version: 1, position: [0, 0], params }, 'in', 'out');
    const applied = applyTransaction(now, made);
    now = applied.patch;
    undone.push(applied.inverse);
    edits.push(made);
  }
  expect(makePlan(now, registry, {}).inference.problems).toEqual([]);
  return edits;
}

it(
  'ENGINE-1 edits of every kind, one after the other while it plays: the log renders to the same samples, no frame is missing',
  async () => {
    const edits = makeEdits(ampPatch);
    const played = await browser.run(
      async ({ patch, edits, pauseMs }) => {
        const bench = new engine.Bench();
        await bench.load(patch);
        bench.host.startCapture();
        const refused = await bench.start();
        await bench.play(4800);
        for (const edit of edits) {
          if (edit === 'undo') bench.store.undo();
          else bench.dispatch(edit);
          await engine.wait(pauseMs);
        }
        await bench.play(48000);
        const captured = await bench.capture();
        const { faults } = bench.host;
        await bench.host.stop();
        return { captured, refused, faults };
      },
      { patch: ampPatch, edits, pauseMs: PAUSE_MS },
    );
    expect(played.refused).toEqual([]);
    expect(played.faults).toEqual([]);
    const { captured } = played;
    expect(captured.log?.entries.filter(({ kind }) => kind === 'patch').length).toBeGreaterThan(EDITS / 2);
    expect(captured.outputs.out.map(decode)[0]).toHaveLength(captured.frames);
    const rendered = await renderLog(captured.log!, captured.frames);
    captured.outputs.out.map(decode).forEach((channel, c) => {
      expect(nullDb(channel, rendered.out[c])).toBeLessThanOrEqual(-120);
    });
  },
  isFull ? 600_000 : 60_000,
);
