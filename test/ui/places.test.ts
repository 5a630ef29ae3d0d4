// Where nodes land: what a fix inserts stands between its neighbours and covers nothing, what is added covers nothing and lies in
// the window, and wires find their shortest way again once it is gone.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { galleryNames, type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
const boxes = (): Promise<Box[]> =>
  ui.read(`[...document.querySelectorAll('[data-node]')].map(element => {
    const [x, y] = app.store.patch.nodes[element.dataset.node].position;
    return { id: element.dataset.node, x, y, width: element.offsetWidth, height: element.offsetHeight };
  })`);
const overlaps = (all: readonly Box[]): string[] =>
  all.flatMap((a, n) =>
    all
      .slice(n + 1)
      .filter(b => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
      .map(b => `${a.id} ${b.id}`),
  );
const box = async (id: string): Promise<Box> => (await boxes()).find(one => one.id === id) as Box;
const paths = (): Promise<string[]> =>
  ui.read(
    "[...document.querySelectorAll('[data-connection]')].map(path => path.dataset.connection + ' ' + path.getAttribute('d')).sort()",
  );
const positions = (): Promise<unknown> =>
  ui.read('Object.values(app.store.patch.nodes).map(({ id, position }) => id + position).sort()');
const frame = (): Promise<{ position: number[]; size: number[] }> => ui.read("app.store.patch.frames['frame-1']");
const added = async (before: readonly Box[]): Promise<Box[]> => {
  const known = new Set(before.map(({ id }) => id));
  return (await boxes()).filter(({ id }) => !known.has(id));
};

describe('what a fix inserts', () => {
  beforeEach(() => ui.start());

  it('stands below what it comes from and above what it leads to; the rest makes room in one step', async () => {
    const before = await boxes();
    const places = await positions();
    const height = (await frame()).size[1] as number;
    await ui.read(`(() => {
      const model = app.engine.resources.get('amp.model');
      app.engine.resources.set('amp.model', { ...model, contract: { ...model.contract, blockFrames: 300 } });
      app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'amp', 'params', 'runsIn'], value: 'worker' }] });
      return 0;
    })()`);
    await ui.page.getByRole('button', { name: 'Problems of the patch' }).click();
    await ui.page.locator('.jp-Neuropatch-popup button').first().click();
    expect(await ui.read('app.engine.plan.problems.length')).toBe(0);
    const [first, second] = (await added(before)).sort((a, b) => a.y - b.y) as [Box, Box];
    const chain = [await box('down'), first, await box('amp'), second, await box('up'), await box('mix')];
    for (const [n, below] of chain.slice(1).entries()) {
      const above = chain[n] as Box;
      expect(below.y - (above.y + above.height), `${below.id} below ${above.id}`).toBeGreaterThanOrEqual(24);
      expect(below.x + below.width / 2).toBe(above.x + above.width / 2);
    }
    expect(overlaps(await boxes())).toEqual([]);
    // The frame around the model holds what was put into it.
    const { position, size } = await frame();
    expect(size[1]).toBeGreaterThan(height);
    expect(position[1]! + size[1]!).toBeGreaterThan(chain[4]!.y + chain[4]!.height);
    // Straight down: no part of these wires goes up or aside.
    for (const way of (await paths()).filter(way => /^(down|amp|block-adapter[-\d]*)\.out>/.test(way)))
      expect(way.split(' ').slice(1).join(' ')).toMatch(/^M(-?[\d.]+) -?[\d.]+L\1 -?[\d.]+$/);
    await ui.read('(app.store.undo(), 0)');
    expect(await positions()).toEqual(places);
    expect((await frame()).size[1]).toBe(height);
  });

  it('fits between the ends of a wire that was refused', async () => {
    const before = await boxes();
    await ui.drag(await ui.port('amp', 'out'), await ui.port('mix', 'dry'));
    await ui.page.keyboard.press('Enter');
    const [resampler] = (await added(before)) as [Box];
    const [amp, mix] = [await box('amp'), await box('mix')];
    expect(resampler.y).toBeGreaterThan(amp.y + amp.height);
    expect(resampler.y + resampler.height).toBeLessThan(mix.y);
    expect(overlaps(await boxes())).toEqual([]);
  });

  it('leaves all wires where they are when others lead to the same inlet', async () => {
    const before = await boxes();
    const others = await paths();
    await ui.drag(await ui.port('amp', 'out'), await ui.port('out', 'in'));
    await ui.page.keyboard.press('Enter');
    const [resampler] = (await added(before)) as [Box];
    const out = await box('out');
    expect(resampler.y + resampler.height).toBeLessThan(out.y);
    expect(overlaps(await boxes())).toEqual([]);
    expect(await paths()).toEqual(expect.arrayContaining(others));
  });

  it('stands left of a scope that it leads to', async () => {
    const before = await boxes();
    await ui.drag(await ui.port('down', 'out'), await ui.port('scope', 'a'));
    await ui.page.keyboard.press('Enter');
    const [resampler] = (await added(before)) as [Box];
    expect(resampler.x + resampler.width).toBeLessThan((await box('scope')).x);
    expect(overlaps(await boxes())).toEqual([]);
  });
});

describe('a node that is added without a place', () => {
  it.each(galleryNames)(
    'covers no other in %s and lies in the window; gone again, all wires are where they were',
    async name => {
      await ui.start({ gallery: name });
      const before = await paths();
      await ui.read("(app.editor.commands.addNodeOfType('filter/convolution'), 0)");
      await ui.page.locator('[data-node=convolution]').waitFor({ state: 'attached' });
      const all = await boxes();
      const own = all.find(({ id }) => id === 'convolution') as Box;
      expect(overlaps(all).filter(pair => pair.includes(own.id))).toEqual([]);
      const canvas = (await ui.page.locator('.jp-Neuropatch-Canvas').boundingBox())!;
      const seen = (await ui.page.locator('[data-node=convolution]').boundingBox())!;
      expect(seen.x).toBeGreaterThanOrEqual(canvas.x);
      expect(seen.x + seen.width).toBeLessThanOrEqual(canvas.x + canvas.width);
      expect(seen.y).toBeGreaterThanOrEqual(canvas.y);
      expect(seen.y + seen.height).toBeLessThanOrEqual(canvas.y + canvas.height);
      await ui.read('(app.store.undo(), 0)');
      expect(await paths()).toEqual(before);
    },
  );

  it('wires find their way again when a node that they went around is gone', async () => {
    await ui.start({ gallery: 'first-sound' });
    const before = await paths();
    // On the ways of the wires.
    await ui.read(`(app.store.dispatch({ label: 'x', changes: ['a', 'b', 'c', 'd'].map((id, n) => ({ path: ['nodes', id], value:
      { id, type: 'dynamics/gain', version: 1, position: [300 + 120 * n, 200 + 60 * n] } })) }), 0)`);
    expect(await paths()).not.toEqual(before);
    await ui.read('(app.store.undo(), 0)');
    expect(await paths()).toEqual(before);
  });
});
