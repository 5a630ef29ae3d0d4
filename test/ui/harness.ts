// The interface in a real Chromium: the page of page.ts with the product's style, and words for what a person does.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { bundleForBrowser, openPage } from '../browser/harness.ts';
import { GALLERY } from '../builtin.ts';
import { themeCss } from './theme.ts';

const root = join(import.meta.dirname, '../..');

/** Names of the patches of the gallery. */
export const galleryNames: readonly string[] = readdirSync(GALLERY)
  .filter(name => name.endsWith('.npatch'))
  .map(name => name.slice(0, -'.npatch'.length));

/** Patches and files of the gallery, by their address on the page's server. */
const galleryFiles = (): Record<string, Uint8Array> =>
  Object.fromEntries(
    readdirSync(GALLERY, { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(npatch|wav|onnx)$/.test(name))
      .map(name => [`/builtin/${name}`, new Uint8Array(readFileSync(join(GALLERY, name)))]),
  );

export interface InterfacePage {
  readonly page: Page;
  /** Starts afresh with the patch that `make` names. */
  start(
    make?: 'tube-amp' | 'empty' | 'every-type' | { large: number; connections: number } | { gallery: string },
    isPlaying?: boolean,
  ): Promise<void>;
  /** Evaluates an expression with `app` = {store, engine, session, editor, calls}. */
  read<Result>(expression: string): Promise<Result>;
  /** Centre of a port on the screen. */
  port(node: string, name: string): Promise<{ x: number; y: number }>;
  /** Colours and fonts of the page: JupyterLab's light or dark theme, the UI font. */
  setTheme(name: 'light' | 'dark', font?: string): Promise<void>;
  drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void>;
  close(): Promise<void>;
}

export async function openInterface(): Promise<InterfacePage> {
  const style =
    (await build({ entryPoints: [join(root, 'style/index.css')], bundle: true, write: false })).outputFiles[0]?.text ??
    '';
  const script = await bundleForBrowser(join(root, 'test/ui/page.ts'));
  const { page, close } = await openPage({ '/main.js': script, ...galleryFiles() });
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
      const call =
        make === 'tube-amp'
          ? `start({ isPlaying: ${isPlaying} })`
          : make === 'empty'
            ? "start({ patch: n.emptyPatch('empty') })"
            : make === 'every-type'
              ? `start({ patch: n.everyTypePatch(n.registry, ${JSON.stringify({ 'mix/mixer': { inputs: '16' } })}), isPlaying: ${isPlaying}, resources: new Map() })`
              : 'large' in make
                ? `start({ patch: n.largePatch(n.registry, ${make.large}, ${make.connections}), isPlaying: ${isPlaying}, resources: new Map() })`
                : `startGallery('${make.gallery}', ${isPlaying})`;
      await page.evaluate(
        `(async () => { const n = window.neuropatch; window.app?.editor.dispose(); window.app = await n.${call}; })()`,
      );
      await settle();
      await settle();
    },
    port: async (node, name) => {
      const box = await page.locator(`[data-node="${node}"] [data-port="${name}"]`).boundingBox();
      if (!box) throw new Error(`no port ${node}.${name}`);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    },
    setTheme: async (name, font) => {
      await page.evaluate(`document.body.dataset.jpThemeLight = '${name === 'light'}'`);
      await page.evaluate(`document.body.style.setProperty('--jp-ui-font-family', ${JSON.stringify(font ?? '')})`);
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
