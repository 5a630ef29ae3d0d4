// The JupyterLab plugin: teaches Lab the patch file type. Owns ids and the icon; must not know what is in a patch.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { LabIcon } from '@jupyterlab/ui-components';

const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
<g class="jp-icon3" fill="#616161"><circle cx="4" cy="4" r="2.5"/><circle cx="12" cy="12" r="2.5"/>
<path d="M3.3 6v3.5A3.2 3.2 0 0 0 6.5 12.7H10V11.300H6.500A1.8 1.8 0 0 1 4.700 9.500V6z"/></g></svg>`;

export const patchIcon = new LabIcon({ name: 'neuropatch:patch', svgstr });

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'neuropatch:plugin',
  description: 'Opens visual audio patches.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    app.docRegistry.addFileType({
      name: 'npatch',
      displayName: 'Audio Patch',
      extensions: ['.npatch'],
      mimeTypes: ['application/vnd.neuropatch.patch+json'],
      fileFormat: 'text',
      contentType: 'file',
      icon: patchIcon,
    });
  },
};

export default plugin;
