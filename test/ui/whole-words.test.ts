// Words and prices stay whole: in the card of a refusal, in the list of problems, and in fields of the inspector, in a narrow
// window and at twice the size as well.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

/** The elements whose words are cut, or that reach out of `frame`. */
const cut = (frame: string, what: string): Promise<string[]> =>
  ui.read(`[...document.querySelectorAll(${JSON.stringify(frame)})].flatMap(frame => {
    const limit = frame.getBoundingClientRect();
    return [...frame.querySelectorAll(${JSON.stringify(what)})].filter(element => {
      const { left, right, bottom } = element.getBoundingClientRect();
      const isOutside = left < limit.left || right > limit.right + 0.5 || (frame.scrollHeight === frame.clientHeight && bottom > limit.bottom);
      const isCut = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      return element.clientWidth > 0 && (isOutside || isCut);
    }).map(element => element.value ?? element.textContent);
  })`);

/** The model takes blocks of `frames` only, which nothing gives it. */
const fixBlock = (frames: number): Promise<unknown> =>
  ui.read(`(() => {
    const model = app.engine.resources.get('amp.model');
    app.engine.resources.set('amp.model', { ...model, contract: { ...model.contract, blockFrames: ${frames} } });
    app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'amp', 'params', 'runsIn'], value: 'worker' }] });
    return 0;
  })()`);

const SIZES = [
  { width: 1376, zoom: 1 },
  { width: 900, zoom: 1 },
  { width: 1376, zoom: 2 },
] as const;

describe.each(SIZES)('in a window of $width px at $zoom ×', ({ width, zoom }) => {
  beforeAll(async () => {
    await ui.page.setViewportSize({ width, height: 848 });
    await ui.start();
    await ui.page.evaluate(`document.body.style.zoom = ${zoom}`);
  });
  afterAll(() => ui.page.evaluate('document.body.style.zoom = 1'));

  it('problems and their fixes are whole in the inspector and in the panel of the toolbar', async () => {
    await fixBlock(300);
    await ui.read("(app.session.select({ nodes: ['amp'] }), 0)");
    await ui.page
      .getByRole('button', { name: 'Problems of the patch' })
      .evaluate(button => (button as HTMLElement).click());
    const fixes = ui.page.locator('.jp-Neuropatch-problems button');
    expect(await fixes.count()).toBeGreaterThanOrEqual(3);
    expect(await fixes.first().innerText()).toMatch(/at most \+299 samples\)$/);
    for (const frame of ['.jp-Neuropatch-Inspector', '.jp-Neuropatch-popup'])
      expect(await cut(frame, '.jp-Neuropatch-problems :is(button, .jp-Neuropatch-problemText)')).toEqual([]);
  });

  it('numbers with their units, ranges and shapes are whole in the inspector of a model', async () => {
    await ui.read("(app.session.select({ nodes: ['amp'] }), 0)");
    expect(await cut('.jp-Neuropatch-Inspector', '.jp-Neuropatch-mod-setup input')).toEqual([]);
    // One line each: a line is 16 px high.
    const lines = await ui.read<[string, number][]>(
      `[...document.querySelectorAll('.jp-Neuropatch-setup .jp-Neuropatch-second, .jp-Neuropatch-mod-shape')].map(element => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return [element.textContent, new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size];
      })`,
    );
    expect(lines.map(([text]) => text)).toEqual(expect.arrayContaining(['0 to 96000', '[1, 1, 32]']));
    expect(lines.filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('a refusal says what its fix costs', async () => {
    await ui.page.evaluate('document.body.style.zoom = 1');
    await ui.start();
    await ui.drag(await ui.port('amp', 'out'), await ui.port('mix', 'dry'));
    await ui.page.evaluate(`document.body.style.zoom = ${zoom}`);
    const fix = ui.page.getByRole('alertdialog').locator('footer button');
    expect(await fix.innerText()).toMatch(/^Insert Resampler to 48 kHz \(\+\d+ samples\)$/);
    expect(await cut('.jp-Neuropatch-Canvas', '.jp-Neuropatch-refusal :is(button, p)')).toEqual([]);
    expect(await cut('.jp-Neuropatch-refusal', 'button, p')).toEqual([]);
    expect(await cut('.jp-Neuropatch-Editor', '.jp-Neuropatch-refusal')).toEqual([]);
  });
});
