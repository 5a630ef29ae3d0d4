// The JupyterLab plugins. Everything here is loaded when Lab starts, so it only registers; the editor comes with the first patch.
import { commandsPlugin } from './plugins/commands.ts';
import { documentsPlugin } from './plugins/documents.ts';
import { menuPlugin } from './plugins/menu.ts';
import { panelsPlugin } from './plugins/panels.ts';
import { statusPlugin } from './plugins/status.ts';
import { settingsPlugin } from './settings.ts';

export { IPatchTracker } from './tokens.ts';
export default [settingsPlugin, documentsPlugin, commandsPlugin, menuPlugin, panelsPlugin, statusPlugin];
