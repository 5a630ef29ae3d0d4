// Files dropped on the canvas: told with the node below and the place; node types from the palette and text are not taken for files.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());
beforeEach(() => ui.start());

/** Drops files of these names (none: text) on an element, at a place of the screen. Returns whether the drag was accepted. */
const drop = (selector: string, x: number, y: number, ...names: string[]): Promise<boolean> =>
  ui.page.evaluate(
    ([selector, x, y, names]) => {
      const dataTransfer = new DataTransfer();
      for (const name of names) dataTransfer.items.add(new File(['x'], name));
      if (names.length === 0) dataTransfer.setData('text/plain', 'words');
      const send = (type: string): boolean =>
        document
          .querySelector(selector)!
          .dispatchEvent(
            new DragEvent(type, { dataTransfer, clientX: x, clientY: y, bubbles: true, cancelable: true }),
          );
      const isTaken = !send('dragover');
      send('drop');
      return isTaken;
    },
    [selector, x, y, names] as const,
  );
const calls = (): Promise<string[]> => ui.read('app.calls');

it('on a node: the first is the node’s, the others are for the canvas', async () => {
  expect(await drop('[data-node=player] header', 500, 100, 'a.wav', 'b.wav')).toBe(true);
  const told = await calls();
  expect(told.map(call => call.replace(/ at .*/, ''))).toEqual(['drop a.wav on player', 'drop b.wav on canvas']);
});

it('on the canvas: with the place in the patch', async () => {
  await ui.read('(app.editor.commands.zoomReset(), 0)');
  const at = await ui.page.locator('[data-node=player]').boundingBox();
  await drop('.jp-Neuropatch-Canvas', (at?.x ?? 0) - 40, at?.y ?? 0, 'model.onnx');
  const [told = ''] = await calls();
  expect(told).toMatch(/^drop model.onnx on canvas at /);
  const [x = 0, y = 0] = told.split(' ').slice(-2).map(Number);
  // The player stands at 272, 16.
  expect(Math.hypot(x - 232, y - 16)).toBeLessThan(2);
});

it('text is no file', async () => {
  expect(await drop('.jp-Neuropatch-Canvas', 500, 100)).toBe(false);
  expect(await calls()).toEqual([]);
});
