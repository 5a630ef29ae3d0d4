// The interface in a real Chromium: the page of page.ts with the product's style, and words for what a person does.
import { build } from 'esbuild';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { bundleForBrowser, openPage } from '../browser/harness.ts';
import { themeCss } from './theme.ts';

const root = join(import.meta.dirname, '../..');

export interface InterfacePage {
  readonly page: Page;
  /** Starts afresh with the patch that `make` names. */
  start(make?: 'tube-amp' | 'empty' | { large: number }, isPlaying?: boolean): Promise<void>;
  /** Evaluates an expression with `app` = {store, engine, session, editor, calls}. */
  read<Result>(expression: string): Promise<Result>;
  /** Centre of a port on the screen. */
  port(node: string, name: string): Promise<{ x: number; y: number }>;
  drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void>;
  close(): Promise<void>;
}

export async function openInterface(): Promise<InterfacePage> {
  const style =
    (await build({ entryPoints: [join(root, 'style/index.css')], bundle: true, write: false })).outputFiles[0]?.text ??
    '';
  const script = await bundleForBrowser(join(root, 'test/ui/page.ts'));
  const { page, close } = await openPage({ '/main.js': script });
  await page.setViewportSize({ width: 1376, height: 848 });
  await page.addStyleTag({ content: themeCss + style });
  await page.evaluate("document.body.dataset.jpThemeLight = 'true'");
  await page.waitForFunction('window.neuropatch');
  const read = <Result>(expression: string): Promise<Result> =>
    page.evaluate(`(() => { const app = window.app; return ${expression}; })()`);
  const settle = (): Promise<unknown> =>
    page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return {
    page,
    read,
    start: async (make = 'tube-amp', isPlaying = false) => {
      const patch =
        make === 'tube-amp'
          ? 'n.tubeAmpPatch()'
          : make === 'empty'
            ? "n.emptyPatch('empty')"
            : `n.largePatch(${make.large})`;
      await page.evaluate(
        `(() => { const n = window.neuropatch; window.app?.editor.dispose(); window.app = n.start({ patch: ${patch}, isPlaying: ${isPlaying} }); })()`,
      );
      await settle();
      await settle();
    },
    port: async (node, name) => {
      const box = await page.locator(`[data-node="${node}"] [data-port="${name}"]`).boundingBox();
      if (!box) throw new Error(`no port ${node}.${name}`);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    },
    drag: async (from, to) => {
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
      await page.mouse.move(to.x, to.y, { steps: 3 });
      await settle();
      await page.mouse.up();
      await settle();
    },
    close,
  };
}
