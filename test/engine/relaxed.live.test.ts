// Relaxed SIMD as a person chooses it: what a real browser plays with the setting on is near the render of its log and not the same, is
// told as what it is, and is plain, and said to be, where the browser has none.
import { describe, expect, it } from 'vitest';
import { hasFusedMultiplyAdd } from '../../src/simd/relaxed.ts';
import { nullDb } from '../render/helpers.ts';
import { decode, renderLog, useEngine } from './bench.ts';
import { ampPatch } from './patches.ts';

/** Above it, live is not what is rendered. */
const NULL_MAX_DB = -100;

const fetched: string[] = [];
const browser = useEngine(async page => {
  page.on('request', request => fetched.push(new URL(request.url()).pathname));
});

/** Plays three times on one page, stopped in between: as `settings` says. */
const play = (settings: readonly boolean[], hasRelaxed = true) =>
  browser.run(
    async ({ patch, settings, hasRelaxed }) => {
      const validate = WebAssembly.validate;
      if (!hasRelaxed) WebAssembly.validate = () => false;
      const bench = new engine.Bench();
      const played = [];
      await bench.load(patch);
      for (const isRelaxed of settings) {
        bench.isRelaxed = isRelaxed;
        bench.host.startCapture();
        const refused = await bench.start();
        // Changed while it plays: holds from the next start.
        bench.isRelaxed = !isRelaxed;
        await bench.play(24_000);
        const captured = await bench.capture();
        const { live, faults } = bench.host;
        played.push({ captured, refused, faults, kernelForm: live?.kernelForm, runtime: live?.runtimes.amp });
        await bench.host.stop();
      }
      await bench.host.dispose();
      WebAssembly.validate = validate;
      return played;
    },
    { patch: ampPatch, settings, hasRelaxed },
  );
type Played = Awaited<ReturnType<typeof play>>[number];

/** dB between what was heard and the render of its log. */
async function differenceDb({ captured }: Played): Promise<number> {
  const rendered = await renderLog(captured.log!, captured.frames);
  return Math.max(...captured.outputs.out.map((channel, c) => nullDb(decode(channel), rendered.out[c])));
}
/** How many samples are not the very ones. */
async function countOthers({ captured }: Played): Promise<number> {
  const rendered = await renderLog(captured.log!, captured.frames);
  return decode(captured.outputs.out[0]).filter((sample, k) => sample !== rendered.out[0][k]).length;
}

describe('relaxed SIMD', () => {
  it('is fetched once it is wanted, heard and told from the next start on, and nulls with the render of its log', async () => {
    expect(fetched).not.toContain('/kernels-relaxed.wasm');
    const [off, on, offAgain] = await play([false, true, false]);
    expect([off, on, offAgain].flatMap(({ refused }) => refused)).toEqual([]);
    expect([off, on, offAgain].map(({ runtime }) => runtime)).toEqual(Array(3).fill('SIMD kernels'));
    for (const played of [off, offAgain]) {
      expect(played.kernelForm).toBe('simd');
      expect(played.captured.log).not.toHaveProperty('kernelForm');
      expect(await countOthers(played)).toBe(0);
    }
    expect(fetched.filter(path => path === '/kernels-relaxed.wasm')).toHaveLength(hasFusedMultiplyAdd() ? 1 : 0);
    if (!hasFusedMultiplyAdd()) return;
    expect(on.faults).toEqual([]);
    expect(on.kernelForm).toBe('relaxed');
    expect(on.captured.log).toMatchObject({ kernelForm: 'relaxed' });
    expect(await countOthers(on)).toBeGreaterThan(0);
    const db = await differenceDb(on);
    console.info(`relaxed, live beside render: ${db.toFixed(1)} dB`);
    expect(db).toBeLessThanOrEqual(NULL_MAX_DB);
  });

  it('where the browser has none, plain SIMD plays and the problem says so', async () => {
    fetched.length = 0;
    const [on] = await play([true], false);
    expect(on.refused).toEqual([]);
    expect(on.faults).toMatchObject([{ code: 'E-RELAXED-SIMD', severity: 'warning' }]);
    expect(on.kernelForm).toBe('simd');
    expect(await countOthers(on)).toBe(0);
    expect(fetched).not.toContain('/kernels-relaxed.wasm');
  });
});
