// What is saved beside a patch: bundle, log, recording; and choosing a file from there. Owns names and the order of steps.
// Nothing is written unless all of it is there and has passed.
import { InputDialog, Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { FileDialog } from '@jupyterlab/filebrowser';
import { setResource } from '../../src/core/edits.ts';
import { encodeWav } from '../../src/dsp/wav.ts';
import { isUnheard } from '../../src/engine/unheard-outputs.ts';
import { registry } from '../../src/generated/registry.ts';
import type { PatchPanel } from '../document/patch-document.ts';
import { exportWithReport } from './export-dialog.ts';
import type { OpenPatch } from './patch-editor.ts';
import { nameBeside, writeBeside } from './read-files.ts';

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Writes a file beside the patch and says so; a failure is said as well. */
async function save(panel: PatchPanel, name: string, bytes: Uint8Array): Promise<void> {
  try {
    const path = await writeBeside(panel.services.contents, panel.context.path, name, bytes);
    Notification.success(`Saved ${path}`, { autoClose: 4000 });
  } catch (error) {
    Notification.error(`${name} was not saved: ${messageOf(error)}`);
  }
}

/** Exports the patch; the bundle is written only when it passed. */
export async function exportPatch({ session }: OpenPatch, panel: PatchPanel): Promise<void> {
  const name = nameBeside(panel.context.path, '.npbundle');
  await exportWithReport(session, name, bytes => save(panel, name, bytes));
}

/** Saves the log of what was played so far. */
export async function saveLog({ session }: OpenPatch, panel: PatchPanel): Promise<void> {
  const log = session.host.log();
  if (log)
    await save(panel, nameBeside(panel.context.path, '.nplog.json'), textBytes(`${JSON.stringify(log, null, 2)}\n`));
}

/** Panels that record, and whether only the file recorders' tracks are saved. */
const recording = new WeakMap<PatchPanel, boolean>();

/**
 * Starts to record, from the next start where nothing plays; the second call ends it and saves one 32-bit float WAV per
 * output: the patch itself, without the monitor. `isTracks`: what the file recorders get, and not what is heard.
 */
export async function toggleRecording({ session }: OpenPatch, panel: PatchPanel, isTracks = false): Promise<void> {
  const wasTracks = recording.get(panel);
  if (wasTracks === undefined) {
    recording.set(panel, isTracks);
    session.host.startCapture();
    session.view.setRecording(true);
    const when = session.view.state === 'playing' ? 'Recording' : 'Recording begins with the start';
    Notification.info(`${when}. Run the command again to end and save it.`, { autoClose: 4000 });
    return;
  }
  recording.delete(panel);
  session.view.setRecording(false);
  const captured = await session.host.stopCapture();
  const { nodes } = session.store.patch;
  // What it was started for counts, wherever it is ended.
  const isWanted = (id: string): boolean => !wasTracks || isUnheard(nodes[id]?.type ?? '', registry);
  const outputs = Object.entries(captured?.outputs ?? {}).filter(([id]) => isWanted(id));
  if (outputs.length === 0) Notification.warning('Nothing was recorded: the patch did not play, or has no output.');
  for (const [id, channels] of outputs) {
    const ending = outputs.length === 1 && !wasTracks ? '.wav' : `-${id}.wav`;
    await save(
      panel,
      nameBeside(panel.context.path, ending),
      encodeWav(channels, session.store.patch.sampleRateHz, 'f32'),
    );
  }
}

/** Lets a person choose a file of the patch's folder for a node. */
export async function locateFile(
  { session, selection }: OpenPatch,
  panel: PatchPanel,
  args: Record<string, unknown>,
): Promise<void> {
  const nodeId = typeof args.nodeId === 'string' ? args.nodeId : [...selection.selection.nodes][0];
  const node = nodeId === undefined ? undefined : session.store.patch.nodes[nodeId];
  if (!node || nodeId === undefined) return;
  const slots = Object.keys(registry.get(node.type)?.resources ?? {});
  const slot = typeof args.slot === 'string' ? args.slot : slots[0];
  if (slot === undefined || !slots.includes(slot)) return;
  const path = await choosePath(panel, registry.get(node.type)?.resources[slot]?.kind === 'model' ? '.onnx' : '.wav');
  if (path !== undefined) session.store.dispatch(setResource(nodeId, slot, path));
}

/** Path of a file in the patch's folder, relative to it; undefined when nothing was chosen. */
async function choosePath({ services, context }: PatchPanel, ending: string): Promise<string | undefined> {
  const { documentManager, contents } = services;
  const folder = PathExt.dirname(contents.localPath(context.path));
  if (!documentManager)
    return (await InputDialog.getText({ title: `Path of a ${ending} file beside the patch` })).value ?? undefined;
  const { value } = await FileDialog.getOpenFiles({
    manager: documentManager,
    title: `Choose a ${ending} file in the patch’s folder`,
    defaultPath: folder,
    root: folder,
    filter: file => (file.type === 'directory' || file.name.toLowerCase().endsWith(ending) ? {} : null),
  });
  const chosen = value?.find(file => file.type !== 'directory');
  return chosen && PathExt.relative(folder === '' ? '/' : `/${folder}`, `/${contents.localPath(chosen.path)}`);
}
