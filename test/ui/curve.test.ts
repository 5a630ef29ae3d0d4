// Curves on the faces of nodes: their numbers from formulas and from what the kernel gives, and the drawing in a real Chromium.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeType } from '../../src/core/node-type.ts';
import type { ParamValues } from '../../src/core/param.ts';
import { shapeNode } from '../../src/core/registry.ts';
import { registry } from '../../src/generated/registry.ts';
import { curvePaths } from '../../src/ui/scopes/curve-path.ts';
import { runNode } from '../nodes/kernel-harness.ts';
import { type InterfacePage, openInterface } from './harness.ts';

const typeOf = (id: string): NodeType => registry.get(id) as NodeType;
const pointsOf = (id: string, params: ParamValues = {}): Map<number, number> => {
  const type = typeOf(id);
  const node = { id: 'node', type: id, version: 1, position: [0, 0], params } as const;
  const { values } = shapeNode(type, node, {}, 48000);
  return new Map(type.curve?.points(values));
};

describe('what is drawn', () => {
  it('compressor: above the threshold 1 dB for each Ratio, below it the diagonal, and half a knee is an eighth of it', () => {
    const hard = pointsOf('dynamics/compressor', { threshold: -20, ratio: 4, knee: 0, makeUp: 0 });
    expect(hard.get(0)).toBeCloseTo(-15, 9);
    expect(hard.get(-8)).toBeCloseTo(-17, 9);
    expect(hard.get(-40)).toBeCloseTo(-40, 9);
    const soft = pointsOf('dynamics/compressor', { threshold: -20, ratio: 4, knee: 12, makeUp: 3 });
    // At the threshold: slope · (knee/2)² / (2·knee) = 0.75 · 1.5 dB.
    expect(soft.get(-20)).toBeCloseTo(-20 - 1.125 + 3, 9);
  });

  it('limiter: nothing above the ceiling', () => {
    const points = pointsOf('dynamics/limiter', { gain: 12, ceiling: -3 });
    expect(points.get(-30)).toBe(-18);
    expect(points.get(0)).toBe(-3);
    expect(Math.max(...points.values())).toBe(-3);
  });

  it('noise gate: open from the threshold on, Range below it; the present gain from how far it is open', () => {
    const points = pointsOf('dynamics/noise-gate', { threshold: -40, range: -20 });
    expect([points.get(-40), points.get(-40.5), points.get(-60)]).toEqual([-40, -60.5, -80]);
    const gainDb = (openness: number): number | undefined =>
      typeOf('dynamics/noise-gate').curve?.gainDb?.({ openness: Float64Array.of(openness) }, { range: -20 });
    expect(gainDb(0)).toBeCloseTo(-20, 9);
    expect(gainDb(1)).toBeCloseTo(0, 9);
    // 0.1 + 0.9 / 2
    expect(gainDb(0.5)).toBeCloseTo(20 * Math.log10(0.55), 9);
  });

  it.each(['tanh', 'arctan', 'cubic', 'hard clip', 'foldback'])(
    'waveshaper: its %s is what the kernel makes of each sample',
    shape => {
      const params = { shape, drive: 9, bias: 0.25, level: -3, oversampling: '1×' };
      const drawn = [...pointsOf('dynamics/waveshaper', params)];
      expect([drawn[0]?.[0], drawn.at(-1)?.[0]]).toEqual([-1, 1]);
      const input = Float32Array.from(drawn, ([x]) => x);
      const { out } = runNode(typeOf('dynamics/waveshaper'), {
        params,
        frames: input.length,
        audio: { in: [input] },
      }).audio;
      for (const [n, [, y]] of drawn.entries()) expect(y).toBeCloseTo(out?.[0]?.[n] as number, 6);
    },
  );

  it.each(['sine', 'triangle', 'square', 'saw'])('LFO: its %s is what the kernel gives in two cycles', shape => {
    const drawn = [...pointsOf('control/lfo', { shape, amount: 1, phase: 0.1 }).values()];
    const { out } = runNode(typeOf('control/lfo'), {
      params: { shape, rate: 10, amount: 1, phase: 0.1 },
      patchRateHz: 800,
      frames: 160,
    }).control;
    expect(drawn).toHaveLength(161);
    for (let n = 0; n < 160; n++) expect(drawn[n]).toBeCloseTo(out[n] as number, 6);
  });

  it('envelope: a note as the kernel plays it', () => {
    const params = { attack: 20, decay: 40, sustain: 0.5, release: 60, curve: 3, repeat: 1, length: 100, amount: 1 };
    const { out } = runNode(typeOf('control/envelope'), { params, patchRateHz: 1000, frames: 160 }).control;
    for (const [ms, level] of pointsOf('control/envelope', params)) {
      // One frame is 1 ms, and so is one point; the last point is where the kernel has come to rest.
      const heard = out[Math.round(ms)];
      expect(Number.isInteger(Math.round(ms * 1e6) / 1e6)).toBe(true);
      if (heard !== undefined) expect(level).toBeCloseTo(heard, 6);
    }
  });

  it('paths reach from edge to edge and turn y upside down', () => {
    const points = (): [number, number][] => [
      [0, 0],
      [1, 1],
    ];
    const curve = { label: '', range: [0, 1], hasDiagonal: true, points } as const;
    expect(curvePaths(curve, {}, 100, 50)).toEqual({ line: 'M0,50L100,0', diagonal: 'M0,50L100,0' });
  });
});

describe('on the canvas', () => {
  let ui: InterfacePage;
  beforeAll(async () => {
    ui = await openInterface();
  }, 60_000);
  afterAll(() => ui?.close());
  const lineOf = (id: string): Promise<string | null> =>
    ui.page.locator(`[data-node=${id}] .jp-Neuropatch-trace`).getAttribute('d');

  it('follows its params and the knob at them', async () => {
    await ui.start('empty');
    await ui.read(
      "(app.editor.commands.addNodeOfType('dynamics/compressor', { x: 300, y: 100 }), app.editor.commands.addNodeOfType('control/knob', { x: 60, y: 100 }), 0)",
    );
    const first = await lineOf('compressor');
    await ui.read(
      "(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'compressor', 'params', 'ratio'], value: 20 }] }), 0)",
    );
    const steep = await lineOf('compressor');
    expect(steep).not.toBe(first);
    await ui.drag(await ui.port('knob', 'out'), await ui.port('compressor', 'threshold'));
    expect(await lineOf('compressor')).toBe(steep);
    await ui.read(
      "(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'knob', 'params', 'value'], value: -50 }] }), 0)",
    );
    expect(await lineOf('compressor')).not.toBe(steep);
  });

  it('is dashed, and says so, where something else than a knob moves a param', async () => {
    const picture = ui.page.locator('[data-node=compressor] .jp-Neuropatch-curve');
    expect(await picture.getAttribute('aria-label')).toBe('Level out over level in, −60 to 0 dB, at rest');
    await ui.read("(app.editor.commands.addNodeOfType('control/lfo', { x: 60, y: 260 }), 0)");
    await ui.drag(await ui.port('lfo', 'out'), await ui.port('compressor', 'ratio'));
    expect(await picture.getAttribute('aria-label')).toContain('wired params at their own value');
    expect(await picture.locator('.jp-Neuropatch-mod-moved').count()).toBe(1);
  });

  it('shows how far the sound is turned down while it plays, and its detector when it does not', async () => {
    const bar = (): Promise<string | null> =>
      ui.page.locator('[data-node=compressor] .jp-Neuropatch-reductionBar').getAttribute('height');
    const fact = async (): Promise<string> =>
      (await ui.page.locator('[data-node=compressor] header em').innerText()).replaceAll('\u2009', ' ');
    expect(await bar()).toBe('0.0');
    await ui.read(
      "(app.engine.state = 'playing', app.engine.probes.set('compressor.reduction', Float32Array.of(6)), app.engine.tell(), 0)",
    );
    // A quarter of 24 dB, of 54 px.
    await expect.poll(bar).toBe('13.5');
    expect(await fact()).toBe('−6.0 dB');
    await ui.read("(app.engine.state = 'stopped', app.engine.tell(), 0)");
    await expect.poll(bar).toBe('0.0');
    expect(await fact()).toBe('smooth');
  });
});
