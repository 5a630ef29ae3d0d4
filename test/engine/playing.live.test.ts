// Live = offline: what the audio thread of a real browser plays, captured, against a render of the engine's own log in Node.
import { describe, expect, it } from 'vitest';
import { insertInto, setParam } from '../../src/core/edits.ts';
import { nullDb } from '../render/helpers.ts';
import { decode, renderLog, useEngine } from './bench.ts';
import { ampPatch } from './patches.ts';

const browser = useEngine();

describe('ENGINE-1 live = offline', () => {
  it('50 param moves, a node added and taken out again while it plays: the log renders to the same samples', async () => {
    const insert = insertInto(
      Object.values(ampPatch.connections).find(c => c.to.node === 'gain')!,
      { id: 'shaper', type: 'dynamics/waveshaper', version: 1, position: [0, 0] },
      'in',
      'out',
    );
    const moves = Array.from({ length: 50 }, (_, i) => {
      const [node, param, low, high] = (
        [
          ['filter', 'cutoff', 200, 4000],
          ['gain', 'level', -20, 0],
          ['mix', 'mix', 0, 1],
          ['osc', 'frequency', 60, 400],
        ] as const
      )[i % 4];
      return setParam(node, param, low + ((high - low) * ((i * 7) % 13)) / 12);
    });
    const played = await browser.run(
      async ({ patch, moves, insert }) => {
        const bench = new engine.Bench();
        await bench.load(patch);
        bench.host.startCapture();
        const clicked = performance.now();
        const refused = await bench.start();
        await bench.play(1);
        const firstSoundMs = performance.now() - clicked;
        await bench.play(4800);
        for (const [index, move] of moves.entries()) {
          bench.dispatch(move);
          if (index === 15) bench.dispatch(insert);
          // Taken back while the plans may still be cross-fading, and later once more after the fade.
          if (index === 15) bench.store.undo();
          if (index === 25) bench.dispatch(insert);
          if (index === 25) await engine.wait(50);
          if (index === 25) bench.store.undo();
          await engine.wait(20);
        }
        // A busy page hands its edits on late; one that is lost is waited for in vain.
        const moved = () => bench.host.log()!.entries.filter(({ kind }) => kind === 'param').length;
        while (moved() < moves.length) await engine.wait(20);
        await bench.play(9600);
        const captured = await bench.capture();
        const { live, faults } = bench.host;
        await bench.host.stop();
        return { captured, refused, live, faults, firstSoundMs };
      },
      { patch: ampPatch, moves, insert },
    );
    expect(played.refused).toEqual([]);
    expect(played.faults).toEqual([]);
    const log = played.captured.log!;
    expect(played.captured.startFrame).toBe(0);
    expect(log.entries.filter(({ kind }) => kind === 'param')).toHaveLength(50);
    const rendered = await renderLog(log, played.captured.frames);
    const captured = played.captured.outputs.out.map(decode);
    expect(captured).toHaveLength(rendered.out.length);
    captured.forEach((channel, c) => expect(nullDb(channel, rendered.out[c])).toBeLessThanOrEqual(-120));
    // The measure can fail: with every entry one block later the same log is far off.
    const late = { ...log, entries: log.entries.map(entry => ({ ...entry, frame: entry.frame + log.blockFrames })) };
    const half = Math.floor(played.captured.frames / 2);
    expect(nullDb(captured[0].subarray(0, half), (await renderLog(late, half)).out[0])).toBeGreaterThan(-80);
  }, 30_000);
});
