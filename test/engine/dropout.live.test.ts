// Dropouts: a counter is believed only because a deliberate stall, and a model that is too slow, raise it, and playing does not.
// The machine that runs this may itself hold the browser back at any time. So stalls are found by their frame and length, and
// quiet playing gets several windows of which one has to be without a dropout.
import { describe, expect, it } from 'vitest';
import { useEngine } from './bench.ts';
import { modelRow, plainPatch } from './patches.ts';

const QUIET_WINDOWS = 6;
const slow = modelRow({ amp: 'slow.onnx' });

const browser = useEngine();

describe('ENGINE-2 dropouts', () => {
  it('a stall of 50 ms or more is counted where it happened; playing without one is not', async () => {
    const result = await browser.run(
      async ({ patch, windows }) => {
        const bench = new engine.Bench();
        await bench.load(patch);
        await bench.start();
        await bench.play(24000);
        const live = () => bench.host.live!;
        const quiet: number[] = [];
        while (quiet.length < windows && !quiet.includes(0)) {
          const before = live().dropouts;
          await bench.play(48000);
          quiet.push(live().dropouts - before);
        }
        const stalls = [];
        const underrunsBefore = live().underruns;
        for (const ms of [50, 300, 50]) {
          const { frames, dropouts } = live();
          bench.host.stall(ms);
          await bench.play(24000);
          const found = live().lastDropouts.filter(({ frame }) => frame >= frames && frame < frames + 12000);
          stalls.push({
            ms,
            counted: live().dropouts - dropouts,
            lateMs: Math.max(0, ...found.map(({ lateMs }) => lateMs)),
          });
        }
        // The browser's own count comes about once a second.
        await bench.play(72000);
        const underruns = live().underruns;
        await bench.host.dispose();
        return { quiet, stalls, underrunsBefore, underruns };
      },
      { patch: plainPatch, windows: QUIET_WINDOWS },
    );
    expect(result.quiet).toContain(0);
    for (const { ms, counted, lateMs } of result.stalls) {
      expect(counted).toBeGreaterThanOrEqual(1);
      // The block after the stall is late by it, less what that block was early itself (part of one device callback).
      expect(lateMs).toBeGreaterThan(ms - 15);
    }
    expect(result.underruns!.seconds - result.underrunsBefore!.seconds).toBeGreaterThan(0.2);
    expect(result.underruns!.events).toBeGreaterThan(result.underrunsBefore!.events);
  }, 40_000);

  it('a model that is too slow is counted again and again, and its load says so', async () => {
    const counts = await browser.run(async patch => {
      const bench = new engine.Bench();
      await bench.load(patch);
      await bench.start();
      const counts: number[] = [];
      for (let at = 0; at < 3; at++) {
        await engine.wait(700);
        counts.push(bench.host.live?.dropouts ?? 0);
      }
      // Load is a mean over a second of sound, which takes the model several seconds.
      while ((bench.host.live?.loadMean ?? 0) === 0) await engine.wait(100);
      const { loadMean, nodeLoads } = bench.host.live!;
      await bench.host.dispose();
      return { counts, loadMean, amp: nodeLoads.amp };
    }, slow);
    expect(counts.counts[0]).toBeGreaterThan(0);
    expect(counts.counts[1]).toBeGreaterThan(counts.counts[0]);
    expect(counts.counts[2]).toBeGreaterThan(counts.counts[1]);
    expect(counts.loadMean).toBeGreaterThan(1);
    expect(counts.amp).toBeGreaterThan(0.9);
  }, 60_000);
});
