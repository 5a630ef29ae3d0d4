// A param that wires drive shows and tells what is heard, and is turned where the wires come from: nothing that a person does on it
// moves its own value, which is added to what comes and may lie outside of its range.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());
// Tone goes from 200 to 8000 Hz, its own value is 0: the knob adds 3200 Hz.
beforeEach(() => ui.start());

const plain = (text: string | null): string => (text ?? '').replace(/\u2009/g, ' ');
const onNode = (node: string, label: string) =>
  ui.page.locator(`[data-node=${node}] [role=slider][aria-label=${label}]`);
const inInspector = (label: string) => ui.page.locator(`.jp-Neuropatch-Inspector [role=slider][aria-label="${label}"]`);
const paramsOf = (node: string): Promise<Record<string, number>> => ui.read(`app.store.patch.nodes.${node}.params`);
const select = (node: string): Promise<unknown> => ui.read(`(app.session.select({ nodes: ['${node}'] }), 0)`);
const set = (node: string, param: string, value: number): Promise<unknown> =>
  ui.read(
    `(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', '${node}', 'params', '${param}'], value: ${value} }] }), 0)`,
  );
const wire = (from: string, to: string): Promise<unknown> =>
  ui.read(`(() => { const [a, b] = [${JSON.stringify(from)}.split('.'), ${JSON.stringify(to)}.split('.')];
    const id = '${from}>${to}';
    app.store.dispatch({ label: 'x', changes: [{ path: ['connections', id], value: { id, from: { node: a[0], port: a[1] }, to: { node: b[0], port: b[1] } } }] });
    return 0; })()`);
const addLfo = (): Promise<unknown> =>
  ui.read("(app.editor.commands.addNodeOfType('control/lfo', { x: 90, y: 640 }), 0)");

/** All that a hand can do on a slider. */
async function doAll(slider: ReturnType<typeof onNode>): Promise<void> {
  const box = await slider.boundingBox();
  if (!box) throw new Error('no slider');
  const y = box.y + box.height / 2;
  await ui.page.mouse.move(box.x + 4, y);
  await ui.page.mouse.down();
  await ui.page.mouse.move(box.x + box.width - 4, y, { steps: 3 });
  await ui.page.mouse.up();
  await slider.dblclick({ force: true });
  await slider.focus();
  for (const key of [
    'ArrowUp',
    'ArrowRight',
    'ArrowDown',
    'ArrowLeft',
    'PageUp',
    'PageDown',
    'Home',
    'End',
    '5',
    '0',
    'Enter',
  ])
    await ui.page.keyboard.press(key);
  const now = await slider.boundingBox();
  await ui.page.mouse.move((now?.x ?? 0) + 8, (now?.y ?? 0) + 8);
  await ui.page.mouse.wheel(0, 100);
}

describe('CONTROL-1 a wired slider', () => {
  it.each(['on its node', 'in the inspector'])('%s takes no pointer, wheel or key', async where => {
    if (where === 'in the inspector') await select('amp');
    for (const label of ['Tone', 'Drive'])
      await doAll(where === 'in the inspector' ? inInspector(label) : onNode('amp', label));
    expect(await paramsOf('amp')).toEqual({ drive: 0, tone: 0 });
    expect([(await paramsOf('tone')).value, (await paramsOf('drive')).value]).toEqual([3200, 9]);
  });

  it('nor its value a double click', async () => {
    await ui.page.locator('[data-node=amp] output', { hasText: 'kHz' }).last().dblclick();
    expect(await ui.page.locator('.jp-Neuropatch-mod-inPlace').count()).toBe(0);
  });

  it('tells what is heard and who drives it, and follows the knob', async () => {
    await select('amp');
    for (const slider of [onNode('amp', 'Tone'), inInspector('Tone')]) {
      await set('tone', 'value', 3200);
      expect(await slider.getAttribute('aria-disabled')).toBe('true');
      expect(await slider.getAttribute('aria-valuenow')).toBe('3200');
      const read = async (): Promise<string> => plain(await slider.getAttribute('aria-valuetext'));
      expect(await read()).toMatch(/^3\.20 kilohertz, (driven by|plus) Tone$/);
      expect(await slider.getAttribute('title')).toBe('Driven by Tone');
      await set('tone', 'value', 800);
      expect(await slider.getAttribute('aria-valuenow')).toBe('800');
      expect(await read()).toMatch(/^800 hertz, driven by Tone$/);
    }
  });

  it('shows what drives it to who comes by keyboard', async () => {
    await ui.page.keyboard.press('Tab');
    await onNode('amp', 'Tone').focus();
    expect(await ui.page.evaluate("getComputedStyle(document.activeElement, '::after').content")).toBe(
      '"Driven by Tone"',
    );
  });

  it('is turned again once its wire is gone, from what was heard', async () => {
    await ui.read(
      "(app.session.select({ connection: 'tone.out>amp.tone' }), app.editor.commands.deleteSelection(), 0)",
    );
    const slider = onNode('amp', 'Tone');
    expect(await slider.getAttribute('aria-disabled')).toBe('false');
    expect(await slider.getAttribute('title')).toBeNull();
    expect(plain(await slider.getAttribute('aria-valuetext'))).toBe('3.20 kilohertz');
    await slider.focus();
    await ui.page.keyboard.press('End');
    expect((await paramsOf('amp')).tone).toBe(8000);
  });

  it('whose knob is bypassed keeps what was heard when the wire goes', async () => {
    await ui.read("(app.session.select({ nodes: ['drive'] }), app.editor.commands.toggleBypass(), 0)");
    expect(plain(await onNode('amp', 'Drive').getAttribute('aria-valuetext'))).toBe('0.0 decibels, driven by Drive');
    await ui.read(
      "(app.session.select({ connection: 'drive.out>amp.drive' }), app.editor.commands.deleteSelection(), 0)",
    );
    expect((await paramsOf('amp')).drive).toBe(0);
  });
});

describe('a param that a signal moves', () => {
  beforeEach(async () => {
    await addLfo();
    await wire('lfo.out', 'limit.level');
  });

  it('says so instead of a value that nobody hears, and has no thumb', async () => {
    const slider = onNode('limit', 'Level');
    expect(await slider.getAttribute('aria-valuetext')).toBe('driven by LFO');
    expect(await slider.locator('b').isVisible()).toBe(false);
    expect(await ui.page.locator('[data-node=limit] output').innerText()).toBe('wired');
    await doAll(slider);
    expect(await paramsOf('limit')).toEqual({ level: -1 });
    expect(await ui.page.locator('[data-node=limit]').getAttribute('aria-label')).toContain('Level driven by LFO');
  });

  it('has its own value, which the signal is added to, in the inspector', async () => {
    await select('limit');
    const slider = inInspector('Level');
    expect(plain(await slider.getAttribute('aria-valuetext'))).toBe('minus 1.0 decibels, plus LFO');
    expect(await slider.getAttribute('aria-disabled')).toBe('false');
    await slider.focus();
    await ui.page.keyboard.press('Home');
    expect((await paramsOf('limit')).level).toBe(-60);
  });

  it('a knob that it moves is no less wired, nor what that knob drives', async () => {
    await wire('lfo.out', 'tone.value');
    await doAll(ui.page.locator('[data-node=tone] [role=slider]'));
    expect((await paramsOf('tone')).value).toBe(3200);
    expect(await ui.page.locator('[data-node=tone] .jp-Neuropatch-knobText').innerText()).toBe('wired');
    expect(await onNode('amp', 'Tone').getAttribute('aria-valuetext')).toBe('driven by Tone');
  });
});

describe('a knob behind a knob', () => {
  it('is heard through it at once', async () => {
    await wire('drive.out', 'tone.value');
    const slider = onNode('amp', 'Tone');
    expect(await slider.getAttribute('aria-valuenow')).toBe('3209');
    await set('drive', 'value', 20);
    expect(await slider.getAttribute('aria-valuenow')).toBe('3220');
    expect(await ui.page.locator('[data-node=tone] [role=slider]').getAttribute('aria-valuenow')).toBe('3220');
  });
});

describe('the own value of a wired param', () => {
  const field = () => ui.page.getByLabel('Tone, own value');

  it('is typed in the inspector, beside what it makes with the knob, and goes back to 0', async () => {
    await select('amp');
    await field().fill('300');
    await ui.page.keyboard.press('Enter');
    expect((await paramsOf('amp')).tone).toBe(300);
    expect(plain(await ui.page.locator('.jp-Neuropatch-paramFrom', { hasText: 'Tone' }).innerText())).toBe(
      'plus Tone = 3.50 kHz',
    );
    await field().fill('0 Hz');
    await ui.page.keyboard.press('Enter');
    expect((await paramsOf('amp')).tone).toBe(0);
    await field().fill('100');
    await ui.page.keyboard.press('Enter');
    expect(plain(await ui.page.getByRole('alert').last().innerText())).toBe('Expected 200 Hz to 8.00 kHz, got 100 Hz.');
    expect((await paramsOf('amp')).tone).toBe(0);
  });
});

describe('what drives a param', () => {
  it('is whole in the inspector, whatever the names', async () => {
    await select('amp');
    for (const id of ['drive', 'tone'])
      await ui.read(
        `(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', '${id}', 'label'], value: 'Brightness of the second stage, ${id}' }] }), 0)`,
      );
    const lines = ui.page.locator('.jp-Neuropatch-Inspector .jp-Neuropatch-paramFrom');
    expect((await lines.allInnerTexts()).map(plain)).toEqual([
      'plus Brightness of the second stage, drive = 9.0 dB',
      'plus Brightness of the second stage, tone = 3.20 kHz',
    ]);
    for (const line of await lines.all())
      expect(await line.evaluate(box => box.scrollWidth <= box.clientWidth && box.clientWidth > 0)).toBe(true);
  });
});
