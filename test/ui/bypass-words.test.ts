// The tooltip of bypass says what passes where, by the rule of the plan (BYPASS-2).
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
  await ui.start('every-type');
}, 60_000);
afterAll(() => ui?.close());

it.each([
  ['dynamics/gain', 'Bypass'],
  ['mix/dry-wet', 'Bypass: Dry passes'],
  ['analysis/latency-meter', 'Bypass: A passes to A, B passes to B'],
  ['source/oscillator', 'Bypass: silent'],
  ['spectral/stft', 'Bypass: it works on, since what leaves is unlike what enters'],
])('%s: %s', async (type, words) => {
  const id = await ui.read<string>(`Object.values(app.store.patch.nodes).find(node => node.type === '${type}').id`);
  const title = (): Promise<string | null> =>
    ui.page.locator(`[data-node="${id}"] [data-action=bypass]`).getAttribute('title');
  await ui.read(`(app.session.select({ nodes: ['${id}'] }), 0)`);
  expect(await title()).toBe(words);
  expect(await ui.page.locator('.jp-Neuropatch-Inspector button', { hasText: 'Bypass' }).getAttribute('title')).toBe(
    words,
  );
});
