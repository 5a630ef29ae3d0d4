// Transport B in a real browser: a model in a worker with a pinned slack, long enough for any machine. What is captured is held
// against a render of the engine's own log, bit for bit; a worker that stands still gives silence, a count, and no other delay.
import { describe, expect, it } from 'vitest';
import { addNode, connect, disconnect, setParam } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import { makePatch } from '../render/helpers.ts';
import { decode, playInTime, renderLog, useEngine, withFiles } from './bench.ts';

/** Half a second: the machine may hold the browser back by 150 ms. */
const SLACK = 24_000;
const PERIOD_FRAMES = 4801;
/** Long enough for a performance that is played again. */
const PATIENT = { timeout: 60_000 };

const pinned = { runsIn: 'worker', slack: SLACK } as const;
/** Clicks through a model in the worker, and the same clicks without it, which the plan delays. */
const clicks = (model: string): Patch =>
  withFiles(
    makePatch(
      [
        ['click', 'source/impulse', { period: PERIOD_FRAMES / 48000 }],
        ['amp', 'neural/neural-model', pinned],
        ['gain', 'dynamics/gain'],
        ['wet', 'output/audio-output'],
        ['dry', 'output/audio-output'],
      ],
      ['click.out > amp.in', 'amp.out > gain.in', 'gain.out > wet.in', 'click.out > dry.in'],
    ),
    { amp: { model } },
  );

const browser = useEngine();

const framesOf = (signal: Float32Array): number[] =>
  [...signal.entries()].filter(([, value]) => Math.abs(value) > 0.5).map(([frame]) => frame);

describe('ENGINE-16 a model in a worker', () => {
  it(
    '16 of 16 clicks come at the reported delay, and the dry path waits for them; nothing is late',
    PATIENT,
    async () => {
      const played = await playInTime(
        () =>
          browser.run(
            async ({ patch, frames }) => {
              const bench = new engine.Bench();
              await bench.load(patch);
              const resting = bench.host.made?.plan?.latencySamples;
              bench.host.startCapture();
              const refused = await bench.start();
              await bench.play(frames);
              const captured = await bench.capture();
              const { made, live, faults, transports } = bench.host;
              await bench.host.dispose();
              return {
                resting,
                captured,
                refused,
                faults,
                latency: made?.plan?.latency,
                late: live?.lateCalls,
                transports,
              };
            },
            { patch: clicks('negate.onnx'), frames: SLACK + 16 * PERIOD_FRAMES },
          ),
        ({ late }) => late,
      );
      expect([played.refused, played.faults, played.late]).toEqual([[], [], { amp: 0 }]);
      expect(played.resting).toBe(SLACK);
      expect(played.latency).toEqual({ buffering: 0, inference: SLACK, model: 0, filter: 0 });
      expect(played.transports).toEqual({ amp: { place: 'worker', slackFrames: SLACK, isPinned: true } });
      const { wet, dry } = played.captured.outputs;
      const heard = framesOf(decode(wet[0]));
      expect(heard.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, at) => SLACK + at * PERIOD_FRAMES));
      expect(decode(dry[0])).toEqual(decode(wet[0]).map(value => -value + 0));
      const log = played.captured.log!;
      expect([log.hostBlockFrames, log.slackFrames]).toEqual([128, { amp: SLACK }]);
      const rendered = await renderLog(log, played.captured.frames);
      expect(rendered.wet[0]).toEqual(decode(wet[0]));
      expect(rendered.dry[0]).toEqual(decode(dry[0]));
    },
  );

  it(
    'moves, edits around it and a reset while it plays: the capture is the render of the log, bit for bit',
    PATIENT,
    async () => {
      const patch = clicks('amp.onnx');
      const edits = [
        setParam('gain', 'level', -9),
        addNode({ id: 'osc', type: 'source/oscillator', version: 1, position: [0, 0], params: { frequency: 110 } }),
        connect('osc.out', 'amp.in'),
        setParam('osc', 'frequency', 330),
        disconnect('click.out>amp.in'),
        setParam('gain', 'level', 0),
      ];
      const played = await playInTime(
        () =>
          browser.run(
            async ({ patch, edits, slack }) => {
              const bench = new engine.Bench();
              await bench.load(patch);
              bench.host.startCapture();
              await bench.start();
              await bench.play(slack + 9600);
              for (const edit of edits) {
                bench.dispatch(edit);
                await bench.play(3000);
              }
              bench.host.resetNode('amp');
              await bench.play(slack + 9600);
              const captured = await bench.capture();
              const { faults, live } = bench.host;
              await bench.host.dispose();
              return { captured, faults, late: live?.lateCalls };
            },
            { patch, edits, slack: SLACK },
          ),
        ({ late }) => late,
      );
      expect([played.faults, played.late]).toEqual([[], { amp: 0 }]);
      const log = played.captured.log!;
      expect(log.entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['param', 'patch', 'reset']));
      const heard = decode(played.captured.outputs.wet[0]);
      const rendered = (await renderLog(log, played.captured.frames)).wet[0];
      expect(rendered).toEqual(heard);
      // The measure can fail: without its slack the same log is another sound.
      const prompt = { ...log, slackFrames: {}, entries: log.entries.map(entry => ({ ...entry, slackFrames: {} })) };
      expect((await renderLog(prompt as typeof log, 9600)).wet[0]).not.toEqual(heard.subarray(0, 9600));
    },
  );

  it('a worker that stands still is silence and a count; the delay stays what it was', PATIENT, async () => {
    // Late results before the worker is stopped, or after it has caught up, are the machine's.
    const played = await playInTime(
      () =>
        browser.run(
          async ({ patch, frames }) => {
            const bench = new engine.Bench();
            await bench.load(patch);
            bench.host.startCapture();
            await bench.start();
            await bench.play(frames);
            const before = bench.host.live!.lateCalls.amp;
            bench.host.stall(1500, 'worker');
            await bench.play(96_000);
            const after = bench.host.live!.lateCalls.amp;
            await bench.play(frames);
            const settled = bench.host.live!.lateCalls.amp;
            await bench.play(frames);
            const captured = await bench.capture();
            const { live, made, faults } = bench.host;
            await bench.host.dispose();
            return {
              captured,
              before,
              after,
              settled,
              end: live!.lateCalls.amp,
              latency: made!.plan!.latencySamples,
              faults,
            };
          },
          { patch: clicks('negate.onnx'), frames: 48_000 },
        ),
      ({ before, settled, end }) => ({ before, after: end - settled }),
    );
    expect([played.before, played.faults, played.latency]).toEqual([0, [], SLACK]);
    // 1.5 s of results come when half a second of slack is over: about one second is missing, in calls of 128 frames.
    expect(played.after).toBeGreaterThan(48_000 / 128 / 2);
    expect(played.end).toBe(played.settled);
    const heard = framesOf(decode(played.captured.outputs.wet[0]));
    const due = framesOf(decode(played.captured.outputs.dry[0]));
    // What is heard is heard where it is due; clicks that are missing are those of the silence.
    expect(heard.filter(frame => !due.includes(frame))).toEqual([]);
    const missing = due.filter(frame => !heard.includes(frame));
    expect(missing.length).toBeGreaterThanOrEqual(5);
    expect(missing).toEqual(due.slice(due.indexOf(missing[0]), due.indexOf(missing[0]) + missing.length));
    expect(heard.at(-1)).toBe(due.at(-1));
  });

  it('a model of a fixed block, behind adapters that know the host’s block, whole blocks late', PATIENT, async () => {
    const blocks = withFiles(
      makePatch(
        [
          ['osc', 'source/oscillator', { frequency: 220 }],
          ['to', 'rate/block-adapter', { block: 64 }],
          ['amp', 'neural/neural-model', { runsIn: 'worker', slack: SLACK - 10 }],
          ['from', 'rate/block-adapter', { block: 0 }],
          ['out', 'output/audio-output'],
        ],
        ['osc.out > to.in', 'to.out > amp.in', 'amp.out > from.in', 'from.out > out.in'],
      ),
      { amp: { model: 'block64.onnx' } },
    );
    const played = await playInTime(
      () =>
        browser.run(
          async ({ patch, frames }) => {
            const bench = new engine.Bench();
            await bench.load(patch);
            bench.host.startCapture();
            await bench.start();
            await bench.play(frames);
            const captured = await bench.capture();
            const { made, live, faults } = bench.host;
            await bench.host.dispose();
            return { captured, faults, latency: made!.plan!.latency, late: live!.lateCalls };
          },
          { patch: blocks, frames: SLACK + 48_000 },
        ),
      ({ late }) => late,
    );
    expect([played.faults, played.late]).toEqual([[], { amp: 0 }]);
    // 64 divides the browser's 128: nothing waits for it. For a host of any block it would be 63.
    expect(played.latency).toEqual({ buffering: 0, inference: SLACK, model: 0, filter: 0 });
    const heard = decode(played.captured.outputs.out[0]);
    expect(heard.findIndex(value => value !== 0)).toBeGreaterThanOrEqual(SLACK);
    expect((await renderLog(played.captured.log!, played.captured.frames)).out[0]).toEqual(heard);
  });

  it('position and Tone’s transport are those of what is heard', async () => {
    const told = await browser.run(
      async ({ patch, slack }) => {
        const bench = new engine.Bench();
        await bench.load(patch);
        await bench.start();
        await bench.play(1);
        const first = [bench.host.live!.frames, bench.host.live!.positionSeconds];
        await bench.play(slack + 48_000);
        const { frames, positionSeconds } = bench.host.live!;
        const seconds = engine.transportSeconds();
        await bench.host.pause();
        await bench.start();
        await bench.play(9600);
        const again = [engine.transportSeconds(), bench.host.live!.positionSeconds];
        await bench.host.dispose();
        return { first, frames, positionSeconds, seconds, again };
      },
      { patch: clicks('negate.onnx'), slack: SLACK },
    );
    expect(told.first[0]).toBeLessThan(SLACK);
    expect(told.first[1]).toBe(0);
    expect(told.positionSeconds).toBeCloseTo((told.frames - SLACK) / 48_000, 9);
    // Half a second apart if nobody told the transport; the page reads both a few dozen ms after they were true.
    expect(Math.abs(told.seconds - told.positionSeconds)).toBeLessThan(0.3);
    expect(Math.abs(told.again[0] - told.again[1])).toBeLessThan(0.3);
  }, 30_000);
});
