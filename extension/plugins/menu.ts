// Plugin: the Patch menu in JupyterLab's main menu, and undo and redo in its Edit menu. Owns the order of entries only.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { Menu } from '@lumino/widgets';
import { IPatchTracker } from '../tokens.ts';

const GROUPS: readonly (readonly string[])[] = [
  ['start-audio', 'pause-audio', 'stop-audio', 'toggle-recording'],
  ['add-node', 'add-note', 'connect-node', 'rename-node', 'group-nodes', 'toggle-bypass'],
  ['copy-nodes', 'cut-nodes', 'paste-nodes', 'duplicate-nodes', 'delete-selection', 'select-all'],
  ['fit-view', 'zoom-in', 'zoom-out', 'reset-zoom'],
  ['show-palette', 'show-inspector', 'open-as-text', 'reload-files'],
  ['export-bundle', 'save-log', 'measure-latency', 'profile-load'],
];

export const menuPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neuropatch:menu',
  description: 'The Patch menu.',
  autoStart: true,
  requires: [IPatchTracker],
  optional: [IMainMenu],
  activate: ({ commands }: JupyterFrontEnd, tracker: IPatchTracker, mainMenu: IMainMenu | null) => {
    if (!mainMenu) return;
    const menu = new Menu({ commands });
    menu.title.label = 'Patch';
    menu.addItem({ command: 'neuropatch:new-patch', args: { isMenu: true } });
    menu.addItem({ command: 'neuropatch:open-example' });
    for (const group of GROUPS) {
      menu.addItem({ type: 'separator' });
      for (const name of group) menu.addItem({ command: `neuropatch:${name}` });
    }
    mainMenu.addMenu(menu, true, { rank: 60 });
    const isEnabled = (): boolean => tracker.currentWidget?.isVisible === true;
    mainMenu.editMenu.undoers.undo.add({ id: 'neuropatch:undo', isEnabled });
    mainMenu.editMenu.undoers.redo.add({ id: 'neuropatch:redo', isEnabled });
  },
};
