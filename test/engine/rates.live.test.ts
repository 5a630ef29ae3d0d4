// Patches of other rates in a real browser: what it plays nulls against the render of its log, and a rate that it refuses is
// told with those it plays.
import { describe, expect, it } from 'vitest';
import { setParam, setPatchField } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { nullDb } from '../render/helpers.ts';
import { decode, renderLog, useEngine } from './bench.ts';
import { ampPatch, plainPatch } from './patches.ts';

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

describe('ENGINE-26 another rate', () => {
  const rates = Object.fromEntries(
    [44100, 48000, 96000].map(sampleRateHz => [sampleRateHz, { ...plainPatch, sampleRateHz }]),
  ) as Record<44100 | 48000 | 96000, Patch>;

  it('while it plays: it begins anew at that rate, also when it is started, or changed again, while the old sound fades', async () => {
    const told = await browser.run(async patches => {
      const bench = new engine.Bench();
      const { host } = bench;
      await bench.load(patches[48000]);
      await bench.start();
      await bench.play(9600);
      const begun: unknown[] = [];
      // Through the queue to where it plays again, and then 50 ms of sound.
      const tell = async (): Promise<void> => {
        await bench.start();
        await bench.play((host.made?.plan?.sampleRateHz ?? 0) / 20);
        begun.push([host.state, host.faults, host.log()?.sampleRateHz]);
      };
      host.load(patches[96000], {});
      await tell();
      host.load(patches[44100], {});
      host.load(patches[48000], {});
      await tell();
      host.load(patches[96000], {});
      host.load(patches[48000], {});
      await tell();
      await host.pause();
      host.load(patches[96000], {});
      const paused = host.state;
      await tell();
      await host.dispose();
      return { begun, paused };
    }, rates);
    expect(told.begun).toEqual([96000, 48000, 48000, 96000].map(rateHz => ['playing', [], rateHz]));
    expect(told.paused).toBe('stopped');
  }, 30_000);

  it('while it starts: the start goes on with it, unless it is stopped', async () => {
    const told = await browser.run(async patches => {
      const bench = new engine.Bench();
      const { host } = bench;
      await bench.load(patches[48000]);
      const start = bench.start();
      host.load(patches[96000], {});
      const refused = await start;
      await bench.play(9600);
      const played = [refused, host.state, host.log()?.sampleRateHz];
      await host.stop();
      // What a start waits for brings the patch itself.
      await host.start(async () => void host.load(patches[44100], {}));
      await bench.play(4410);
      const loaded = [host.state, host.log()?.sampleRateHz];
      await host.stop();
      const cancelled = bench.start();
      host.load(patches[96000], {});
      void host.stop();
      const stopped = [await cancelled, host.state];
      await host.dispose();
      return { played, loaded, stopped };
    }, rates);
    expect(told.played).toEqual([[], 'playing', 96000]);
    expect(told.loaded).toEqual(['playing', 44100]);
    expect(told.stopped).toEqual([['E-CANCELLED'], 'stopped']);
  }, 30_000);
});
