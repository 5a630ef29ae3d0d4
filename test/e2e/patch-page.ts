// What a person does in a patch editor, for the end-to-end tests: find nodes and ports, drag wires, turn knobs.
// Works on what is on the screen only. Must not know what a test looks at.
import type { Locator, Page } from 'playwright-core';
import type { LabPage } from './harness.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const VISIBLE = '.jp-Neuropatch-Document:visible';

/** Something stands still when it was in the same place this many times in a row, this far apart. */
const STILL_LOOKS = 3;
const STILL_LOOK_MS = 100;
/** How long something may take to appear. */
const FOUND_MS = 10_000;

/** One open patch. */
export class PatchPage {
  readonly lab: LabPage;
  readonly page: Page;
  /** The editor's element: the document in front, or a notebook's output. */
  readonly root: Locator;

  constructor(lab: LabPage, root = VISIBLE) {
    this.lab = lab;
    this.page = lab.page;
    this.root = lab.page.locator(root);
  }

  /** Opens a patch file and waits until its canvas is there. */
  static async open(lab: LabPage, path: string): Promise<PatchPage> {
    await lab.open(path);
    const name = path.split('/').at(-1);
    await lab.page.locator('.lm-TabBar-tab.lm-mod-current', { hasText: name }).first().waitFor();
    // By the tab's own document, so that nothing is looked for in another that comes to the front.
    const id = await lab.page
      .locator('.lm-TabBar-tab.lm-mod-current', { hasText: name })
      .first()
      .getAttribute('data-id');
    const patch = new PatchPage(lab, `[id="${id}"]`);
    await patch.canvas.waitFor();
    return patch;
  }

  /** What a person would see first when something is missing: the tabs, the one in front marked, and open dialogs. */
  async describe(): Promise<string> {
    const texts = await this.page
      .locator('#jp-main-dock-panel .lm-TabBar-tab, .jp-Dialog-content, .jp-Neuropatch-notice')
      .evaluateAll(all => all.map(e => `${e.classList.contains('lm-mod-current') ? '*' : ''}${e.textContent}`));
    return `${texts.join(' | ')}; ${await this.nodes.count()} nodes, ${await this.canvas.count()} canvases`;
  }

  get canvas(): Locator {
    return this.root.locator('.jp-Neuropatch-Canvas');
  }
  node(id: string): Locator {
    return this.root.locator(`[data-node="${id}"]`);
  }
  port(node: string, port: string): Locator {
    return this.node(node).locator(`[data-port="${port}"]`);
  }
  wire(id: string): Locator {
    return this.root.locator(`path[data-connection="${id}"]`);
  }
  get wires(): Locator {
    return this.root.locator('path[data-connection]');
  }
  get nodes(): Locator {
    return this.root.locator('[data-node]');
  }
  get startButton(): Locator {
    return this.root.locator('.jp-Neuropatch-start');
  }
  get refusal(): Locator {
    return this.root.locator('.jp-Neuropatch-refusal');
  }
  notice(code: string): Locator {
    return this.root.locator(`.jp-Neuropatch-notice[data-code="${code}"]`);
  }

  /** Runs a command of the extension, with the patch in front. */
  run(name: string, args: Record<string, unknown> = {}): Promise<void> {
    return this.lab.execute(`neuropatch:${name}`, args);
  }

  async centreOf(locator: Locator): Promise<Point> {
    const box = await locator.boundingBox({ timeout: FOUND_MS }).catch(async () => {
      throw new Error(`${locator} is not there. On the screen: ${await this.describe()}`);
    });
    if (!box) throw new Error(`${locator} is not on the screen`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async drag(from: Point, to: Point): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await mouse.move(to.x, to.y, { steps: 4 });
    await mouse.up();
  }

  /** Drags a wire from an outlet to an inlet. */
  async connect(from: readonly [string, string], to: readonly [string, string]): Promise<void> {
    await this.settle(this.port(...from));
    await this.drag(await this.centreOf(this.port(...from)), await this.centreOf(this.port(...to)));
  }

  /** Waits until something stands still: the view fits again while panels open and files arrive. */
  private async settle(what: Locator): Promise<void> {
    let before = await this.centreOf(what);
    for (let still = 0; still < STILL_LOOKS; ) {
      await this.page.waitForTimeout(STILL_LOOK_MS);
      const now = await this.centreOf(what);
      still = now.x === before.x && now.y === before.y ? still + 1 : 0;
      before = now;
    }
  }

  /** Selects a node by a click on its glyph, beside the inlet that stands on the header's middle. */
  async select(id: string): Promise<void> {
    await this.node(id).locator('header > svg').click();
  }

  /** Selects a wire by a click on the middle of its path. */
  async selectWire(id: string): Promise<void> {
    const at = await this.wire(id).evaluate(element => {
      const path = element as unknown as SVGPathElement;
      const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
      const place = new DOMPoint(x, y).matrixTransform(path.getScreenCTM() ?? undefined);
      return { x: place.x, y: place.y };
    });
    await this.page.mouse.click(at.x, at.y);
  }

  /** Adds a node from the palette in the side bar by a double click. */
  async addFromPalette(type: string): Promise<void> {
    await this.run('show-palette');
    await this.page.locator(`.jp-Neuropatch-Palette [data-type="${type}"]`).dblclick();
  }

  /** Starts audio by a click and waits until it plays. */
  async play(): Promise<void> {
    await this.startButton.click();
    await this.root.locator('.jp-Neuropatch-mod-playing').waitFor();
  }

  /** Waits for the text in Lab's status bar. */
  async waitForStatus(text: RegExp): Promise<void> {
    await this.page.locator('.jp-Neuropatch-Status').filter({ hasText: text }).waitFor();
  }

  async save(): Promise<void> {
    await this.lab.execute('docmanager:save');
    await this.page.locator('.lm-TabBar-tab.lm-mod-current.jp-mod-dirty').waitFor({ state: 'detached' });
  }
}
