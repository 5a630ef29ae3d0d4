// Patches of other rates in a real browser: what it plays nulls against the render of its log, and a rate that it refuses is
// told with those it plays.
import { describe, expect, it } from 'vitest';
import { setParam, setPatchField } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { nullDb } from '../render/helpers.ts';
import { decode, renderLog, useEngine } from './bench.ts';
import { ampPatch } from './patches.ts';

const browser = useEngine();

/** The amplifier at another rate; its model stays at 44.1 kHz. */
const ampAt = (rateHz: number): Patch =>
  [setPatchField('sampleRateHz', rateHz), setParam('up', 'to', String(rateHz))].reduce(
    (patch, edit) => applyTransaction(patch, edit).patch,
    ampPatch,
  );

describe('RATE-3 live', () => {
  it.each([8000, 22050, 96000, 192000])(
    'at %i Hz the capture nulls against the log',
    async rateHz => {
      const { refused, faults, captured } = await browser.run(async patch => {
        const bench = new engine.Bench();
        await bench.load(patch);
        bench.host.startCapture();
        const refused = await bench.start();
        await bench.play(patch.sampleRateHz / 4);
        const captured = await bench.capture();
        const { faults } = bench.host;
        await bench.host.dispose();
        return { refused, faults, captured };
      }, ampAt(rateHz));
      expect([refused, faults]).toEqual([[], []]);
      expect(captured.log!.sampleRateHz).toBe(rateHz);
      const [heard] = captured.outputs.out.map(decode);
      expect(heard.length).toBeGreaterThan(rateHz / 4);
      expect(Math.max(...heard.subarray(0, rateHz / 4).map(Math.abs))).toBeGreaterThan(0.01);
      expect(nullDb(heard, (await renderLog(captured.log!, captured.frames)).out[0])).toBeLessThanOrEqual(-120);
    },
    30_000,
  );

  it('a rate that the browser refuses: which ones it plays', async () => {
    const told = await browser.run(async patch => {
      const bench = new engine.Bench();
      await bench.load(patch);
      const codes = await bench.start();
      const { state, faults } = bench.host;
      await bench.host.dispose();
      return { codes, state, messages: faults.map(({ message }) => message) };
    }, ampAt(2000));
    expect(told).toMatchObject({ codes: ['E-DEVICE-RATE'], state: 'failed' });
    expect(told.messages).toEqual([
      `patch: expected a sample rate that this browser plays (${SAMPLE_RATES_HZ.join(', ')} Hz), got 2000 Hz. Choose one of them in the inspector; rendering and bundles work at every rate.`,
    ]);
  });
});
