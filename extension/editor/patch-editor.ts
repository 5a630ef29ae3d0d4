// One patch on the screen: session, canvas, toolbar and messages in one element. Used by documents and by notebook outputs.
// Owns putting them together; must not know JupyterLab's documents.
import { Signal } from '@lumino/signaling';
import { registry } from '../../src/generated/registry.ts';
import type { EditorCallbacks } from '../../src/ui/context.ts';
import { type Editor, mountEditor } from '../../src/ui/editor.ts';
import { Session } from '../../src/ui/session.ts';
import { mountToolbar } from '../../src/ui/toolbar/toolbar.ts';
import type { SharedPatch } from '../document/shared-patch.ts';
import { mountNotices } from './notices.ts';
import { PatchSession } from './patch-session.ts';
import type { ReadFile } from './read-files.ts';
import { mountUnreadable } from './unreadable-card.ts';
import '../../style/editor.css';

export interface PatchEditorOptions {
  readonly shared: SharedPatch;
  readonly read: ReadFile;
  readonly callbacks: EditorCallbacks;
  latencyHint?(): AudioContextLatencyCategory;
  relaxedSimd?(): boolean;
  /** False where JupyterLab's shortcuts call the commands. */
  readonly hasOwnShortcuts: boolean;
  /** Opens the document as text; left out where there is none. */
  openAsText?(): void;
}

/** What is there while the document can be read as a patch. */
export interface OpenPatch {
  readonly session: PatchSession;
  readonly selection: Session;
  readonly canvas: Editor;
}

export class PatchEditor {
  /** Told when the document became readable or unreadable. */
  readonly changed = new Signal<this, void>(this);
  readonly callbacks: EditorCallbacks;
  readonly #host: HTMLElement;
  readonly #options: PatchEditorOptions;
  #open: (OpenPatch & { dispose(): void }) | undefined;
  #closeCard: (() => void) | undefined;

  /** Mounts into `host`, which needs a size. */
  constructor(host: HTMLElement, options: PatchEditorOptions) {
    this.#host = host;
    this.#options = options;
    this.callbacks = options.callbacks;
    options.shared.useTypes(registry);
    options.shared.changed.connect(this.#onShared, this);
    this.#mount();
  }

  /** Undefined while the document is no patch. */
  get open(): OpenPatch | undefined {
    return this.#open;
  }

  focus(): void {
    this.#open?.canvas.focus();
  }

  dispose(): void {
    this.#options.shared.changed.disconnect(this.#onShared, this);
    this.#unmount();
    Signal.clearData(this);
  }

  readonly #onShared = (): void => {
    if (this.#options.shared.isUnreadable === (this.#open === undefined)) return;
    this.#unmount();
    this.#mount();
    this.changed.emit();
  };

  #mount(): void {
    const { shared, read, callbacks, openAsText } = this.#options;
    if (shared.isUnreadable) {
      this.#closeCard = mountUnreadable(this.#host, shared.problems, openAsText);
      return;
    }
    const session = new PatchSession({
      store: shared.store,
      read,
      latencyHint: () => this.#options.latencyHint?.() ?? 'interactive',
      relaxedSimd: () => this.#options.relaxedSimd?.() ?? false,
      fileProblems: () => shared.problems,
    });
    const selection = new Session();
    const place = (name: string): HTMLElement => {
      const element = document.createElement('div');
      element.className = `jp-Neuropatch-${name}`;
      this.#host.append(element);
      return element;
    };
    const [toolbarPlace, noticePlace, canvasPlace] = [
      place('toolbarPlace'),
      place('noticePlace'),
      place('canvasPlace'),
    ];
    const options = {
      store: shared.store,
      registry,
      engine: session.view,
      session: selection,
      callbacks,
      hasOwnShortcuts: this.#options.hasOwnShortcuts,
    };
    const canvas = mountEditor(canvasPlace, options);
    const toolbar = mountToolbar(toolbarPlace, options);
    const notices = mountNotices(noticePlace, session);
    this.#open = {
      session,
      selection,
      canvas,
      dispose: () => {
        notices();
        toolbar.dispose();
        canvas.dispose();
        void session.dispose();
        for (const element of [toolbarPlace, noticePlace, canvasPlace]) element.remove();
      },
    };
  }

  #unmount(): void {
    this.#closeCard?.();
    this.#closeCard = undefined;
    const open = this.#open;
    this.#open = undefined;
    open?.dispose();
  }
}
