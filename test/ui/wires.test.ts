// Wires keep what their outlet says: colour, strokes, tag and way follow the type that a model brings later.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;

/** How a wire is drawn: types of its line and tag, whether the line is double, its tag, and whether it is one curve. */
const drawn = (id: string): Promise<Record<string, unknown>> =>
  ui.page.locator(`path[data-connection="${id}"]`).evaluate(hit => {
    const way = hit.getAttribute('d');
    const typeOf = (element: Element | null): string =>
      /mod-(audio|control|event|tensor|spectrum)/.exec(element?.getAttribute('class') ?? '')?.[1] ?? '';
    const among = [...(hit.parentElement?.children ?? [])].filter(path => path.getAttribute('d') === way);
    return {
      line: typeOf(among.find(path => path.classList.contains('jp-Neuropatch-wire')) ?? null),
      tag: typeOf(hit.nextElementSibling),
      tagText: hit.nextElementSibling?.textContent,
      isDouble: among.some(path => path.classList.contains('jp-Neuropatch-wireInner')),
      isCurve: /^M[^LQ]*C[^LQ]*$/.test(way ?? ''),
    };
  });
/** Takes all files away, as while they are read, and draws the patch afresh so. */
const startUnread = (): Promise<unknown> =>
  ui.read(`(window.files = [...app.engine.resources], window.read = app.store.patch, app.editor.dispose(),
    window.app = window.neuropatch.start({ patch: window.read, resources: new Map() }), 0)`);
/** The files are read: the engine has them and a new plan. */
const readFiles = (): Promise<unknown> =>
  ui.read(`(window.files.forEach(([slot, file]) => app.engine.resources.set(slot, file)), app.store.dispatch({ label: 'x',
    changes: [{ path: ['sampleRateHz'], value: 44100 }] }), app.store.undo(), 0)`);
const loseFiles = (): Promise<unknown> =>
  ui.read(`(app.engine.resources.clear(), app.store.dispatch({ label: 'x',
    changes: [{ path: ['sampleRateHz'], value: 44100 }] }), app.store.undo(), 0)`);

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

it.each([
  ['speech-denoiser', 'denoiser.out>istft.in', 'spectrum'],
  ['autoencoder', 'encoder.out>latents.in', 'tensor'],
])('%s: the wire out of a model that is read later becomes what the model says, and back', async (name, id, type) => {
  await ui.start({ gallery: name });
  const whole = await drawn(id);
  expect(whole).toMatchObject({ line: type, tag: type, isDouble: type === 'tensor', isCurve: false });
  await startUnread();
  expect(await drawn(id)).toMatchObject({ line: 'audio', isDouble: false });
  await readFiles();
  expect(await drawn(id)).toEqual(whole);
  await loseFiles();
  expect(await drawn(id)).toMatchObject({ line: 'audio', tag: 'audio', isDouble: false });
});
