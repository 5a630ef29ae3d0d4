// The canvas as a person uses it: connect, refuse, move, select, turn, type, undo; in a real Chromium.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
const wires = (): Promise<string[]> => ui.read('Object.keys(app.store.patch.connections).sort()');
const position = (id: string): Promise<number[]> => ui.read(`app.store.patch.nodes['${id}'].position`);
const centre = async (selector: string): Promise<{ x: number; y: number }> => {
  const box = await ui.page.locator(selector).first().boundingBox();
  if (!box) throw new Error(`nothing at ${selector}`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
/** Clicks the title: the middle of a header is under a port. */
const clickNode = (id: string, modifiers: 'Shift'[] = []): Promise<void> =>
  ui.page.locator(`[data-node=${id}] header`).click({ position: { x: 34, y: 14 }, modifiers });
const announced = (): Promise<string> => ui.page.locator('[aria-live=polite]').innerText();

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

describe('canvas', () => {
  beforeEach(() => ui.start());

  it('draws every node, port and wire of the patch', async () => {
    expect(await ui.page.locator('[data-node]').count()).toBe(11);
    expect(await ui.page.locator('[data-connection]').count()).toBe(12);
    const paths = await ui.page
      .locator('[data-connection]')
      .evaluateAll(all => all.map(path => path.getAttribute('d')));
    expect(paths.every(path => path?.startsWith('M'))).toBe(true);
    expect(await ui.page.locator('.jp-Neuropatch-badge').innerText()).toMatch(/^\+\d+(\.\d+)? samples\s*auto$/);
    expect(await ui.page.locator('.jp-Neuropatch-tag', { hasText: '44.1' }).count()).toBe(2);
  });

  it('puts each wire on the centre of its ports', async () => {
    const from = await ui.port('player', 'out');
    const start = await ui.page.locator('[data-connection="player.out>down.in"]').evaluate(path => {
      const at = (path as unknown as SVGPathElement)
        .getPointAtLength(0)
        .matrixTransform((path as unknown as SVGGraphicsElement).getScreenCTM() as DOMMatrix);
      return { x: at.x, y: at.y };
    });
    expect(Math.hypot(from.x - start.x, from.y - start.y)).toBeLessThan(1.5);
  });

  it('connects an outlet to an inlet by dragging, and undoes it', async () => {
    const before = await wires();
    await ui.drag(await ui.port('limit', 'out'), await ui.port('spectrum', 'in'));
    expect(await wires()).toContain('limit.out>spectrum.in');
    expect(await announced()).toBe('Connected limit.out to spectrum.in');
    await ui.page.keyboard.press('Control+z');
    expect(await wires()).toEqual(before);
  });

  it('takes a wire off an inlet and drops it on nothing: disconnected', async () => {
    const inlet = await ui.port('spectrum', 'in');
    await ui.drag(inlet, { x: inlet.x - 60, y: inlet.y + 140 });
    expect(await wires()).not.toContain('player.out>spectrum.in');
  });

  it('takes a wire off an inlet and puts it on another: one undo step', async () => {
    await ui.drag(await ui.port('scope', 'b'), await ui.port('spectrum', 'in'));
    expect(await wires()).toContain('limit.out>spectrum.in');
    expect(await wires()).not.toContain('limit.out>scope.b');
    await ui.page.keyboard.press('Control+z');
    expect(await wires()).toContain('limit.out>scope.b');
    expect(await wires()).not.toContain('limit.out>spectrum.in');
  });

  it('refuses a wrong rate with reason and fix; Enter applies the fix, Escape drops it', async () => {
    const before = await wires();
    await ui.drag(await ui.port('down', 'out'), await ui.port('mix', 'dry'));
    const card = ui.page.getByRole('alertdialog');
    expect(await card.innerText()).toContain('Two sample rates meet without a resampler');
    expect(await wires()).toEqual(before);
    expect(await announced()).toMatch(/^Refused: /);
    // The refused wire lies above all nodes, with its mark before the inlet that it was for.
    const wire = ui.page.locator('.jp-Neuropatch-refusedWire');
    const layer = (selector: string): Promise<number> =>
      ui.read(`Number(getComputedStyle(document.querySelector('${selector}')).zIndex)`);
    expect(await layer('.jp-Neuropatch-refusedWire')).toBeGreaterThan(await layer('.jp-Neuropatch-nodeView'));
    const inlet = await ui.port('mix', 'dry');
    const mark = (await wire.locator('.jp-Neuropatch-refusedMark').boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    expect(Math.abs(mark.x + mark.width / 2 - inlet.x)).toBeLessThan(2);
    expect(inlet.y - (mark.y + mark.height / 2)).toBeGreaterThan(8);
    expect(inlet.y - (mark.y + mark.height / 2)).toBeLessThan(24);
    await ui.page.keyboard.press('Escape');
    expect(await card.count()).toBe(0);
    expect(await wire.isVisible()).toBe(false);
    await ui.drag(await ui.port('down', 'out'), await ui.port('mix', 'dry'));
    await ui.page.keyboard.press('Enter');
    expect((await wires()).length).toBe(before.length + 2);
    expect(await ui.read("Object.values(app.store.patch.nodes).filter(n => n.type === 'rate/resampler').length")).toBe(
      3,
    );
  });

  it('fades what does not fit while a wire is dragged', async () => {
    const from = await ui.port('drive', 'out');
    await ui.page.mouse.move(from.x, from.y);
    await ui.page.mouse.down();
    await ui.page.mouse.move(from.x + 80, from.y + 20, { steps: 4 });
    await ui.page.waitForTimeout(50);
    const fits = await ui.page
      .locator('.jp-Neuropatch-mod-fits')
      .evaluateAll(all =>
        all.map(port => `${port.closest('[data-node]')?.getAttribute('data-node')}.${port.getAttribute('data-port')}`),
      );
    expect(fits).toContain('amp.drive');
    expect(fits).not.toContain('amp.in');
    await ui.page.mouse.up();
  });

  it('moves a node in steps of 16 px as one undo step that is layout only', async () => {
    await ui.read('(window.kinds = [], app.store.subscribe(change => window.kinds.push(change.kind)), 0)');
    const at = await centre('[data-node=tone] header');
    await ui.drag(at, { x: at.x + 50, y: at.y + 27 });
    const [x, y] = await position('tone');
    expect([x % 16, y % 16]).toEqual([0, 0]);
    expect([x, y]).not.toEqual([32, 336]);
    expect(await ui.page.evaluate('window.kinds')).toEqual(['layout']);
    await ui.page.keyboard.press('Control+z');
    expect(await position('tone')).toEqual([32, 336]);
  });

  it('selects by marquee and moves all of it; a frame takes its nodes along', async () => {
    const note = await centre('[data-node=drive]');
    await ui.drag({ x: note.x - 80, y: note.y - 90 }, { x: note.x + 70, y: note.y + 260 });
    expect(await ui.read('[...app.session.selection.nodes].sort()')).toEqual(['drive', 'tone']);
    const label = await centre('[data-mark="frames/frame-1"] b');
    await ui.drag(label, { x: label.x, y: label.y + 32 });
    const moved = await position('amp');
    expect(moved[1]).toBeGreaterThan(224);
    expect(await position('player')).toEqual([272, 16]);
  });

  it('deletes a node of a chain and joins its ends', async () => {
    await clickNode('limit');
    await ui.page.keyboard.press('Delete');
    expect(await wires()).toContain('mix.out>out.in');
    expect(await ui.read("'limit' in app.store.patch.nodes")).toBe(false);
  });

  it('copies and pastes nodes with their inner wires, and duplicates them', async () => {
    await clickNode('mix');
    await clickNode('limit', ['Shift']);
    await ui.page.keyboard.press('Control+d');
    expect(await ui.read('Object.keys(app.store.patch.nodes).length')).toBe(13);
    expect(await wires()).toContain('mix-2.out>limit-2.in');
    const text = await ui.read<string>('app.editor.commands.copy()');
    await ui.read(`(app.editor.commands.paste(${JSON.stringify(text)}), 0)`);
    expect(await wires()).toContain('mix-3.out>limit-3.in');
    await ui.read('(app.editor.commands.paste(\'{"format":"something else"}\'), 0)');
    expect(await ui.read('Object.keys(app.store.patch.nodes).length')).toBe(15);
  });

  it('copies and pastes with the keys of the system', async () => {
    await clickNode('limit');
    await ui.page.keyboard.press('Control+c');
    await ui.page.keyboard.press('Control+v');
    await ui.page.waitForFunction("Object.hasOwn(window.app.store.patch.nodes, 'limit-2')");
    expect(await ui.read("app.store.patch.nodes['limit-2'].params")).toEqual({ level: -1 });
  });

  it('edits notes, frames and names in place, as plain text', async () => {
    await ui.page.locator('[data-mark="notes/note-1"]').dblclick();
    await ui.page.keyboard.type('Listen <b>now</b>');
    await ui.page.keyboard.press('Control+Enter');
    expect(await ui.read("app.store.patch.notes['note-1'].text")).toBe('Listen <b>now</b>');
    await ui.page.locator('[data-mark="notes/note-1"]').dblclick();
    await ui.page.keyboard.type('Kept by Escape');
    await ui.page.keyboard.press('Escape');
    expect(await ui.read("app.store.patch.notes['note-1'].text")).toBe('Kept by Escape');
    await ui.page.locator('[data-mark="frames/frame-1"] b').dblclick();
    await ui.page.keyboard.type('Amplifier');
    await ui.page.keyboard.press('Enter');
    expect(await ui.read("app.store.patch.frames['frame-1'].label")).toBe('Amplifier');
    await clickNode('mix');
    await ui.page.keyboard.press('F2');
    await ui.page.keyboard.type('Blend');
    await ui.page.keyboard.press('Escape');
    expect(await ui.read('app.store.patch.nodes.mix.label')).toBeUndefined();
    await ui.page.keyboard.press('F2');
    await ui.page.keyboard.type('Blend');
    await ui.page.keyboard.press('Enter');
    expect(await ui.read('app.store.patch.nodes.mix.label')).toBe('Blend');
  });

  it('frames the selection and bypasses it', async () => {
    await clickNode('mix');
    await clickNode('limit', ['Shift']);
    await ui.page.keyboard.press('Control+g');
    await ui.page.keyboard.type('End');
    await ui.page.keyboard.press('Enter');
    expect(await ui.read('Object.values(app.store.patch.frames).map(frame => frame.label).sort()')).toEqual([
      'End',
      'Neural stage',
    ]);
    await ui.page.locator('[data-node=limit] [data-action=bypass]').click();
    expect(await ui.read('app.store.patch.nodes.limit.isBypassed')).toBe(true);
    expect(await ui.page.locator('[data-node=limit] header em').innerText()).toBe('bypassed');
  });

  it('drops a wire or a move that is under way with Escape', async () => {
    const before = await wires();
    const from = await ui.port('limit', 'out');
    const to = await ui.port('spectrum', 'in');
    await ui.page.mouse.move(from.x, from.y);
    await ui.page.mouse.down();
    await ui.page.mouse.move(to.x, to.y, { steps: 4 });
    await ui.page.keyboard.press('Escape');
    await ui.page.mouse.up();
    expect(await wires()).toEqual(before);
    expect(await ui.page.locator('.jp-Neuropatch-mod-connecting').count()).toBe(0);
    const at = await centre('[data-node=tone] .jp-Neuropatch-title');
    await ui.page.mouse.move(at.x, at.y);
    await ui.page.mouse.down();
    await ui.page.mouse.move(at.x + 90, at.y, { steps: 4 });
    await ui.page.keyboard.press('Escape');
    await ui.page.mouse.up();
    expect(await position('tone')).toEqual([32, 336]);
  });

  it('turns a knob by dragging up: one undo step; double click gives the default; keys step', async () => {
    const knob = '[data-node=drive] [role=slider]';
    const at = await centre(knob);
    await ui.drag(at, { x: at.x, y: at.y - 40 });
    const turned = await ui.read<number>('app.store.patch.nodes.drive.params.value');
    expect(turned).toBeCloseTo(9 + (40 / 160) * 24, 3);
    expect(await ui.page.locator(knob).getAttribute('aria-valuetext')).toBe('15.0 decibels');
    expect(await ui.page.locator('[data-node=amp] output', { hasText: '15.0' }).count()).toBe(1);
    await ui.page.keyboard.press('ArrowUp');
    expect(await ui.read('app.store.patch.nodes.drive.params.value')).toBeCloseTo(turned + 0.24, 3);
    await ui.page.keyboard.press('Escape');
    await ui.page.keyboard.press('Control+z');
    await ui.page.keyboard.press('Control+z');
    expect(await ui.read('app.store.patch.nodes.drive.params.value')).toBe(9);
    await ui.page.locator(knob).dblclick();
    expect(await ui.read('app.store.patch.nodes.drive.params.value')).toBe(12);
  });

  it('a knob takes over the param it is wired to, and gives it back', async () => {
    await ui.read("(app.editor.commands.addNodeOfType('control/knob', { x: 90, y: 640 }), 0)");
    await ui.drag(await ui.port('knob', 'out'), await ui.port('limit', 'level'));
    expect(await ui.read('app.store.patch.nodes.knob.params')).toEqual({
      unit: 'dB',
      scale: 'linear',
      min: -60,
      max: 24,
      value: -1,
    });
    expect(await ui.read('app.store.patch.nodes.limit.params.level')).toBe(0);
    expect(await ui.page.locator('[data-node=knob] .jp-Neuropatch-title').innerText()).toBe('Level');
    const id = 'knob.out>limit.level';
    await ui.read(`(app.session.select({ connection: '${id}' }), app.editor.commands.deleteSelection(), 0)`);
    expect(await ui.read('app.store.patch.nodes.limit.params.level')).toBe(-1);
  });

  it('adds a node by typing: N, name, Enter; wired to the focused one', async () => {
    await clickNode('limit');
    await ui.page.keyboard.press('n');
    await ui.page.keyboard.type('echo');
    await ui.page.keyboard.press('Enter');
    expect(await ui.read('app.store.patch.nodes.delay.type')).toBe('time/delay');
    expect(await wires()).toContain('limit.out>delay.in');
  });

  it('works by keyboard alone: Tab in plan order, arrows, C to connect, Enter into a node', async () => {
    await ui.read('(app.editor.focus(), 0)');
    await ui.page.keyboard.press('Tab');
    expect(await ui.read('app.session.selection.focus')).toBe('player');
    await ui.page.keyboard.press('ArrowDown');
    expect(await ui.read('app.session.selection.focus')).toBe('down');
    await ui.page.keyboard.press('Alt+ArrowRight');
    expect(await position('down')).toEqual([288, 144]);
    await ui.read("(app.session.select({ nodes: ['limit'] }), 0)");
    await ui.page.keyboard.press('c');
    await ui.page.keyboard.type('spectrum');
    await ui.page.keyboard.press('Enter');
    expect(await wires()).toContain('limit.out>spectrum.in');
    await ui.page.keyboard.press('Enter');
    expect(await ui.page.evaluate("document.activeElement.getAttribute('role')")).toBe('slider');
    await ui.page.keyboard.press('Escape');
    expect(await ui.page.evaluate("document.activeElement.getAttribute('role')")).toBe('application');
  });

  it('shows HTML in names and notes as text', async () => {
    const html = '<img src=x onerror="window.hacked=1">';
    await ui.read(`(app.store.dispatch({ label: 'x', changes: [
      { path: ['nodes', 'mix', 'label'], value: ${JSON.stringify(html)} },
      { path: ['notes', 'note-1', 'text'], value: ${JSON.stringify(html)} },
      { path: ['frames', 'frame-1', 'label'], value: ${JSON.stringify(html)} }] }), 0)`);
    expect(await ui.page.locator('[data-node=mix] .jp-Neuropatch-title').innerText()).toBe(html);
    expect(await ui.page.locator('[data-mark="notes/note-1"] .jp-Neuropatch-markText').innerText()).toBe(html);
    expect(await ui.page.locator('.jp-Neuropatch-Editor img').count()).toBe(0);
    expect(await ui.page.evaluate('window.hacked')).toBeUndefined();
  });

  it('zooms about the pointer and pans by wheel', async () => {
    const at = await centre('[data-node=mix] header');
    await ui.page.mouse.move(at.x, at.y);
    await ui.page.keyboard.down('Control');
    await ui.page.mouse.wheel(0, -200);
    await ui.page.keyboard.up('Control');
    await ui.page.waitForTimeout(60);
    const after = await centre('[data-node=mix] header');
    expect(Math.hypot(after.x - at.x, after.y - at.y)).toBeLessThan(2);
    await ui.page.mouse.wheel(0, 100);
    await ui.page.waitForTimeout(60);
    expect((await centre('[data-node=mix] header')).y).toBeCloseTo(after.y - 100, 0);
  });

  it('probes a wire on which the pointer rests', async () => {
    await ui.start('tube-amp', true);
    const from = await ui.port('mix', 'out');
    await ui.page.mouse.move(from.x, from.y + 20);
    await ui.page.waitForSelector('.jp-Neuropatch-probe');
    const text = await ui.page.locator('.jp-Neuropatch-probe').innerText();
    expect(text).toContain('48');
    expect(text).toMatch(/−6\.\d\sdBFS/);
    expect(await ui.read('app.engine.probed')).toBe('mix.out>limit.in');
  });
});

describe('canvas with an unknown node type', () => {
  it('keeps the node, its wires and values, and says so', async () => {
    await ui.start();
    await ui.read(
      "(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'limit', 'type'], value: 'future/thing' }] }), 0)",
    );
    expect(await ui.page.locator('[data-node=limit]').innerText()).toContain('Unknown node type');
    expect(await wires()).toContain('limit.out>out.in');
    expect(await ui.page.locator('[data-connection="limit.out>out.in"]').getAttribute('d')).toMatch(/^M/);
  });
});

describe('empty patch', () => {
  it('offers starts and quick add', async () => {
    await ui.start('empty');
    await ui.page.getByRole('button', { name: 'Open an example' }).click();
    expect(await ui.read('app.calls')).toEqual(['gallery']);
    await ui.page.mouse.dblclick(600, 600);
    await ui.page.keyboard.type('gain');
    await ui.page.keyboard.press('Enter');
    expect(await ui.read('Object.keys(app.store.patch.nodes)')).toEqual(['gain']);
    expect(await ui.page.locator('.jp-Neuropatch-empty').isVisible()).toBe(false);
  });
});
