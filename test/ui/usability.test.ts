// What a person expects of the editor without having read a word: typing on a node, dropping near a port, true axes and meters.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
const wires = (): Promise<string[]> => ui.read('Object.keys(app.store.patch.connections).sort()');
const plain = (text: string): string => text.replace(/\u2009/g, ' ');

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

describe('a value on a node', () => {
  beforeEach(() => ui.start());
  const field = () => ui.page.locator('.jp-Neuropatch-Canvas .jp-Neuropatch-numberField');
  const level = (): Promise<number> => ui.read('app.store.patch.nodes.limit.params.level');

  it('is typed in place after a double click: Enter sets it, and no shortcut acts meanwhile', async () => {
    const before = await ui.page.locator('[data-node=limit] output').boundingBox();
    await ui.page.locator('[data-node=limit] output').dblclick();
    await ui.page.keyboard.press(' ');
    await ui.page.keyboard.press('n');
    await ui.page.keyboard.press('Delete');
    expect(await ui.page.locator('.jp-Neuropatch-choiceCard').count()).toBe(0);
    expect(await ui.read("[app.engine.starts, 'limit' in app.store.patch.nodes]")).toEqual([0, true]);
    expect(await field().inputValue()).toBe(' n');
    await field().fill('−7,5 dB');
    await ui.page.keyboard.press('Enter');
    expect(await level()).toBe(-7.5);
    expect(await field().count()).toBe(0);
    expect(plain(await ui.page.locator('[data-node=limit] output').innerText())).toBe('−7.5 dB');
    expect(await ui.page.locator('[data-node=limit] output').boundingBox()).toEqual(before);
    expect(await ui.page.evaluate("document.activeElement.getAttribute('role')")).toBe('application');
  });

  it('stays as it was after Escape, and says what is wrong with what was typed', async () => {
    await ui.page.locator('[data-node=limit] output').dblclick();
    await ui.page.keyboard.type('99');
    await ui.page.keyboard.press('Enter');
    const alert = ui.page.getByRole('alert');
    expect(plain(await alert.innerText())).toBe('Expected −60.0 dB to 24.0 dB, got 99.0 dB.');
    expect(await alert.evaluate(box => box.scrollWidth <= box.clientWidth)).toBe(true);
    await ui.page.keyboard.press('Escape');
    expect(await level()).toBe(-1);
    expect(await field().count()).toBe(0);
  });

  it('of a knob takes kilohertz', async () => {
    const tone = (): Promise<number> => ui.read('app.store.patch.nodes.tone.params.value');
    for (const [text, hz] of [
      ['1,5 kHz', 1500],
      ['1k', 1000],
    ] as const) {
      await ui.page.locator('[data-node=tone] .jp-Neuropatch-knobText').dblclick();
      await ui.page.keyboard.type(text);
      await ui.page.keyboard.press('Enter');
      expect(await tone()).toBe(hz);
    }
  });

  it('of a focused slider leaves space and letters alone', async () => {
    await ui.page.locator('[data-node=limit] [role=slider]').focus();
    await ui.page.keyboard.press('n');
    await ui.page.keyboard.press(' ');
    expect(await ui.page.locator('.jp-Neuropatch-choiceCard').count()).toBe(0);
    expect(await ui.page.locator('.jp-Neuropatch-mod-grab').count()).toBe(0);
  });
});

describe('a wire let go near a port', () => {
  beforeEach(() => ui.start());

  it('connects within 24 px, by the nearest port that fits, and not from further away', async () => {
    const inlet = await ui.port('spectrum', 'in');
    const before = await wires();
    await ui.drag(await ui.port('limit', 'out'), { x: inlet.x - 26, y: inlet.y });
    expect(await wires()).toEqual(before);
    await ui.drag(await ui.port('limit', 'out'), { x: inlet.x - 15, y: inlet.y - 17 });
    expect(await wires()).toContain('limit.out>spectrum.in');
  });
});

describe('new nodes', () => {
  beforeEach(() => ui.start());
  const overlaps = (ids: string): Promise<string[]> =>
    ui.read(`(() => {
      const boxOf = id => document.querySelector('[data-node="' + id + '"]').getBoundingClientRect();
      const all = Object.keys(app.store.patch.nodes);
      return ${ids}.flatMap(a => all.filter(b => {
        const [p, q] = [boxOf(a), boxOf(b)];
        return a !== b && p.left < q.right && p.right > q.left && p.top < q.bottom && p.bottom > q.top;
      }).map(b => a + ' on ' + b));
    })()`);

  it('added twice at one place, or pasted twice, lie beside each other', async () => {
    await ui.start('empty');
    for (let n = 0; n < 3; n++)
      await ui.read("(app.editor.commands.addNodeOfType('dynamics/gain', { x: 300, y: 300 }), 0)");
    await ui.read("(app.session.select({ nodes: ['gain'] }), app.editor.commands.copy(), 0)");
    for (let n = 0; n < 2; n++) await ui.read('(app.editor.commands.paste(), 0)');
    expect(await ui.read('Object.keys(app.store.patch.nodes).length')).toBe(5);
    await ui.page.waitForFunction("document.querySelectorAll('[data-node]').length === 5");
    expect(await overlaps('Object.keys(app.store.patch.nodes)')).toEqual([]);
  });

  it('are counted in the right number', async () => {
    await ui.start('empty');
    await ui.read("(app.editor.commands.addNodeOfType('dynamics/gain', { x: 300, y: 300 }), app.session.select(), 0)");
    expect(await ui.page.locator('.jp-Neuropatch-Inspector').innerText()).toContain('1 node · 0 connections');
  });
});

describe('figures', () => {
  it('paused, nothing is heard: the output meter is at −∞ and the monitor does not act', async () => {
    await ui.start('tube-amp', true);
    await ui.read('(app.engine.live = { ...app.engine.live, isMonitorActing: true }, app.engine.tell(), 0)');
    const fact = ui.page.locator('[data-node=out] header em');
    await expect.poll(async () => plain(await fact.innerText())).toBe('−1.0 dBFS');
    expect(await ui.page.getByText('Monitor acts').isVisible()).toBe(true);
    await ui.read('(app.engine.pause(), 0)');
    await expect.poll(async () => plain(await fact.innerText())).toBe('−∞ dBFS');
    expect(await ui.page.locator('[data-node=out] .jp-Neuropatch-meter u:visible').count()).toBe(0);
    expect(await ui.page.getByText('Monitor acts').isVisible()).toBe(false);
  });

  it('a spectrum writes round frequencies, each where it is', async () => {
    await ui.start();
    const picture = await ui.page.locator('[data-node=spectrum] svg.jp-Neuropatch-scope').boundingBox();
    if (!picture) throw new Error('no spectrum');
    const spans = await ui.page.locator('[data-node=spectrum] .jp-Neuropatch-axis span').all();
    let right = -Infinity;
    const read: number[] = [];
    for (const [index, span] of spans.entries()) {
      const text = plain(await span.innerText());
      const hz = Number.parseFloat(text) * (text.includes('k') ? 1000 : 1);
      const rateHz = await ui.read<number>('app.engine.plan.nodes.spectrum.rateHz');
      const x = (Math.log(hz / 20) / Math.log(rateHz / 2 / 20)) * picture.width;
      const box = await span.boundingBox();
      if (!box) throw new Error(text);
      expect((index === 0 ? box.x : box.x + box.width / 2) - picture.x).toBeCloseTo(x, 0);
      expect(box.x).toBeGreaterThan(right);
      right = box.x + box.width;
      read.push(hz);
    }
    expect(read).toEqual([20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]);
  });
});
