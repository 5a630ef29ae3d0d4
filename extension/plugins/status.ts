// Plugin: one item in JupyterLab's status bar for the current patch: whether it plays, where, and its dropouts.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { PatchPanel } from '../document/patch-document.ts';
import { countDropouts } from '../../src/ui/dropouts.ts';
import type { EngineState } from '../../src/ui/engine-view.ts';
import { formatCount } from '../../src/ui/format.ts';
import { IPatchTracker } from '../tokens.ts';

const WORDS: Readonly<Record<EngineState, string>> = {
  off: 'Audio off',
  starting: 'Audio starts …',
  playing: 'Playing',
  paused: 'Paused',
  stopped: 'Stopped',
  failed: 'Audio failed',
};

function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, '0')}`;
}

class StatusItem extends Widget {
  readonly #tracker: IPatchTracker;
  #panel: PatchPanel | undefined;
  #end: (() => void) | undefined;

  constructor(tracker: IPatchTracker) {
    super();
    this.addClass('jp-Neuropatch-Status');
    this.#tracker = tracker;
    tracker.currentChanged.connect(this.#follow, this);
    this.#follow();
  }

  readonly #follow = (): void => {
    this.#panel?.editorChanged.disconnect(this.#listen, this);
    this.#panel = this.#tracker.currentWidget?.content;
    this.#panel?.editorChanged.connect(this.#listen, this);
    this.#listen();
  };

  readonly #listen = (): void => {
    this.#end?.();
    this.#end = undefined;
    const editor = this.#panel?.editor;
    if (editor) {
      const listen = (): void => {
        this.#end?.();
        this.#end = editor.open?.session.view.onChange(this.#draw);
        this.#draw();
      };
      editor.changed.connect(listen, this);
      listen();
    }
    this.#draw();
  };

  readonly #draw = (): void => {
    const view = this.#panel?.editor?.open?.session.view;
    const live = view?.live;
    const words: string[] = [];
    if (view?.state === 'starting' && view.loading)
      words.push(`Audio starts once ${PathExt.basename(view.loading.path)} is loaded`);
    else if (view) words.push(WORDS[view.state]);
    if (live) {
      words.push(clockText(live.positionSeconds), formatCount(countDropouts(live), 'dropout'));
      const gaps = live.underruns?.events ?? 0;
      if (gaps > 0) words.push(`${formatCount(gaps, 'gap')} of the device`);
    }
    const text = words.join(' · ');
    if (this.node.textContent !== text) this.node.textContent = text;
  };
}

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neuropatch:status',
  description: 'Shows in the status bar whether the patch plays.',
  autoStart: true,
  requires: [IPatchTracker],
  optional: [IStatusBar],
  activate: (_app: JupyterFrontEnd, tracker: IPatchTracker, statusBar: IStatusBar | null) => {
    statusBar?.registerStatusItem('neuropatch:status', {
      item: new StatusItem(tracker),
      align: 'middle',
      isActive: () => tracker.currentWidget?.isVisible === true,
      activeStateChanged: tracker.currentChanged as unknown as ISignal<unknown, void>,
    });
  },
};
