// The document widget of a patch: what JupyterLab opens, names, saves and closes. Owns loading the editor when it is needed.
// The editor itself (interface, engine) is a chunk of its own, so that Lab's start carries none of it.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ABCWidgetFactory, type DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { PatchEditor } from '../editor/patch-editor.ts';
import { patchIcon } from '../icons.ts';
import type { Settings } from '../settings.ts';
import type { PatchModel } from './patch-model.ts';

/** What an editor needs of JupyterLab. */
export interface LabServices {
  readonly contents: Contents.IManager;
  readonly commands: JupyterFrontEnd['commands'];
  readonly settings: Settings;
  /** For file dialogs; undefined without a file browser. */
  readonly documentManager: IDefaultFileBrowser['model']['manager'] | undefined;
}

/** The content of the widget: an empty panel until the document and the editor are there. */
export class PatchPanel extends Widget {
  readonly context: DocumentRegistry.IContext<PatchModel>;
  /** Told once the editor is there, and once more when it has gone. */
  readonly editorChanged = new Signal<this, PatchEditor | undefined>(this);
  readonly services: LabServices;
  #editor: PatchEditor | undefined;

  constructor(context: DocumentRegistry.IContext<PatchModel>, services: LabServices) {
    super();
    this.addClass('jp-Neuropatch-Document');
    this.context = context;
    this.services = services;
    void this.#load();
  }

  /** The editor; undefined while it loads. */
  get editor(): PatchEditor | undefined {
    return this.#editor;
  }

  override dispose(): void {
    if (this.isDisposed) return;
    const editor = this.#editor;
    this.#editor = undefined;
    this.editorChanged.emit(undefined);
    editor?.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(_message: Message): void {
    if (!this.node.contains(document.activeElement)) this.#editor?.focus();
  }

  async #load(): Promise<void> {
    const code = import(/* webpackChunkName: "editor" */ '../editor/document-editor.ts');
    const { context, services } = this;
    const [{ readAhead }] = await Promise.all([
      import(/* webpackChunkName: "ahead" */ '../editor/read-ahead.ts'),
      context.ready,
    ]);
    const read = readAhead(context.model.sharedModel.store.patch, services.contents, () => context.path);
    const { openDocumentEditor } = await code;
    if (this.isDisposed) return;
    this.#editor = openDocumentEditor(this.node, context, services, read);
    this.editorChanged.emit(this.#editor);
  }
}

export class PatchDocument extends DocumentWidget<PatchPanel, PatchModel> {
  constructor(options: DocumentWidget.IOptions<PatchPanel, PatchModel>) {
    super(options);
    this.title.icon = patchIcon;
    // The editor brings its own toolbar, which belongs to the interface and not to Lab.
    this.toolbar.hide();
  }
}

export class PatchWidgetFactory extends ABCWidgetFactory<PatchDocument, PatchModel> {
  readonly #services: LabServices;

  constructor(options: DocumentRegistry.IWidgetFactoryOptions<PatchDocument>, services: LabServices) {
    super(options);
    this.#services = services;
  }

  protected override createNewWidget(context: DocumentRegistry.IContext<PatchModel>): PatchDocument {
    return new PatchDocument({ context, content: new PatchPanel(context, this.#services) });
  }
}
