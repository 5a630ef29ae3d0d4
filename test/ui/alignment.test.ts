// The switch of a path's alignment: by click, by key, by menu; its badge, its words, its undo; in a real Chromium.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

const DRY = 'player.out>mix.dry';

let ui: InterfacePage;
const badge = () => ui.page.locator(`[data-align="${DRY}"]`);
const isOff = (): Promise<boolean> => ui.read(`app.store.patch.connections['${DRY}'].isUnaligned === true`);
const facts = (): Promise<{ alignSamples: number; unalignedSamples: number }> =>
  ui.read(
    `(({ alignSamples, unalignedSamples }) => ({ alignSamples, unalignedSamples }))(app.engine.plan.connections['${DRY}'])`,
  );
const announced = (): Promise<string> => ui.page.locator('[aria-live=polite]').innerText();

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

describe('the alignment of a path', () => {
  beforeEach(() => ui.start());

  it('says in words what it does and what a click would', async () => {
    expect(await badge().getAttribute('role')).toBe('switch');
    expect(await badge().getAttribute('aria-checked')).toBe('true');
    expect(await badge().innerText()).toMatch(/^\+70 samples\s*auto$/);
    expect(await badge().getAttribute('title')).toBe(
      'Waits 70 samples so that both paths arrive together; click to hear the comb',
    );
  });

  it('is switched off by a click, as one step that undo takes back', async () => {
    await badge().click();
    expect(await isOff()).toBe(true);
    expect(await facts()).toEqual({ alignSamples: 0, unalignedSamples: 70 });
    expect(await badge().getAttribute('aria-checked')).toBe('false');
    expect(await badge().innerText()).toMatch(/^\+70 samples\s*alignment off$/);
    expect(
      await badge()
        .locator('span')
        .evaluate(text => getComputedStyle(text).textDecorationLine),
    ).toBe('line-through');
    expect(await badge().getAttribute('title')).toMatch(/^Comes 70 samples early: alignment is off; click/);
    expect(await announced()).toBe('Audio File Player to Dry/Wet comes 70 samples early: alignment is off');
    await ui.page.keyboard.press('Control+z');
    expect(await isOff()).toBe(false);
    expect(await facts()).toEqual({ alignSamples: 70, unalignedSamples: 0 });
    expect(await badge().getAttribute('aria-checked')).toBe('true');
  });

  it('shows the state in the warning colour, and in that of audio again', async () => {
    const colour = (): Promise<string> => badge().evaluate(element => getComputedStyle(element).borderTopColor);
    const token = (name: string): Promise<string> =>
      ui.page.evaluate(`(() => { const probe = document.createElement('i'); probe.style.color = 'var(--np-${name})';
        document.body.append(probe); const { color } = getComputedStyle(probe); probe.remove(); return color; })()`);
    expect(await colour()).toBe(await token('audio'));
    await badge().click();
    expect(await colour()).toBe(await token('warn-ink'));
    await badge().click();
    expect(await isOff()).toBe(false);
    expect(await colour()).toBe(await token('audio'));
  });

  it('is switched by the keyboard on the badge, which keeps the focus', async () => {
    await badge().focus();
    await ui.page.keyboard.press('Space');
    expect(await isOff()).toBe(true);
    await ui.page.keyboard.press('Enter');
    expect(await isOff()).toBe(false);
    expect(await badge().evaluate(element => element === document.activeElement)).toBe(true);
  });

  it('is switched by L on the selected wire, and by nothing on one that does not wait', async () => {
    await ui.read(`(app.session.select({ connection: '${DRY}' }), app.editor.focus(), 0)`);
    await ui.page.keyboard.press('l');
    expect(await isOff()).toBe(true);
    await ui.read("(app.session.select({ connection: 'limit.out>out.in' }), 0)");
    await ui.page.keyboard.press('l');
    expect(await ui.read("'isUnaligned' in app.store.patch.connections['limit.out>out.in']")).toBe(false);
  });

  it('is in the menu of the wire and in that of the node that the path reaches', async () => {
    await badge().click({ button: 'right' });
    await ui.page.getByRole('option', { name: 'Switch alignment off (70 samples)' }).click();
    expect(await isOff()).toBe(true);
    await ui.page.locator('[data-node=mix] header').click({ position: { x: 34, y: 14 } });
    await ui.page.keyboard.press('ContextMenu');
    await ui.page.getByRole('option', { name: 'Switch alignment on (70 samples), from Audio File Player' }).click();
    expect(await isOff()).toBe(false);
  });

  it('stands on the card of the wire, beside rate, channels, block and the latency in its parts', async () => {
    const card = ui.page.locator('.jp-Neuropatch-probe');
    const open = async (id: string): Promise<string> => {
      await ui.read(`(app.session.select({ connection: '${id}' }), app.editor.focus(), 0)`);
      await ui.page.keyboard.press('p');
      return (await card.innerText()).replace(/[\u2009\s]+/g, ' ');
    };
    expect(await open(DRY)).toContain(
      'Rate 48 kHz Channels 1 ch Block any waits 70 samples so that both paths arrive together',
    );
    expect(await open('up.out>mix.wet')).toMatch(/Latency up to here Buffering 0 Inference 0 Model 0 Filter 70 Sum 70/);
  });
});
