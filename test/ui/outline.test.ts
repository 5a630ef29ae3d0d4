// What a screen reader gets of the canvas: the outline in the order of the sound, and scopes in words when focused.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
const plain = (text: string): string => text.replace(/\u2009/g, ' ');
const outline = async (): Promise<string[]> => {
  await ui.page.waitForTimeout(350);
  return (await ui.page.getByRole('list', { name: 'Outline of the patch' }).locator('li').allTextContents()).map(plain);
};
const labelOf = async (id: string): Promise<string> =>
  plain((await ui.page.locator(`[data-node=${id}]`).getAttribute('aria-label')) ?? '');

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

describe('outline', () => {
  beforeEach(() => ui.start());

  it('lists every node in the order of the sound with its values and connections', async () => {
    const items = await outline();
    expect(items).toHaveLength(11);
    const at = (start: string): number => items.findIndex(item => item.startsWith(start));
    expect(at('Audio File Player')).toBeLessThan(at('tube-amp GRU-32'));
    expect(at('tube-amp GRU-32')).toBeLessThan(at('Dry/Wet'));
    expect(at('Dry/Wet')).toBeLessThan(at('Audio Output'));
    expect(items[at('tube-amp GRU-32')]).toBe(
      'tube-amp GRU-32, neural, Drive 9.0 decibels, Tone 3.20 kilohertz, Memory on, Runs in auto, Runtime auto, Slack 0 samples. In from Resampler. ' +
        'Drive from Drive. Tone from Tone. Out to Resampler, in.',
    );
    expect(items[at('Dry/Wet')]).toContain(
      'Dry from Audio File Player, waits 70 samples so that both paths arrive together',
    );
  });

  it('follows the patch and its problems', async () => {
    await ui.read(`(app.store.dispatch({ label: 'x', changes: [
      { path: ['nodes', 'limit', 'params', 'level'], value: -12 },
      { path: ['nodes', 'mix', 'label'], value: 'Blend' },
      { path: ['nodes', 'down', 'params', 'to'], value: '22050' }] }), 0)`);
    const items = await outline();
    expect(items.some(item => item.startsWith('Gain, dynamics, Level minus 12.0 decibels. In from Blend.'))).toBe(true);
    expect(items.find(item => item.startsWith('tube-amp'))).toContain('expected 44.1 kHz, got 22.05 kHz');
    expect(await labelOf('amp')).toContain('expected 44.1 kHz, got 22.05 kHz');
  });

  it('is not seen', async () => {
    const box = await ui.page.getByRole('list', { name: 'Outline of the patch' }).boundingBox();
    expect((box?.width ?? 9) * (box?.height ?? 9)).toBeLessThanOrEqual(1);
  });
});

describe('scopes in words', () => {
  it('say peak and loudest frequency when they are focused, and nothing by themselves', async () => {
    await ui.start('tube-amp', true);
    expect(await labelOf('spectrum')).not.toContain('dBFS');
    await ui.read("(app.session.select({ nodes: ['spectrum'] }), app.editor.focus(), 0)");
    expect(await labelOf('spectrum')).toMatch(/peak −\d+\.\d dBFS, loudest at 196 Hz$/);
    await ui.page.keyboard.press('Enter');
    const focused = await ui.page.evaluate("document.activeElement.getAttribute('aria-label')");
    expect(plain(String(focused))).toMatch(/^Spectrum: peak −\d+\.\d dBFS, loudest at 196 Hz$/);
    await ui.page.keyboard.press('Escape');
    await ui.read("(app.session.select({ nodes: ['scope'] }), 0)");
    expect(await labelOf('scope')).toMatch(/A peak .* loudest at 196 Hz; B peak .* loudest at 196 Hz$/);
  });
  it('say that nothing plays', async () => {
    await ui.start();
    await ui.read("(app.session.select({ nodes: ['scope'] }), app.editor.focus(), 0)");
    await ui.page.keyboard.press('Enter');
    expect(await ui.page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
      'Oscilloscope: nothing plays',
    );
  });
});
