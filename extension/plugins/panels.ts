// Plugin: node palette and inspector in JupyterLab's side bars. One panel each, which follows the current patch.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { PatchPanel } from '../document/patch-document.ts';
import type { PatchEditor } from '../editor/patch-editor.ts';
import { inspectorIcon, paletteIcon } from '../icons.ts';
import { IPatchTracker } from '../tokens.ts';

type Mount = typeof import('../editor/side-panels.ts');
/** Fills a panel for an editor; returns the function that empties it. */
type Fill = (mount: Mount, host: HTMLElement, editor: PatchEditor) => () => void;

/** A side panel that shows something of the current patch, and one sentence when there is none. */
class SidePanel extends Widget {
  readonly #tracker: IPatchTracker;
  readonly #fill: Fill;
  readonly #nothing: string;
  readonly #body = document.createElement('div');
  #panel: PatchPanel | undefined;
  #editor: PatchEditor | undefined;
  #empty: (() => void) | undefined;
  #generation = 0;
  /** What is not seen is not drawn. */
  #isDue = false;

  constructor(
    tracker: IPatchTracker,
    options: { id: string; heading: string; caption: string; icon: LabIcon; nothing: string; fill: Fill },
  ) {
    super();
    this.id = options.id;
    this.title.icon = options.icon;
    this.title.caption = options.caption;
    this.addClass('jp-Neuropatch-SidePanel');
    const head = document.createElement('header');
    head.textContent = options.heading;
    this.node.append(head, this.#body);
    this.#tracker = tracker;
    this.#fill = options.fill;
    this.#nothing = options.nothing;
    tracker.currentChanged.connect(this.#follow, this);
    this.#follow();
  }

  protected override onAfterAttach(_message: Message): void {
    this.#catchUp();
  }
  protected override onAfterShow(_message: Message): void {
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#isDue && this.isVisible) this.#draw();
  }

  readonly #follow = (): void => {
    const panel = this.#tracker.currentWidget?.content;
    if (panel === this.#panel && this.#empty) return;
    this.#panel?.editorChanged.disconnect(this.#onEditor, this);
    this.#panel = panel;
    panel?.editorChanged.connect(this.#onEditor, this);
    this.#onEditor();
  };

  readonly #onEditor = (): void => {
    this.#editor?.changed.disconnect(this.#draw, this);
    this.#editor = this.#panel?.editor;
    this.#editor?.changed.connect(this.#draw, this);
    this.#draw();
  };

  readonly #draw = (): void => {
    const generation = ++this.#generation;
    this.#empty?.();
    this.#empty = undefined;
    this.#isDue = !this.isVisible;
    if (this.#isDue) return;
    const editor = this.#editor;
    if (!editor?.open) {
      const text = document.createElement('p');
      text.className = 'jp-Neuropatch-nothing';
      text.textContent = this.#nothing;
      this.#body.replaceChildren(text);
      this.#empty = () => text.remove();
      return;
    }
    void import(/* webpackChunkName: "editor" */ '../editor/side-panels.ts').then(mount => {
      if (generation === this.#generation && editor.open) this.#empty = this.#fill(mount, this.#body, editor);
    });
  };
}

export const PALETTE_ID = 'neuropatch-palette';
export const INSPECTOR_ID = 'neuropatch-inspector';

export const panelsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neuropatch:panels',
  description: 'Node palette and inspector in the side bars.',
  autoStart: true,
  requires: [IPatchTracker],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, tracker: IPatchTracker, restorer: ILayoutRestorer | null) => {
    const palette = new SidePanel(tracker, {
      id: PALETTE_ID,
      heading: 'Nodes',
      caption: 'Audio Nodes',
      icon: paletteIcon,
      nothing: 'Open a patch to add nodes to it.',
      fill: (mount, host, editor) => mount.fillPalette(host, editor),
    });
    const inspector = new SidePanel(tracker, {
      id: INSPECTOR_ID,
      heading: 'Inspector',
      caption: 'Node Inspector',
      icon: inspectorIcon,
      nothing: 'Open a patch and select a node to see all about it.',
      fill: (mount, host, editor) => mount.fillInspector(host, editor),
    });
    app.shell.add(palette, 'left', { rank: 450, type: 'Audio Nodes' });
    app.shell.add(inspector, 'right', { rank: 450, type: 'Node Inspector' });
    restorer?.add(palette, PALETTE_ID);
    restorer?.add(inspector, INSPECTOR_ID);
  },
};
