// What the plugins share: names, and the token behind which the open patches are found. Must stay tiny: Lab loads it at start.
import type { IWidgetTracker } from '@jupyterlab/apputils';
import { Token } from '@lumino/coreutils';
import type { PatchDocument } from './document/patch-document.ts';

/** Name of the widget factory, as "Open With" shows it. */
export const EDITOR_FACTORY = 'Neuropatch';
export const BUNDLE_FACTORY = 'Neuropatch Bundle';
/** JupyterLab's text editor, which opens every text file. */
export const TEXT_FACTORY = 'Editor';
export const PATCH_FILE_TYPE = 'npatch';
export const BUNDLE_FILE_TYPE = 'npbundle';
/** The plugin whose schema holds the settings. */
export const SETTINGS_PLUGIN = 'neuropatch:plugin';

export type IPatchTracker = IWidgetTracker<PatchDocument>;
/** The open patches, the current one first. */
export const IPatchTracker = new Token<IPatchTracker>('neuropatch:IPatchTracker', 'The open audio patches.');
