// Every node type on the canvas, light and dark: what is written can be read, nothing lies on anything else. The pictures in
// test-results/ are for people to look at.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsFolder } from '../e2e/harness.ts';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;

beforeAll(async () => {
  ui = await openInterface();
  // Both panels and room for all nodes at their own size.
  await ui.page.setViewportSize({ width: 3000, height: 1400 });
}, 60_000);
afterAll(() => ui?.close());

/** Texts of nodes that are wider than their place, or reach beyond their node. */
const cutTexts = (): Promise<string[]> =>
  ui.page.evaluate(`[...document.querySelectorAll('[data-node]')].flatMap(node => {
    const { left, right, bottom } = node.getBoundingClientRect();
    const texts = node.querySelectorAll('.jp-Neuropatch-title, .jp-Neuropatch-rowLabel, .jp-Neuropatch-value, header em, .jp-Neuropatch-row span, button');
    return [...texts].filter(text => {
      const box = text.getBoundingClientRect();
      // A fact that finds no room beside the title is left out as a whole.
      const line = text.closest('.jp-Neuropatch-titleLine')?.getBoundingClientRect();
      if (line && box.top >= line.bottom) return false;
      if (box.width === 0 || text.textContent === '' || getComputedStyle(text).opacity === '0') return false;
      return text.scrollWidth > text.clientWidth + 1 && text.clientWidth > 0 || box.left < left || box.right > right || box.bottom > bottom;
    }).map(text => node.dataset.node + ': ' + text.textContent);
  })`);

/** Pairs of port names, or of a port name and a port, that lie on each other. */
const coveredNames = (): Promise<string[]> =>
  ui.page.evaluate(`(() => {
    const box = element => element.getBoundingClientRect();
    const meets = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
    return [...document.querySelectorAll('[data-node]')].flatMap(node => {
      const names = [...node.querySelectorAll('.jp-Neuropatch-portName')];
      const shapes = [...node.querySelectorAll('[data-port]:not(.jp-Neuropatch-mod-param) path')];
      return names.flatMap((name, at) => [...names.slice(at + 1), ...shapes]
        .filter(other => meets(box(name), box(other))).map(() => node.dataset.node + '.' + name.textContent));
    });
  })()`);

describe.each(['light', 'dark'] as const)('every node type, %s', theme => {
  it('can be read', async () => {
    await ui.setTheme(theme, '"DejaVu Sans"');
    await ui.start('every-type');
    await ui.read('(app.editor.commands.zoomReset(), app.editor.commands.fit(), 0)');
    await ui.page.screenshot({ path: join(resultsFolder, `every-type-${theme}.png`) });
    const types = await ui.page.evaluate<number>('Object.keys(window.neuropatch.registry.types).length');
    expect(await ui.page.locator('[data-node]').count()).toBe(types);
    // Each has the picture of its family; a type without one would wear the product's.
    const fallback = await ui.page.evaluate<string[]>(
      `[...document.querySelectorAll('[data-node]')].filter(node => node.querySelector('header path')?.getAttribute('d').startsWith('M2 3.5h5v3.5H2z')).map(node => node.dataset.node)`,
    );
    expect(fallback).toEqual([]);
    expect(await cutTexts()).toEqual([]);
    expect(await coveredNames()).toEqual([]);
  });
});
