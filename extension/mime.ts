// The MIME renderer: a patch in a notebook's output, to be edited and played there. It makes no sound without a click.
// Loaded when Lab starts; the editor comes with the first output. Edits in an output stay there: the notebook keeps what ran.
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import { PATCH_MIME } from '../src/core/patch.ts';
import type { OutputEditor } from './editor/output-editor.ts';

class PatchOutput extends Widget implements IRenderMime.IRenderer {
  readonly #resolver: IRenderMime.IResolver | null;
  #editor: OutputEditor | undefined;

  constructor(options: IRenderMime.IRendererOptions) {
    super();
    this.addClass('jp-Neuropatch-Output');
    this.#resolver = options.resolver;
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { openOutputEditor } = await import(/* webpackChunkName: "editor" */ './editor/output-editor.ts');
    if (this.isDisposed) return;
    const source = JSON.stringify(model.data[PATCH_MIME]);
    if (this.#editor) this.#editor.setSource(source);
    else this.#editor = openOutputEditor(this.node, source, this.#resolver);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#editor?.dispose();
    super.dispose();
  }
}

const extension: IRenderMime.IExtension = {
  id: 'neuropatch:mime',
  rendererFactory: { safe: true, mimeTypes: [PATCH_MIME], createRenderer: options => new PatchOutput(options) },
  rank: 0,
  dataType: 'json',
};

export default extension;
