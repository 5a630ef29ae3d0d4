// The product's icons in JupyterLab: patch, bundle and side panels. Own drawings; theme colours through Lab's icon classes.
import { LabIcon } from '@jupyterlab/ui-components';

const svg = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><g class="jp-icon3" fill="#616161">${body}</g></svg>`;

export const patchIcon = new LabIcon({
  name: 'neuropatch:patch',
  svgstr: svg(
    '<circle cx="4" cy="4" r="2.5"/><circle cx="12" cy="12" r="2.5"/><path d="M3.3 6v3.500A3.2 3.2 0 0 0 6.5 12.7H10V11.3H6.5A1.8 1.8 0 0 1 4.7 9.5V6z"/>',
  ),
});

export const bundleIcon = new LabIcon({
  name: 'neuropatch:bundle',
  svgstr: svg('<path d="M2 3h12v3H2zM3 7h10v6.500H3zm3 1.500v1.300h4V8.500z" fill-rule="evenodd"/>'),
});

export const paletteIcon = new LabIcon({
  name: 'neuropatch:palette',
  svgstr: svg(
    '<path d="M2 2h5v5H2zm7 0h5v5H9zM2 9h5v5H2zm8.800 0h1.400v1.800H14v1.400h-1.800V14h-1.400v-1.800H9v-1.400h1.800z"/>',
  ),
});

export const inspectorIcon = new LabIcon({
  name: 'neuropatch:inspector',
  svgstr: svg(
    '<path d="M2 3.300h7v1.400H2zm10 0h2v1.400h-2zM9.500 2.200H11v3.600H9.500zM2 7.300h2v1.400H2zm5 0h7v1.400H7zM4.500 6.200H6v3.600H4.500zM2 11.300h7v1.400H2zm10 0h2v1.400h-2zm-2.500-1.100H11v3.600H9.500z"/>',
  ),
});
