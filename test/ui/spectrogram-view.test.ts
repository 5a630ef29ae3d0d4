// The spectrogram on the canvas: a tone is a line at its height, time moves to the left, silence leaves the ground alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

const FRAMES = 16384;
const TONE_HZ = 1500;
/** Pretends that the kernel has written `written` frames: a tone from `since` on, silence before. */
const hear = async (written: number, since: number): Promise<void> => {
  // What is told sooner than the next picture is due is left to the next telling, which there is none of here.
  await ui.page.waitForTimeout(50);
  await ui.read(`(() => {
    const recording = new Float32Array(${FRAMES});
    for (let n = Math.max(0, ${written} - ${FRAMES}); n < ${written}; n++)
      recording[n % ${FRAMES}] = n < ${since} ? 0 : Math.sin((2 * Math.PI * ${TONE_HZ} * n) / 48000);
    app.engine.probes.set('view.recording', recording);
    app.engine.probes.set('view.written', Float32Array.of(${written}));
    app.engine.tell();
    return 0;
  })()`);
};
/** For each column of the picture the row with the strongest colour, −1 where all is ground. */
const ridges = (): Promise<number[]> =>
  ui.read(`(() => {
    const canvas = document.querySelector('[data-node="view"] canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    return Array.from({ length: width }, (_, x) => {
      let best = -1;
      let darkest = 200 * 3;
      for (let y = 0; y < height; y++) {
        const at = 4 * (y * width + x);
        const light = data[at + 3] === 0 ? 765 : data[at] + data[at + 1] + data[at + 2];
        if (light < darkest) [darkest, best] = [light, y];
      }
      return best;
    });
  })()`);

/** Mean brightness of the newest column, 0–255; undefined while it is not drawn. */
const brightness = (): Promise<number | undefined> =>
  ui.read(`(() => {
    const canvas = document.querySelector('[data-node="view"] canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(width - 1, 0, 1, height);
    return data[3] === 0 ? undefined : data.reduce((sum, value, at) => sum + (at % 4 === 3 ? 0 : value), 0) / (3 * height);
  })()`);

describe('spectrogram on the canvas', () => {
  it.each(['dark', 'light'] as const)(
    'is drawn in the colours of the %s theme, and of the other one once it is chosen',
    async theme => {
      await ui.setTheme(theme);
      await ui.start('empty');
      await ui.read(`(app.store.dispatch({ label: 'Add', changes: [{ path: ['nodes', 'view'], value: {
      id: 'view', type: 'analysis/spectrogram', version: 1, position: [64, 64] } }] }), app.engine.state = 'playing', 0)`);
      await hear(4096, 4096);
      const other = theme === 'dark' ? 'light' : 'dark';
      // Silence is the ground: #191a1a in the dark, #fafbfb in the light.
      const ground = { dark: 0x1a, light: 0xfa };
      await expect.poll(brightness, { timeout: 10_000 }).toBeGreaterThan(ground[theme] - 3);
      expect(await brightness()).toBeLessThan(ground[theme] + 3);
      await ui.setTheme(other);
      await hear(8192, 8192);
      await expect
        .poll(async () => Math.abs(((await brightness()) ?? -99) - ground[other]), { timeout: 10_000 })
        .toBeLessThan(3);
      await ui.setTheme('light');
    },
  );

  it('draws a tone where it lies and lets it move to the left', async () => {
    await ui.start('empty');
    await ui.read(`(app.store.dispatch({ label: 'Add', changes: [{ path: ['nodes', 'view'], value: {
      id: 'view', type: 'analysis/spectrogram', version: 1, position: [64, 64], params: { timeSpan: 1 } } }] }),
      app.engine.state = 'playing', 0)`);
    await hear(4096, 2048);
    // Live bodies are drawn with the screen.
    await expect.poll(async () => (await ridges()).at(-1), { timeout: 10_000 }).toBeGreaterThan(0);
    const first = await ridges();
    // A second is 264 columns of 182 frames; the picture is 120 rows high, from 40 Hz to 24 kHz in octaves.
    const expected = 120 - (120 * Math.log(TONE_HZ / 40)) / Math.log(24000 / 40);
    expect(first).toHaveLength(264);
    expect(first.at(-1)).toBeGreaterThan(expected - 3);
    expect(first.at(-1)).toBeLessThan(expected + 3);
    const begin = first.findIndex(row => row >= 0);
    expect(Math.abs(264 - begin - (4096 - 2048) / 182)).toBeLessThan(2);
    await hear(4096 + 18 * 182, 2048);
    const beginNow = async (): Promise<number> => (await ridges()).findIndex(row => row >= 0);
    await expect.poll(async () => Math.abs(begin - 18 - (await beginNow()))).toBeLessThan(2);
  });

  it('its frequencies stand on plates of the ground, whatever colour the picture has there', async () => {
    const places = await ui.read<{ text: string; isInside: boolean; fill: string; ground: string }[]>(
      `[...document.querySelectorAll('[data-node="view"] .jp-Neuropatch-axisText text')].map(text => {
        const plate = text.previousElementSibling;
        const [a, b] = [text.getBoundingClientRect(), plate.getBoundingClientRect()];
        const isInside = a.left >= b.left && a.right <= b.right && a.top >= b.top - 2 && a.bottom <= b.bottom + 2;
        const ground = getComputedStyle(text.closest('.jp-Neuropatch-scope')).backgroundColor;
        return { text: text.textContent, isInside, fill: getComputedStyle(plate).fill, ground };
      })`,
    );
    expect(places.map(({ text }) => text)).toEqual(['100', '1k', '10k']);
    for (const { isInside, fill, ground } of places) {
      expect(isInside).toBe(true);
      expect(fill).toBe(ground);
    }
  });

  it('says what it hears when it is focused, and is empty once the sound is off', async () => {
    const label = (): Promise<string> =>
      ui.read(`(() => { const svg = document.querySelector('[data-node="view"] svg[role=img]'); svg.focus(); svg.blur();
        return svg.getAttribute('aria-label').replaceAll('\\u2009', ' '); })()`);
    expect(await label()).toMatch(/^Spectrogram: peak −?0\.0 dBFS, loudest at 1\.50 kHz$/);
    await ui.read("(app.engine.state = 'stopped', app.engine.tell(), 0)");
    expect(await label()).toBe('Spectrogram: nothing plays');
    await expect.poll(async () => (await ridges()).every(row => row < 0)).toBe(true);
  });
});
