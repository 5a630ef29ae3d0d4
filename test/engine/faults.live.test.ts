// What goes wrong while playing: a start without a gesture, a node that makes NaN, a microphone, pause and stop.
import { describe, expect, it } from 'vitest';
import { addNode, connect, setParam, setPatchField } from '../../src/core/edits.ts';
import { makePatch, nullDb } from '../render/helpers.ts';
import { decode, openEngine, renderLog, useEngine, withFiles } from './bench.ts';
import { modelRow, plainPatch } from './patches.ts';

const broken = modelRow({ root: 'root.onnx' });

const browser = useEngine();

describe('ENGINE-3 start', () => {
  it('without a gesture it is refused and says so; a click then starts it', async () => {
    let told = '';
    // Heard from the console: evaluating in the page would be taken for a gesture.
    const strict = await openEngine({
      mayAutoplay: false,
      hash: '#start',
      onOpen: page => page.on('console', message => (told += message.text())),
    });
    try {
      await expect.poll(() => told, { timeout: 10_000 }).toContain('start: E-GESTURE');
      await strict.page.click('button');
      await strict.page.waitForFunction(() => bench.host.state === 'playing' && (bench.host.live?.frames ?? 0) > 4800);
      expect(await strict.page.evaluate(() => bench.host.faults)).toEqual([]);
    } finally {
      await strict.close();
    }
  }, 30_000);

  it('a page that is no secure context is told so', async () => {
    const insecure = await openEngine({ host: 'insecure.test' });
    try {
      const told = await insecure.run(async patch => {
        const bench = new engine.Bench();
        await bench.load(patch);
        const codes = await bench.start();
        return { codes, isSecure: isSecureContext, message: bench.host.faults[0]?.message };
      }, plainPatch);
      expect(told).toMatchObject({ codes: ['E-SECURE-CONTEXT'], isSecure: false });
      expect(told.message).toMatch(/expected https or localhost, got http:\/\/insecure\.test/);
    } finally {
      await insecure.close();
    }
  }, 30_000);

  it('a program that is not there is told', async () => {
    const codes = await browser.run(async patch => {
      const host = new engine.EngineHost({
        registry: engine.registry,
        urls: { ...engine.urls, worklet: 'data:text/plain,' },
      });
      host.load(patch, {});
      const code = await host.start().catch(error => error.code);
      const { state } = host;
      await host.dispose();
      return [state, code];
    }, plainPatch);
    expect(codes).toEqual(['failed', 'E-RESOURCE-MISSING']);
  }, 30_000);

  it('a patch that can not play is refused with its problems', async () => {
    const cycle = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
      ],
      ['a.out > b.in', 'b.out > a.in'],
    );
    const codes = await browser.run(async patch => {
      const bench = new engine.Bench();
      await bench.load(patch);
      const codes = await bench.start();
      const { state } = bench.host;
      await bench.host.dispose();
      return [state, ...codes];
    }, cycle);
    expect(codes).toEqual(['failed', 'E-CYCLE']);
  });
});

describe('ENGINE-4 faults', () => {
  it('a node that makes NaN is bypassed and told once, until it is reset; the rest plays, and the log renders the same', async () => {
    const played = await browser.run(async patch => {
      const bench = new engine.Bench();
      await bench.load(patch);
      bench.host.startCapture();
      await bench.start();
      await bench.play(9600);
      const first = bench.host.faults.map(({ code, nodeId }) => `${code} ${nodeId}`);
      bench.host.resetNode('root');
      const afterReset = bench.host.faults.length;
      await bench.play(9600);
      const second = bench.host.faults.map(({ code, nodeId }) => `${code} ${nodeId}`);
      const captured = await bench.capture();
      await bench.host.dispose();
      return { first, afterReset, second, captured };
    }, broken);
    expect(played.first).toEqual(['E-NAN root']);
    expect(played.afterReset).toBe(0);
    expect(played.second).toEqual(['E-NAN root']);
    const captured = decode(played.captured.outputs.out[0]);
    expect(captured.every(Number.isFinite)).toBe(true);
    expect(captured.some(x => x < 0)).toBe(true);
    const rendered = await renderLog(played.captured.log!, played.captured.frames);
    expect(nullDb(captured, rendered.out[0])).toBeLessThanOrEqual(-120);
  }, 30_000);
});

describe('ENGINE-4 models while it plays', () => {
  it('one is added to a patch without any; one that the runtime refuses is told, bypassed, tried again with a plan after a reset, and over with another file', async () => {
    const model = (file: string) =>
      withFiles(
        makePatch(
          [
            ['osc', 'source/oscillator'],
            ['amp', 'neural/neural-model'],
            ['gain', 'dynamics/gain'],
            ['out', 'output/audio-output'],
          ],
          ['osc.out > amp.in', 'amp.out > gain.in', 'gain.out > out.in'],
        ),
        { amp: { model: file } },
      );
    const played = await browser.run(
      async ({ patches: [first, good, refused] }) => {
        const bench = new engine.Bench();
        await bench.load(first);
        bench.host.startCapture();
        await bench.start();
        await bench.play(9600);
        await bench.load(good);
        while (bench.host.log()!.entries.length === 0) await engine.wait(20);
        await bench.play(9600);
        const before = bench.host.faults;
        await bench.load(refused);
        while (bench.host.faults.length === 0) await engine.wait(20);
        await bench.play(9600);
        const { state, faults } = bench.host;
        bench.host.resetNode('amp');
        const dropped = bench.host.faults;
        while (bench.host.log()!.entries.length < 4) await engine.wait(20);
        await bench.play(9600);
        const again = { dropped, faults: bench.host.faults };
        await bench.load(good);
        while (bench.host.log()!.entries.length === 4) await engine.wait(20);
        await bench.play(9600);
        const after = bench.host.faults;
        const captured = await bench.capture();
        const longestMs = Math.max(0, ...bench.host.live!.lastDropouts.map(({ lateMs }) => lateMs));
        await bench.host.dispose();
        return { before, captured, state, faults, again, after, longestMs };
      },
      { patches: [plainPatch, model('negate.onnx'), model('refused.onnx')] as const },
    );
    expect(played.before).toEqual([]);
    // The runtime and the models were prepared while nothing played (in the playing thread they cost 400 ms together); what the
    // machine itself may hold back, up to 150 ms, is let pass.
    expect(played.longestMs).toBeLessThan(180);
    expect(played.faults.map(({ code }) => code)).toEqual(['E-MODEL-RUN']);
    expect(played.faults[0].nodeId).toBe('amp');
    expect([played.state, played.after]).toEqual(['playing', []]);
    const { log, frames } = played.captured;
    expect(played.again).toEqual({ dropped: [], faults: played.faults });
    expect(log!.entries.map(({ kind }) => kind)).toEqual(['patch', 'patch', 'reset', 'patch', 'patch']);
    // A render refuses the model: in its place it is given a gain of 0 dB, which has to sound the same.
    const withoutModel = (text: string): string => {
      const patch = JSON.parse(text);
      const wire = ({ id, ...node }: { id: string }) =>
        id === 'amp' ? { id, type: 'dynamics/gain', version: 1, position: [0, 0] } : { id, ...node };
      return JSON.stringify({ ...patch, nodes: patch.nodes.map(wire) });
    };
    const entries = log!.entries.map((entry, at) =>
      (at === 1 || at === 3) && entry.kind === 'patch' ? { ...entry, patch: withoutModel(entry.patch) } : entry,
    );
    const rendered = await renderLog({ ...log!, entries }, frames);
    expect(nullDb(decode(played.captured.outputs.out[0]), rendered.out[0])).toBeLessThanOrEqual(-120);
  }, 30_000);
});

describe('ENGINE-5 transport', () => {
  it('pause goes on where it was, edits made meanwhile included; stop begins again at frame 0 with fresh state', async () => {
    const played = await browser.run(
      async ({ patch, move, edits }) => {
        const bench = new engine.Bench();
        await bench.load(patch);
        bench.host.startCapture();
        await bench.start();
        await bench.play(9600);
        await bench.host.pause();
        const paused = bench.host.live!.frames;
        await engine.wait(300);
        const held = bench.host.live!.frames;
        bench.dispatch(move);
        for (const edit of edits) bench.dispatch(edit);
        await engine.wait(100);
        await bench.start();
        await bench.play(9600);
        const captured = await bench.capture();
        await bench.host.stop();
        const state = bench.host.state;
        await bench.start();
        await engine.wait(200);
        const again = {
          frames: bench.host.live!.frames,
          entries: bench.host.log()!.entries.length,
          patch: bench.host.log()!.patch,
        };
        await bench.host.dispose();
        return { paused, held, captured, state, again };
      },
      {
        patch: plainPatch,
        move: setParam('gain', 'level', -12),
        edits: [
          addNode({ id: 'echo', type: 'time/delay', version: 1, position: [0, 0] }),
          connect('gain.out', 'echo.in'),
          connect('echo.out', 'out.in'),
        ],
      },
    );
    expect(played.held).toBe(played.paused);
    expect(played.captured.frames).toBeGreaterThan(played.paused + 9600);
    expect(played.captured.log!.entries.map(({ kind }) => kind)).toContain('patch');
    const rendered = await renderLog(played.captured.log!, played.captured.frames);
    expect(nullDb(decode(played.captured.outputs.out[0]), rendered.out[0])).toBeLessThanOrEqual(-120);
    expect(played.state).toBe('stopped');
    expect(played.again.frames).toBeLessThan(played.paused + 48000);
    expect(played.again.entries).toBe(0);
    expect(played.again.patch).toContain('"echo"');
  }, 30_000);

  it('what the browser stops by itself is a pause, and goes on with a start', async () => {
    const frames = await browser.run(async patch => {
      const contexts: AudioContext[] = [];
      const Native = globalThis.AudioContext;
      globalThis.AudioContext = class extends Native {
        constructor(options?: AudioContextOptions) {
          super(options);
          contexts.push(this);
        }
      };
      const bench = new engine.Bench();
      await bench.load(patch);
      await bench.start();
      globalThis.AudioContext = Native;
      await bench.play(4800);
      await contexts[0].suspend();
      while (bench.host.state !== 'paused') await engine.wait(10);
      const before = bench.host.live!.frames;
      await bench.start();
      await bench.play(4800);
      const after = bench.host.live!.frames;
      await bench.host.dispose();
      return { before, after };
    }, plainPatch);
    expect(frames.after).toBeGreaterThanOrEqual(frames.before + 4800);
  }, 30_000);

  it('another sample rate starts again at that rate', async () => {
    const log = await browser.run(
      async ({ patch, edit }) => {
        const bench = new engine.Bench();
        await bench.load(patch);
        await bench.start();
        await bench.play(9600);
        bench.dispatch(edit);
        while (bench.host.log()!.sampleRateHz !== 44100 || bench.host.state !== 'playing') await engine.wait(20);
        await bench.play(9600);
        const log = bench.host.log()!;
        await bench.host.dispose();
        return log;
      },
      { patch: plainPatch, edit: setPatchField('sampleRateHz', 44100) },
    );
    expect(log).toMatchObject({ sampleRateHz: 44100, entries: [] });
    expect(log.frames).toBeGreaterThanOrEqual(9600);
  }, 30_000);

  it('the microphone is heard where a patch has an audio input', async () => {
    const mic = makePatch(
      [
        ['mic', 'source/audio-input'],
        ['out', 'output/audio-output'],
      ],
      ['mic.out > out.in'],
    );
    // Chromium's test microphone beeps once a second.
    const peak = await browser.run(async patch => {
      const bench = new engine.Bench();
      await bench.load(patch);
      bench.host.startCapture();
      const refused = await bench.start();
      await bench.play(96000);
      const captured = await bench.host.stopCapture();
      await bench.host.dispose();
      return {
        refused,
        faults: bench.host.faults,
        peak: captured!.outputs.out[0].reduce((most, x) => Math.max(most, Math.abs(x)), 0),
      };
    }, mic);
    expect(peak.refused).toEqual([]);
    expect(peak.faults).toEqual([]);
    expect(peak.peak).toBeGreaterThan(0.01);
  }, 30_000);
});

describe('ENGINE-6 probes', () => {
  it('states and a connection are told while somebody looks', async () => {
    const probed = await browser.run(
      async patch => {
        const bench = new engine.Bench();
        await bench.load(patch);
        bench.host.probeStates(true);
        bench.host.probeConnection('osc.out>gain.in');
        await bench.start();
        await bench.play(24000);
        const { host } = bench;
        const meter = host.readProbe('out', 'peak')?.[0];
        const wire = host.wireProbe && { ...host.wireProbe, wave: [...host.wireProbe.wave] };
        host.probeStates(false);
        host.probeConnection(undefined);
        await bench.play(9600);
        const off = [host.readProbe('out', 'peak'), host.wireProbe];
        await host.dispose();
        return { meter, wire, off };
      },
      makePatch(
        [
          ['osc', 'source/oscillator', { frequency: 480, level: -6 }],
          ['gain', 'dynamics/gain', { level: -6 }],
          ['out', 'output/audio-output'],
        ],
        ['osc.out > gain.in', 'gain.out > out.in'],
      ),
    );
    const half = 10 ** (-6 / 20);
    expect(probed.meter).toBeCloseTo(half * half, 3);
    expect(probed.wire!.peak).toBeCloseTo(half, 3);
    expect(probed.wire!.nanCount).toBe(0);
    // 480 Hz repeats every 100 frames.
    const { wave } = probed.wire!;
    expect(wave).toHaveLength(512);
    for (let i = 100; i < wave.length; i++) expect(wave[i]).toBeCloseTo(wave[i - 100], 4);
    expect(probed.off).toEqual([undefined, undefined]);
  }, 30_000);
});
