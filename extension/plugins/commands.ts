// Plugin: the commands `neuropatch:verb-noun`, with palette entries, launcher card and context menu.
// Owns names, labels and when a command is on; what it does is the editor's. Shortcuts are in schema/plugin.json.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import type { PatchPanel } from '../document/patch-document.ts';
import type { OpenPatch } from '../editor/patch-editor.ts';
import { patchIcon } from '../icons.ts';
import { IEditorSettings, type Settings } from '../settings.ts';
import { IPatchTracker, TEXT_FACTORY } from '../tokens.ts';
import { INSPECTOR_ID, PALETTE_ID } from './panels.ts';

export const COMMAND_CATEGORY = 'Audio Patch';

interface PatchCommand {
  readonly label: string;
  readonly caption?: string;
  readonly isEnabled?: (patch: OpenPatch) => boolean;
  readonly run: (patch: OpenPatch, args: Record<string, unknown>, panel: PatchPanel) => unknown;
}

const hasSelection = ({ selection: { selection } }: OpenPatch): boolean =>
  selection.nodes.size + selection.marks.size > 0 || selection.connection !== undefined;
const hasNodes = ({ selection: { selection } }: OpenPatch): boolean => selection.nodes.size > 0;
const isSounding = ({ session: { view } }: OpenPatch): boolean => view.state === 'playing' || view.state === 'paused';
/** The system's clipboard as well, where the browser allows it. */
const toClipboard = (text: string | undefined): void => {
  if (text !== undefined) void navigator.clipboard?.writeText(text).catch(() => undefined);
};
const saving = () => import(/* webpackChunkName: "actions" */ '../editor/save-files.ts');

/** Commands of the current patch by the part of their id after "neuropatch:". */
const PATCH_COMMANDS: Readonly<Record<string, PatchCommand>> = {
  'start-audio': {
    label: 'Start Audio',
    caption: 'Play the patch from its start, or go on after a pause',
    isEnabled: ({ session }) => session.view.state !== 'playing',
    run: ({ session }) => session.view.start(),
  },
  'pause-audio': {
    label: 'Pause Audio',
    isEnabled: ({ session }) => session.view.state === 'playing',
    run: ({ session }) => session.view.pause(),
  },
  'stop-audio': {
    label: 'Stop Audio',
    caption: 'Stop; the next start begins afresh',
    isEnabled: isSounding,
    run: ({ session }) => session.view.stop(),
  },
  'toggle-audio': {
    label: 'Start or Pause Audio',
    run: ({ session }) => (session.view.state === 'playing' ? session.view.pause() : session.view.start()),
  },
  undo: {
    label: 'Undo in Patch',
    isEnabled: ({ session }) => session.store.canUndo,
    run: ({ canvas }) => canvas.commands.undo(),
  },
  redo: {
    label: 'Redo in Patch',
    isEnabled: ({ session }) => session.store.canRedo,
    run: ({ canvas }) => canvas.commands.redo(),
  },
  'delete-selection': {
    label: 'Delete Selection',
    isEnabled: hasSelection,
    run: ({ canvas }) => canvas.commands.deleteSelection(),
  },
  'copy-nodes': { label: 'Copy Nodes', isEnabled: hasNodes, run: ({ canvas }) => toClipboard(canvas.commands.copy()) },
  'cut-nodes': { label: 'Cut Nodes', isEnabled: hasNodes, run: ({ canvas }) => toClipboard(canvas.commands.cut()) },
  'paste-nodes': { label: 'Paste Nodes', run: ({ canvas }) => canvas.commands.paste() },
  'duplicate-nodes': {
    label: 'Duplicate Nodes',
    isEnabled: hasNodes,
    run: ({ canvas }) => canvas.commands.duplicate(),
  },
  'select-all': { label: 'Select All Nodes', run: ({ canvas }) => canvas.commands.selectAll() },
  'add-node': {
    label: 'Add Node…',
    run: ({ canvas }, { type }) =>
      typeof type === 'string' ? canvas.commands.addNodeOfType(type) : canvas.commands.addNode(),
  },
  'add-note': { label: 'Add Note', run: ({ canvas }) => canvas.commands.addNote() },
  'group-nodes': { label: 'Frame around Nodes', isEnabled: hasNodes, run: ({ canvas }) => canvas.commands.group() },
  'rename-node': { label: 'Rename Node', isEnabled: hasNodes, run: ({ canvas }) => canvas.commands.rename() },
  'connect-node': { label: 'Connect Node…', isEnabled: hasNodes, run: ({ canvas }) => canvas.commands.connect() },
  'toggle-bypass': { label: 'Bypass Nodes', isEnabled: hasNodes, run: ({ canvas }) => canvas.commands.toggleBypass() },
  'fit-view': { label: 'Fit Patch in View', run: ({ canvas }) => canvas.fit() },
  'zoom-in': { label: 'Zoom In', run: ({ canvas }) => canvas.commands.zoomIn() },
  'zoom-out': { label: 'Zoom Out', run: ({ canvas }) => canvas.commands.zoomOut() },
  'reset-zoom': { label: 'Zoom to 100 %', run: ({ canvas }) => canvas.commands.zoomReset() },
  'reset-node': {
    label: 'Reset Node State',
    isEnabled: hasNodes,
    run: ({ session, selection }, { nodeId }) =>
      (typeof nodeId === 'string' ? [nodeId] : [...selection.selection.nodes]).forEach(id =>
        session.host.resetNode(id),
      ),
  },
  'reload-files': { label: 'Read Models and Audio Files Again', run: ({ session }) => session.reload() },
  'play-file': {
    label: 'Play a Recording',
    caption: 'Add a player and an output, and start',
    run: async patch => (await import(/* webpackChunkName: "editor" */ '../editor/play-file.ts')).playFile(patch),
  },
  'export-bundle': {
    label: 'Export Bundle…',
    caption: 'Compile the patch to one model bundle and check it against the engine',
    run: async (patch, _, panel) => (await saving()).exportPatch(patch, panel),
  },
  'profile-load': {
    label: 'Profile Load…',
    caption:
      'Measure offline how long blocks of 32 to 1024 frames take, per node and in all; the sound pauses meanwhile',
    run: async patch =>
      (await import(/* webpackChunkName: "actions" */ '../editor/profile-dialog.ts')).profileLoad(patch),
  },
  'measure-latency': {
    label: 'Measure Latency…',
    caption: 'Measure every model and every path by clicks and noise, and hold that against what is reported',
    run: async patch =>
      (await import(/* webpackChunkName: "actions" */ '../editor/measure-dialog.ts')).measureLatency(patch),
  },
  'save-log': {
    label: 'Save Performance Log',
    caption: 'Every edit and param move since the start with its frame, for exact rendering',
    isEnabled: ({ session }) => session.host.log() !== undefined,
    run: async (patch, _, panel) => (await saving()).saveLog(patch, panel),
  },
  'toggle-recording': {
    label: 'Record to File',
    caption: 'Record what the patch plays; again to stop and save it as WAV',
    run: async (patch, { only }, panel) => (await saving()).toggleRecording(patch, panel, only === 'tracks'),
  },
  'locate-file': {
    label: 'Choose File for Node…',
    isEnabled: hasNodes,
    run: async (patch, args, panel) => (await saving()).locateFile(patch, panel, args),
  },
};

/** Left out of the palette: those that need arguments. */
const WITHOUT_PALETTE = new Set(['locate-file', 'toggle-audio']);

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neuropatch:commands',
  description: 'Commands for audio patches.',
  autoStart: true,
  requires: [IPatchTracker, IEditorSettings],
  optional: [ICommandPalette, ILauncher, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    tracker: IPatchTracker,
    settings: Settings,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    browser: IDefaultFileBrowser | null,
  ) => {
    const { commands } = app;
    const add = (name: string, options: Parameters<typeof commands.addCommand>[1], isInPalette = true): void => {
      commands.addCommand(`neuropatch:${name}`, { describedBy: { args: { type: 'object' } }, ...options });
      if (isInPalette)
        palette?.addItem({ command: `neuropatch:${name}`, category: COMMAND_CATEGORY, args: { isPalette: true } });
    };
    for (const [name, { label, caption, isEnabled, run }] of Object.entries(PATCH_COMMANDS)) {
      const current = (): OpenPatch | undefined => tracker.currentWidget?.content.editor?.open;
      add(
        name,
        {
          label,
          ...(caption ? { caption } : {}),
          isEnabled: () => {
            const patch = current();
            return patch !== undefined && (isEnabled?.(patch) ?? true);
          },
          execute: args => {
            const patch = current();
            const panel = tracker.currentWidget?.content;
            return patch && panel ? run(patch, args as Record<string, unknown>, panel) : undefined;
          },
        },
        !WITHOUT_PALETTE.has(name),
      );
    }
    const folderOf = (args: { cwd?: unknown }): string =>
      typeof args.cwd === 'string' ? args.cwd : (browser?.model.path ?? '');
    add('new-patch', {
      label: args => (args.isPalette || args.isMenu ? 'New Audio Patch' : 'Audio Patch'),
      caption: 'Create an audio patch',
      icon: args => (args.isPalette ? undefined : patchIcon),
      execute: async args =>
        (await import(/* webpackChunkName: "new-files" */ '../editor/new-files.ts')).openNewPatch(
          app,
          folderOf(args),
          settings.values.sampleRateHz,
        ),
    });
    add('open-example', {
      label: args => (typeof args.type === 'string' ? 'Open Example of Node' : 'Open Example Patch…'),
      caption: 'Open a copy of an example patch',
      execute: async args =>
        (await import(/* webpackChunkName: "new-files" */ '../editor/new-files.ts')).openExample(
          app,
          folderOf(args),
          args as { type?: string; name?: string },
        ),
    });
    for (const [name, label, id] of [
      ['show-palette', 'Show Audio Nodes', PALETTE_ID],
      ['show-inspector', 'Show Node Inspector', INSPECTOR_ID],
    ] as const) {
      add(name, { label, execute: () => app.shell.activateById(id) });
    }
    add('open-as-text', {
      label: 'Open Patch as Text',
      isEnabled: () => tracker.currentWidget !== null,
      execute: () =>
        commands.execute('docmanager:open', { path: tracker.currentWidget?.context.path ?? '', factory: TEXT_FACTORY }),
    });
    launcher?.add({ command: 'neuropatch:new-patch', category: 'Other', rank: 1 });
  },
};
