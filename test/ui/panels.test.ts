// Palette, inspector and toolbar as a person uses them, in a real Chromium.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registry } from '../../src/generated/registry.ts';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
const plain = (text: string): string => text.replace(/\u2009/g, ' ');

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());

describe('palette', () => {
  beforeEach(() => ui.start());

  it('lists every node type of the registry and adds one with Enter', async () => {
    // And the comment, which is no node.
    expect(await ui.page.locator('.jp-Neuropatch-item').count()).toBe(Object.keys(registry.types).length + 1);
    await ui.page.getByRole('searchbox').fill('louder');
    await ui.page.keyboard.press('Enter');
    expect(await ui.read('app.store.patch.nodes.gain.type')).toBe('dynamics/gain');
  });

  it('orders the families as a patch is made', async () => {
    const families = await ui.page
      .locator('.jp-Neuropatch-family')
      .evaluateAll(all => all.map(family => (family.childNodes[1] as Text).data));
    const order = 'Source Neural Spectral Rate Filter Dynamics Time Mix Math Control Analysis Output Structure Canvas';
    expect(families).toEqual(order.split(' '));
  });

  it('finds the comment, which becomes a note with its text ready to be typed, by Enter and by dragging', async () => {
    const notes = () => ui.read<{ text: string; position: [number, number] }[]>('Object.values(app.store.patch.notes)');
    const nodes = () => ui.read<number>('Object.keys(app.store.patch.nodes).length');
    const [before, nodesBefore] = [(await notes()).length, await nodes()];
    await ui.page.getByRole('searchbox').fill('comment');
    expect(await ui.page.locator('.jp-Neuropatch-item').first().textContent()).toContain('Comment');
    await ui.page.keyboard.press('Enter');
    await ui.page.keyboard.type('Why this filter');
    await ui.page.keyboard.press('Escape');
    expect((await notes()).map(note => note.text)).toContain('Why this filter');
    await ui.page
      .locator('[data-type="comment"]')
      .dragTo(ui.page.locator('.jp-Neuropatch-Canvas'), { targetPosition: { x: 90, y: 620 } });
    await ui.page.keyboard.type('Dropped here');
    await ui.page.keyboard.press('Escape');
    expect((await notes()).map(note => note.text)).toContain('Dropped here');
    expect([(await notes()).length, await nodes()]).toEqual([before + 2, nodesBefore]);
  });

  it('drops a node where it is dragged', async () => {
    await ui.page
      .locator('[data-type="time/delay"]')
      .dragTo(ui.page.locator('.jp-Neuropatch-Canvas'), { targetPosition: { x: 90, y: 620 } });
    const box = await ui.page.locator('[data-node=delay]').boundingBox();
    expect(Math.abs((box?.x ?? 0) + (box?.width ?? 0) / 2 - (232 + 90))).toBeLessThan(16);
  });
});

describe('inspector', () => {
  beforeEach(async () => {
    await ui.start();
    await ui.read("(app.session.select({ nodes: ['limit'] }), 0)");
  });

  it('takes a typed value with unit and refuses one out of range with words', async () => {
    const field = ui.page.getByRole('textbox', { name: 'Level', exact: true });
    await field.fill('−6 dB');
    await field.press('Enter');
    expect(await ui.read('app.store.patch.nodes.limit.params.level')).toBe(-6);
    await field.fill('99');
    await field.press('Enter');
    expect(plain(await ui.page.getByRole('alert').innerText())).toBe('Expected −60.0 dB to 24.0 dB, got 99.0 dB.');
    expect(await ui.read('app.store.patch.nodes.limit.params.level')).toBe(-6);
    await field.press('Escape');
    expect(plain(await field.inputValue())).toBe('−6.0 dB');
  });

  it('takes words for a model as text, and says when they are too long', async () => {
    await ui.read(`(() => {
      const model = app.engine.resources.get('amp.model');
      const words = { tensor: 'w', id: 'words', label: 'Words', unit: '', min: 0, max: 255, default: 0, scale: 'linear',
        rate: 'event', layout: 'x', text: { default: 'A' }, shape: [8] };
      app.engine.resources.set('amp.model', { ...model, contract: { ...model.contract, params: [words] } });
      app.session.select({ nodes: ['amp'] });
      return 0;
    })()`);
    const field = ui.page.getByRole('textbox', { name: 'Words', exact: true });
    expect(await field.inputValue()).toBe('A');
    await field.fill('Grüße');
    await field.press('Enter');
    expect(await ui.read('app.store.patch.nodes.amp.params.words')).toBe('Grüße');
    await field.fill('nine byte');
    await field.press('Enter');
    expect(await ui.page.getByRole('alert').filter({ hasText: 'bytes' }).innerText()).toBe(
      'At most 8 bytes; shorten it.',
    );
    expect(await ui.read('app.store.patch.nodes.amp.params.words')).toBe('Grüße');
    await field.press('Escape');
    expect(await field.inputValue()).toBe('Grüße');
  });

  it('renames, bypasses, smooths, and calls back for the example', async () => {
    const name = ui.page.getByRole('textbox', { name: 'Name' });
    await name.fill('Out level');
    await name.press('Enter');
    await ui.page.locator('.jp-Neuropatch-Inspector').getByRole('button', { name: 'Bypass' }).click();
    const smoothing = ui.page.getByRole('textbox', { name: 'Smoothing of Level' });
    await smoothing.fill('50');
    await smoothing.press('Enter');
    const node = await ui.read<Record<string, unknown>>('app.store.patch.nodes.limit');
    expect(node).toMatchObject({ label: 'Out level', isBypassed: true, smoothingMs: { level: 50 } });
    await ui.page.getByRole('button', { name: 'Example' }).click();
    expect(await ui.read('app.calls')).toEqual(['example dynamics/gain']);
  });

  it('shows what decides ports and sizes apart, as lists and as whole numbers to type', async () => {
    await ui.read("(app.editor.commands.addNodeOfType('mix/channel-mapper', { x: 700, y: 600 }), 0)");
    const inspector = ui.page.getByRole('region', { name: 'Inspector' });
    expect(plain((await inspector.textContent()) ?? '')).toContain('Set-upfixed in a bundle');
    expect(await inspector.getByRole('slider').count()).toBe(0);
    const count = inspector.getByRole('textbox', { name: 'Count', exact: true });
    expect(await count.inputValue()).toBe('2');
    await inspector.getByRole('combobox', { name: 'Mapping' }).selectOption('first channels');
    await count.fill('6');
    await count.press('Enter');
    expect(await count.inputValue()).toBe('6');
    const params = await ui.read('app.store.patch.nodes["channel-mapper"].params');
    expect(params).toMatchObject({ mapping: 'first channels', count: 6 });
    await count.fill('600');
    await count.press('Enter');
    expect(await inspector.getByRole('alert').filter({ hasText: 'Expected' }).textContent()).toContain('got 600');
  });

  it('shows the contract of a model and corrects it', async () => {
    await ui.read("(app.session.select({ nodes: ['amp'] }), 0)");
    const text = await ui.page.locator('.jp-Neuropatch-Inspector').innerText();
    for (const part of ['Input x', 'Output y', 'State h', '[1, 1, 32]', 'CC-BY-4.0', '9f3c 07b1'])
      expect(text).toContain(part);
    const rate = ui.page.getByRole('textbox', { name: 'Native rate' });
    await rate.fill('48000');
    await rate.press('Enter');
    expect(await ui.read('app.store.patch.nodes.amp.contract')).toEqual({ sampleRateHz: 48000 });
  });

  it('shows a latency split that sums to its total', async () => {
    await ui.read("(app.session.select({ nodes: ['up'] }), 0)");
    const figures = await ui.page.locator('.jp-Neuropatch-Inspector .jp-Neuropatch-figures b').allInnerTexts();
    const numbers = figures.map(Number);
    expect(numbers.at(-1)).toBeGreaterThan(0);
    expect(numbers.slice(0, -1).reduce((sum, n) => sum + n, 0)).toBeCloseTo(numbers.at(-1) as number, 2);
  });

  it('lists the problems of a node with a fix that mends them', async () => {
    await ui.read(
      "(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'down', 'params', 'to'], value: '22050' }] }), app.session.select({ nodes: ['amp'] }), 0)",
    );
    const problems = await ui.read<{ nodeId: string }[]>('app.engine.plan.problems');
    expect(problems.length).toBeGreaterThan(0);
    await ui.read(`(app.session.select({ nodes: ['${problems[0]?.nodeId}'] }), 0)`);
    const list = await ui.page.locator('.jp-Neuropatch-Inspector .jp-Neuropatch-problems').boundingBox();
    const text = await ui.page.locator('.jp-Neuropatch-Inspector .jp-Neuropatch-problemText').first().boundingBox();
    expect(text?.width).toBeGreaterThan(0.8 * (list?.width ?? Infinity));
    const fix = ui.page.locator('.jp-Neuropatch-Inspector .jp-Neuropatch-problems button').first();
    await fix.click();
    expect((await ui.read<unknown[]>('app.engine.plan.problems')).length).toBeLessThan(problems.length);
  });
});

describe('toolbar', () => {
  it('says that audio is off, starts it from a click, then shows live figures', async () => {
    await ui.start();
    const bar = ui.page.getByRole('toolbar');
    expect(await bar.innerText()).toContain('Audio is off — click to start');
    expect(await bar.innerText()).not.toContain('Dropouts');
    await bar.getByRole('button', { name: /click to start/ }).click();
    expect(await ui.read('app.engine.starts')).toBe(1);
    await ui.start('tube-amp', true);
    const text = plain(await bar.innerText());
    expect(text).toContain('9 % of budget');
    expect(text).toMatch(/Dropouts\s+0 in 4:06/);
    await bar.getByRole('button', { name: 'Stop' }).click();
    expect(await ui.read('app.engine.state')).toBe('stopped');
  });

  it('lists the mean load of every node, late blocks and the gaps of the device, and leads to the profile', async () => {
    await ui.start('tube-amp', true);
    const bar = ui.page.getByRole('toolbar');
    await ui.read(`(app.engine.live = { ...app.engine.live, dropouts: 3, nodeLoads: { up: 0.004, amp: 0.07, down: 0.003 },
      lastDropouts: [{ frame: 48000, lateMs: 18.4 }, { frame: 96000, lateMs: 51 }],
      underruns: { events: 2, seconds: 0.035 } }, app.engine.tell(), 0)`);
    expect(plain(await bar.innerText())).toMatch(/Dropouts\s+3 in 4:06 · device 2/);
    const opener = bar.getByRole('button', { name: 'Load per node and late blocks' });
    await opener.click();
    const panel = ui.page.getByRole('dialog', { name: 'Load and dropouts' });
    const rows = (await panel.locator('tr').allInnerTexts()).map(text => plain(text).trim().replace(/\s+/g, ' '));
    expect(rows).toEqual([
      'Blocks that came too late 3',
      'at 0:02.0 51 ms late',
      'at 0:01.0 18 ms late',
      'Gaps of the device 2 (35 ms in all)',
      'Whole patch 9.0 %',
      'tube-amp GRU-32 7.0 %',
      'Resampler (up) 0.4 %',
      'Resampler (down) 0.3 %',
    ]);
    expect(await panel.innerText()).toContain('Kernels: SIMD.');
    await panel.getByRole('button', { name: 'Profile load' }).click();
    expect(await ui.read('app.calls')).toEqual(['profile']);
    await panel.press('Escape');
    expect(await panel.count()).toBe(0);
    await ui.read(
      '(app.engine.live = { ...app.engine.live, underruns: undefined, kernelForm: "relaxed" }, app.engine.tell(), 0)',
    );
    await opener.click();
    expect(await panel.innerText()).toContain('not told by this browser');
    expect(await panel.innerText()).toContain('Kernels: SIMD, relaxed.');
    await ui.page.mouse.click(700, 500);
    expect(await panel.count()).toBe(0);
  });

  it('counts the late blocks of models, names them and says what to do', async () => {
    await ui.start('tube-amp', true);
    const bar = ui.page.getByRole('toolbar');
    await ui.read(`(app.engine.transports = { amp: { place: 'worker', slackFrames: 1280, p95Ms: 6.24 } },
      app.engine.live = { ...app.engine.live, dropouts: 9, nodeLoads: { amp: 0.003, up: 0.002 }, lateCalls: { amp: 1322, up: 0 } },
      app.engine.plan = { ...app.engine.plan }, app.engine.tell(), 0)`);
    expect(plain(await bar.innerText())).toMatch(/Dropouts\s+1331 in 4:06/);
    const cell = bar.locator('.jp-Neuropatch-cell', { hasText: 'Dropouts' });
    expect(await cell.getAttribute('title')).toContain(
      'Late blocks: 9. tube-amp GRU-32: 1322 blocks late, heard as silence.',
    );
    await bar.getByRole('button', { name: 'Load per node and late blocks' }).click();
    const panel = ui.page.getByRole('dialog', { name: 'Load and dropouts' });
    const words = plain(await panel.innerText()).replace(/\s+/g, ' ');
    expect(words).toContain('Blocks that came too late 9');
    expect(words).toContain('tube-amp GRU-32: 1322 blocks late, heard as silence');
    expect(words).toMatch(/Raise Slack .* or let it run in the audio thread; then stop and start again/);
    // Its load is not the model's own.
    expect(words).toContain('tube-amp GRU-32, hand-over to the worker 0.3 %');
    expect(words).not.toContain('Resampler (up): ');
    const body = ui.page.locator('[data-node=amp]');
    expect(await body.innerText()).toMatch(/Hand-over/);
    const label = body.locator('.jp-Neuropatch-rowLabel', { hasText: 'Hand-over' });
    expect(plain((await label.getAttribute('title')) ?? '')).toContain('95 of 100 calls took less than 6.2 ms');
    expect(await label.evaluate(element => element.scrollWidth <= element.clientWidth)).toBe(true);
    await ui.read(`(app.engine.transports = { amp: { place: 'audio thread', slackFrames: 0, p95Ms: 0.2 } },
      app.engine.plan = { ...app.engine.plan }, app.engine.tell(), 0)`);
    expect(await body.innerText()).not.toMatch(/Hand-over/);
    // Where there is room for one figure only, it is this one.
    await bar.evaluate(element => {
      (element.parentElement as HTMLElement).style.cssText += ';left:0;right:auto;width:372px';
    });
    const seen = await cell.evaluate(element => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + width / 2, top + height - 8));
    });
    expect(seen).toBe(true);
  });

  it('shows the latency of the patch, and opens its four parts; says which model is being timed', async () => {
    await ui.start('tube-amp', true);
    const bar = ui.page.getByRole('toolbar');
    const { latency, latencySamples } = await ui.read<{ latency: Record<string, number>; latencySamples: number }>(
      '({ latency: app.engine.plan.latency, latencySamples: app.engine.plan.latencySamples })',
    );
    expect(plain(await bar.innerText())).toMatch(new RegExp(`Latency\\s+${latencySamples} samples`));
    const opener = bar.getByRole('button', { name: 'Latency in its four parts' });
    await opener.click();
    const panel = ui.page.getByRole('dialog', { name: 'Latency' });
    const words = plain(await panel.innerText()).split(/\s+/);
    for (const name of ['Buffering', 'Inference', 'Model', 'Filter'])
      expect(words[words.indexOf(name) + 1]).toBe(String(latency[name.toLowerCase()]));
    await panel.press('Escape');
    expect(await panel.count()).toBe(0);
    expect(await bar.innerText()).not.toContain('Timing models');
    await ui.read("(app.engine.measuring = { what: 'GRU-32', share: 0.4 }, app.engine.tell(), 0)");
    expect(plain(await bar.innerText())).toMatch(/Timing models\s+GRU-32 40 %/);
  });

  it.each([900, 600, 420, 320])('stays one row at %i px, with everything in reach', async width => {
    await ui.start('tube-amp', true);
    await ui.read(`(app.engine.live = { ...app.engine.live, isMonitorActing: true }, app.store.dispatch({ label: 'x',
      changes: [{ path: ['nodes', 'down', 'params', 'to'], value: '22050' }] }), app.engine.tell(), 0)`);
    const bar = ui.page.getByRole('toolbar');
    await bar.evaluate((element, width) => {
      (element.parentElement as HTMLElement).style.cssText += `;left:0;right:auto;width:${width}px`;
    }, width);
    const { height } = (await bar.boundingBox()) as { height: number };
    expect(height).toBeLessThan(42);
    const inside = async (selector: string): Promise<boolean[]> =>
      bar.locator(selector).evaluateAll(
        (all, width) =>
          all
            .filter(element => !(element as HTMLElement).hidden)
            .map(element => {
              const { left, right, top, bottom } = element.getBoundingClientRect();
              const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
              return left >= 0 && right <= width && seen !== null && element.contains(seen);
            }),
        width,
      );
    expect(await inside(':scope > button')).not.toContain(false);
    const cells = await inside('.jp-Neuropatch-cell');
    const more = bar.getByRole('button', { name: 'More figures' });
    expect(await more.isVisible()).toBe(cells.includes(false));
    expect(cells.includes(false)).toBe(width < 500);
    if (!cells.includes(false)) return;
    await more.click();
    expect(await more.getAttribute('aria-expanded')).toBe('true');
    expect(await inside('.jp-Neuropatch-cell')).not.toContain(false);
    await ui.page.mouse.click(width / 2, 600);
    expect(await inside('.jp-Neuropatch-cell')).toEqual(cells);
    // By the keyboard they come out by themselves.
    await bar.getByRole('button', { name: 'Load per node and late blocks' }).focus();
    expect(await inside('.jp-Neuropatch-cell')).not.toContain(false);
  });

  it('counts problems and lists them', async () => {
    await ui.start();
    await ui.read(
      "(app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'down', 'params', 'to'], value: '22050' }] }), 0)",
    );
    await ui.page.getByRole('button', { name: 'Problems of the patch' }).click();
    const panel = ui.page.getByRole('dialog', { name: 'Problems' });
    expect(await panel.locator('li').count()).toBe((await ui.read<unknown[]>('app.engine.plan.problems')).length);
    // Words, not letters below each other: the text has the row but for the icon, and so has the line that says there are none.
    for (const text of await panel.locator('.jp-Neuropatch-problemText').all())
      expect((await text.boundingBox())?.width).toBeGreaterThan(150);
    await ui.read('(app.store.undo(), 0)');
    expect(await panel.innerText()).toContain('No problems.');
    expect((await panel.locator('li').boundingBox())?.height).toBeLessThan(30);
  });
});

describe('dark theme', () => {
  it('changes every token', async () => {
    await ui.start();
    const audio = (): Promise<string> =>
      ui.page.evaluate(
        "getComputedStyle(document.querySelector('.jp-Neuropatch-Editor')).getPropertyValue('--np-audio')",
      );
    const light = await audio();
    await ui.page.evaluate("document.body.dataset.jpThemeLight = 'false'");
    expect(await audio()).not.toBe(light);
    await ui.page.evaluate("document.body.dataset.jpThemeLight = 'true'");
  });
});
