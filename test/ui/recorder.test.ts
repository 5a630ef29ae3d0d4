// The body of a file recorder: its button says what a press does, by pointer and keyboard, and fits into the node.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
  await ui.start('empty');
  await ui.read(`(app.store.dispatch({ label: 'Add', changes: [{ path: ['nodes', 'rec'], value: {
    id: 'rec', type: 'output/file-recorder', version: 1, position: [64, 64] } }] }), 0)`);
}, 60_000);
afterAll(() => ui?.close());

const button = () => ui.page.locator('[data-node="rec"] button.jp-Neuropatch-record');
const set = (state: string, isRecording: boolean): Promise<unknown> =>
  ui.read(`(app.engine.state = '${state}', app.engine.isRecording = ${isRecording}, app.engine.tell(), 0)`);

describe('file recorder on the canvas', () => {
  it('says what a press does: record, wait for the start, stop and save', async () => {
    for (const [state, isRecording, text, pressed] of [
      ['off', false, 'Record', 'false'],
      ['off', true, 'Records from the start', 'true'],
      ['playing', true, 'Stop and save', 'true'],
      ['playing', false, 'Record', 'false'],
    ] as const) {
      await set(state, isRecording);
      await expect.poll(() => button().textContent()).toBe(text);
      expect(await button().getAttribute('aria-pressed')).toBe(pressed);
    }
  });

  it('what is told right after a picture was drawn is drawn as well, though nothing more is told', async () => {
    const turn = 'new Promise(resolve => requestAnimationFrame(resolve))';
    await ui.read(`(async () => {
      app.engine.state = 'playing'; app.engine.isRecording = false; app.engine.tell();
      await new Promise(resolve => setTimeout(resolve, 200));
      app.engine.tell(); await ${turn};
      app.engine.isRecording = true; app.engine.tell();
    })()`);
    await expect.poll(() => button().textContent()).toBe('Stop and save');
  });

  it('a press by pointer or key is told to the extension, and neither moves nor changes the node', async () => {
    const before = await ui.read('JSON.stringify(app.store.patch)');
    await button().click();
    await button().focus();
    await ui.page.keyboard.press('Enter');
    expect(await ui.read('app.calls')).toEqual(['tracks', 'tracks']);
    expect(await ui.read('JSON.stringify(app.store.patch)')).toBe(before);
  });

  it('lies within the node', async () => {
    await set('off', true);
    await expect.poll(() => button().textContent()).toBe('Records from the start');
    const inner = await button().boundingBox();
    const outer = await ui.page.locator('[data-node="rec"]').boundingBox();
    expect(inner && outer && inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width).toBe(true);
    expect(inner && outer && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height).toBe(true);
  });
});
