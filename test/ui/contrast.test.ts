// Contrast of everything on the editor's page, in both themes and in the states a person meets: computed by Chromium.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contrastFaults } from './contrast.ts';
import { type InterfacePage, openInterface } from './harness.ts';

/** What must be seen to work with a patch; frames, dots, grids and outlines only decorate. */
const GRAPHICS = [
  'port path',
  'wire',
  'glyph *',
  'icon',
  'slider i',
  'slider b',
  'knobValue',
  'knobPointer',
  'trace',
  'waveBars',
  'waveCursor',
  'loadBar i',
  'loadBar u',
  'meter i',
  'meter u',
  'latencyBar *',
]
  .map(name => `.jp-Neuropatch-${name}`)
  .join(', ');

let ui: InterfacePage;
const faults = (): Promise<string[]> => ui.page.evaluate(contrastFaults, GRAPHICS);
const select = (id: string): Promise<unknown> => ui.read(`(app.session.select({ nodes: ['${id}'] }), 0)`);
const change = (path: string, value: string): Promise<unknown> =>
  ui.read(`(app.store.dispatch({ label: 'x', changes: [{ path: ${path}, value: ${value} }] }), 0)`);

beforeAll(async () => {
  ui = await openInterface();
  await ui.page.setViewportSize({ width: 1440, height: 900 });
  // Colours on their way from one to another would be read somewhere between.
  await ui.page.addStyleTag({ content: '* { transition: none !important }' });
}, 60_000);
afterAll(() => ui?.close());

describe('the contrast check itself', () => {
  it('finds grey text on grey and a faint line, and lets black on white pass', async () => {
    await ui.page.evaluate(`document.body.innerHTML = '<p style="color:#888;background:#777">faint</p><p style="color:#000">clear</p>' +
      '<p style="opacity:.4;color:#000">faded</p><svg><path class="jp-Neuropatch-wire" d="M0 0L20 20" style="stroke:#ccc"/></svg>'`);
    expect((await faults()).map(fault => fault.split(' ')[0])).toEqual(['"faint"', '"faded"', 'graphic']);
  });
});

describe.each(['light', 'dark'] as const)('%s theme', theme => {
  beforeAll(() => ui.setTheme(theme));

  it.each(['player', 'amp', 'up', 'drive', 'out'])('while it plays, with %s in the inspector', async id => {
    await ui.start('tube-amp', true);
    await select(id);
    await ui.page.waitForTimeout(100);
    expect(await faults()).toEqual([]);
  });

  it('with audio off, a wire selected and a node bypassed', async () => {
    await ui.start();
    await change("['nodes', 'amp', 'isBypassed']", 'true');
    await ui.read("(app.session.select({ connection: 'mix.out>limit.in' }), 0)");
    expect(await faults()).toEqual([]);
  });

  it('with problems, their panel, an unknown type and a missing file', async () => {
    await ui.start();
    await ui.read("(app.engine.resources.delete('amp.model'), 0)");
    await change("['nodes', 'down', 'params', 'to']", "'22050'");
    await change("['nodes', 'limit', 'type']", "'future/thing'");
    await ui.page.getByRole('button', { name: 'Problems of the patch' }).click();
    await select('amp');
    expect(await ui.page.getByRole('dialog', { name: 'Problems' }).count()).toBe(1);
    expect(await faults()).toEqual([]);
  });

  it('with a refused connection, a list and a probe', async () => {
    await ui.start('tube-amp', true);
    await ui.drag(await ui.port('down', 'out'), await ui.port('mix', 'dry'));
    expect(await ui.page.getByRole('alertdialog').count()).toBe(1);
    expect(await faults()).toEqual([]);
    await ui.page.keyboard.press('Escape');
    await ui.page.keyboard.press('n');
    await ui.page.keyboard.type('gain');
    expect(await faults()).toEqual([]);
    await ui.page.keyboard.press('Escape');
    const from = await ui.port('mix', 'out');
    await ui.page.mouse.move(from.x, from.y + 20);
    await ui.page.waitForSelector('.jp-Neuropatch-probe');
    expect(await faults()).toEqual([]);
  });

  it('of an empty patch', async () => {
    await ui.start('empty');
    expect(await faults()).toEqual([]);
  });
});
