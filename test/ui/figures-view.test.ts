// Measuring nodes on the canvas: their figures from the probes, with what the plan makes wait; dashes while nothing plays.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

const SPACE = '\u2009';
let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
  await ui.start('empty');
  await ui.read(`(() => {
    const node = (id, type, y, params = {}) => ({ path: ['nodes', id], value: { id, type, version: 1, position: [y % 700, Math.floor(y / 700) * 260], params } });
    const wire = (from, to) => ({ path: ['connections', from + '>' + to], value: {
      id: from + '>' + to, from: { node: from.split('.')[0], port: from.split('.')[1] }, to: { node: to.split('.')[0], port: to.split('.')[1] } } });
    app.store.dispatch({ label: 'Add', changes: [
      node('noise', 'source/noise', 0), node('look', 'dynamics/limiter', 230),
      node('meter', 'analysis/latency-meter', 730), node('inspector', 'analysis/signal-inspector', 960), node('null', 'analysis/null-test', 1190),
      wire('noise.out', 'meter.a'), wire('noise.out', 'look.in'), wire('look.out', 'meter.b'),
      wire('noise.out', 'inspector.in'), wire('noise.out', 'null.a'), wire('look.out', 'null.b'),
    ] });
    const noise = Float32Array.from({ length: 16384 }, (_, n) => Math.sin(n * n * 1.7));
    const recording = new Float32Array(32768);
    recording.set(noise); recording.set(noise, 16384);
    for (const [name, value] of Object.entries({
      'meter.recording': recording, 'meter.position': Int32Array.of(0),
      'inspector.peak': Float64Array.of(1.0, 0.5), 'inspector.meanSquare': Float64Array.of(0.25, 0.01),
      'inspector.mean': Float64Array.of(0, -0.125), 'inspector.clipped': Float64Array.of(3, 0), 'inspector.broken': Float64Array.of(0, 0),
      'null.difference': Float64Array.of(0, 1e-3), 'null.peak': Float64Array.of(0.5, 2),
    })) app.engine.probes.set(name, value);
    return 0;
  })()`);
}, 60_000);
afterAll(() => ui?.close());

const figures = (id: string): Promise<string[]> => ui.page.locator(`[data-node="${id}"] output`).allTextContents();
const play = (state: string): Promise<unknown> => ui.read(`(app.engine.state = '${state}', app.engine.tell(), 0)`);

describe('figures on the canvas', () => {
  it('are dashes while nothing plays', async () => {
    expect(await figures('meter')).toEqual(['–', '–', '–', '–']);
  });

  it('are read from the probes, and the wait of the reference is added to what is measured', async () => {
    const late = await ui.read<number>('app.engine.plan.connections["noise.out>meter.a"].alignSamples');
    expect(late).toBeGreaterThan(0);
    await play('playing');
    await expect
      .poll(() => figures('meter'))
      .toEqual([
        `${late}${SPACE}samples`,
        `${(late / 48).toFixed(2)}${SPACE}ms`,
        `0${SPACE}samples`,
        expect.stringMatching(/^[89]\d\.\d/),
      ]);
    expect(await figures('inspector')).toEqual(
      [`0.0 dB`, `−6.0 dB`, `6.0 dB`, '0.1250', '3', '0', `48 kHz`, '2'].map(text => text.replace(' ', SPACE)),
    );
    expect(await figures('null')).toEqual([`−66.0${SPACE}dB`, `6.0${SPACE}dB`]);
    expect(await ui.page.locator('[data-node="null"] output').first().getAttribute('class')).toContain('mod-over');
    expect(await ui.page.locator('[data-node="meter"] header em').textContent()).toBe(`${late}${SPACE}samples`);
  });

  it('are dashes again once it stops', async () => {
    await play('stopped');
    await expect.poll(() => figures('null')).toEqual(['–', '–']);
    await expect.poll(() => play('playing').then(() => figures('null'))).not.toContain('–');
  });

  it('lie within their nodes', async () => {
    for (const id of ['meter', 'inspector', 'null']) {
      const outer = await ui.page.locator(`[data-node="${id}"]`).boundingBox();
      for (const row of await ui.page.locator(`[data-node="${id}"] .jp-Neuropatch-figureRow`).all()) {
        const inner = await row.boundingBox();
        expect(inner && outer && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height).toBe(true);
        expect(inner && outer && inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width).toBe(true);
      }
    }
  });
});
