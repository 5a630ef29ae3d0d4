// The MIME renderer: shows a patch in a notebook's output, as its text for now. Must not make sound by itself.
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

const MIME_TYPE = 'application/vnd.neuropatch.patch+json';

class PatchOutput extends Widget implements IRenderMime.IRenderer {
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const text = document.createElement('pre');
    text.textContent = JSON.stringify(model.data[MIME_TYPE], null, 2);
    this.node.replaceChildren(text);
  }
}

const extension: IRenderMime.IExtension = {
  id: 'neuropatch:mime',
  rendererFactory: { safe: true, mimeTypes: [MIME_TYPE], createRenderer: () => new PatchOutput() },
  rank: 0,
  dataType: 'json',
};

export default extension;
