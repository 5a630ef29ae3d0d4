// What spectra and tensors bring, in words: the rule, and the cards of wires and ports of the gallery's patches.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { itemWords } from '../../src/ui/canvas/item-words.ts';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

it.each([
  ['spectrum', [513], 256, '513 bins, complex, one spectrum every 256 samples'],
  ['tensor', [8, 4], 2048, '8 × 4 numbers, one item every 2048 samples'],
  ['tensor', [4], 1, '4 numbers, one item every 1 sample'],
  ['tensor', [], 64, '1 number, one item every 64 samples'],
  ['audio', [], 64, ''],
  ['spectrum', undefined, 256, ''],
] as const)('%s of %j every %i: %s', (type, shape, block, words) => {
  expect(itemWords(type, shape, block)).toBe(words);
});

// The denoiser's STFT has a window of 512 at half of it: 512 / 2 + 1 bins. The autoencoder's latents are four numbers a block.
it.each([
  ['speech-denoiser', 'denoiser.out>istft.in', '257 bins, complex, one spectrum every 256 samples'],
  ['autoencoder', 'encoder.out>latents.in', 'one item every 2048 samples'],
])('%s: the cards of %s and of its ports say so', async (name, id, words) => {
  await ui.start({ gallery: name });
  for (const end of id.split('>')) {
    const [node, port] = end.split('.');
    expect(await ui.page.locator(`[data-node="${node}"] [data-port="${port}"]`).getAttribute('title')).toContain(words);
  }
  const [node = '', port = '', next = '', inlet = ''] = id.split(/[.>]/);
  const [from, to] = [await ui.port(node, port), await ui.port(next, inlet)];
  await ui.page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
  await ui.page.waitForSelector('.jp-Neuropatch-probe');
  expect(await ui.page.locator('.jp-Neuropatch-probe').innerText()).toContain(words);
});
