// Text on nodes in the widest of the usual UI fonts: nothing is cut, wrapped or outside its node; a title goes before its fact.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/generated/registry.ts';
import { galleryNames, type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
/** Texts of nodes that are cut, or stick out of their node or line. */
const cutTexts = (): Promise<string[]> =>
  ui.page.evaluate(`(() => {
    const found = [];
    const there = document.querySelectorAll('[data-node]').length;
    if (there !== Object.keys(app.store.patch.nodes).length) found.push('only ' + there + ' nodes on the page');
    for (const node of document.querySelectorAll('[data-node]')) {
      const outer = node.getBoundingClientRect();
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const element = text.parentElement;
        if (!text.textContent.trim() || element.closest('[class*=portName], em, [hidden], svg')) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        const lines = new Set([...range.getClientRects()].map(rect => Math.round(rect.top)));
        const box = range.getBoundingClientRect();
        const isOut = box.left < outer.left || box.right > outer.right || box.top < outer.top || box.bottom > outer.bottom;
        const isCut = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX === 'hidden';
        // Warnings may take two lines.
        if (isOut || isCut || lines.size > (element.closest('[class*=warn]') ? 2 : 1)) found.push(node.getAttribute('data-node') + ': ' + text.textContent);
      }
    }
    return found;
  })()`);

beforeAll(async () => {
  ui = await openInterface();
  // All nodes of a patch at 100 % at once: what is far off has no elements.
  await ui.page.setViewportSize({ width: 3000, height: 3600 });
  await ui.setTheme('light', '"DejaVu Sans"');
}, 60_000);
afterAll(() => ui?.close());

describe('in DejaVu Sans', () => {
  it('no text of any node type is cut', async () => {
    await ui.start('empty');
    for (const [index, id] of Object.keys(registry.types).entries())
      await ui.read(
        `(app.editor.commands.addNodeOfType('${id}', { x: ${(index % 4) * 320}, y: ${Math.floor(index / 4) * 240} }), 0)`,
      );
    await ui.read('(app.session.select(), app.editor.commands.zoomReset(), 0)');
    expect(await ui.page.locator('[data-node]').count()).toBe(Object.keys(registry.types).length);
    expect(await cutTexts()).toEqual([]);
  });

  it.each(galleryNames)('no text of %s is cut', async name => {
    await ui.start({ gallery: name });
    await ui.read('(app.editor.commands.zoomReset(), 0)');
    expect(await cutTexts()).toEqual([]);
  });

  it('a resampler between any two rates says both and its latency', async () => {
    const { to } = registry.types['rate/resampler']?.params({ values: {}, resources: {}, patchRateHz: 48000 }) ?? {};
    const rates = to?.kind === 'choice' ? to.choices : [];
    expect(rates.length).toBeGreaterThan(3);
    await ui.start({ gallery: 'tube-amp' });
    await ui.read('(app.editor.commands.zoomReset(), 0)');
    for (const rate of rates)
      for (const back of rates) {
        await ui.read(`(app.store.dispatch({ label: 'x', changes: [
          { path: ['nodes', 'amp', 'isBypassed'], value: true },
          { path: ['nodes', 'to-model', 'params', 'to'], value: '${rate}' },
          { path: ['nodes', 'to-patch', 'params', 'to'], value: '${back}' }] }), 0)`);
        expect(await cutTexts(), `${rate} ${back}`).toEqual([]);
      }
  });

  it('a title is whole, and the fact beside it whole or absent', async () => {
    await ui.start({ gallery: 'tube-amp' });
    await ui.read('(app.editor.commands.zoomReset(), 0)');
    const facts =
      await ui.page.evaluate(`[...document.querySelectorAll('header em')].filter(fact => fact.textContent).map(fact => {
      const line = fact.parentElement.getBoundingClientRect();
      const box = fact.getBoundingClientRect();
      return box.top >= line.bottom ? 'absent' : box.right <= line.right + 0.5 && box.bottom <= line.bottom ? 'whole' : 'cut';
    })`);
    expect(facts).toContain('whole');
    expect(facts).not.toContain('cut');
  });
});
