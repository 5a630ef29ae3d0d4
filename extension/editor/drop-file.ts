// A file that is dropped on the patch is loaded: one of the person's computer is kept beside the patch, one of the file browser
// is named where it is. Owns which files are taken and under which name; what does not work is told as a notice with its code.
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import { addNode, freeNodeId, freePosition, setResource } from '../../src/core/edits.ts';
import { type ErrorCode, fail, PatchError } from '../../src/core/errors.ts';
import type { Resource } from '../../src/core/resource.ts';
import { resourcePathFault } from '../../src/core/resource-path.ts';
import { registry } from '../../src/generated/registry.ts';
import { failIfTooLarge } from '../../src/resources/file-size.ts';
import type { DropTarget } from '../../src/ui/context.ts';
import type { OpenPatch } from './patch-editor.ts';
import { pathBeside, readBeside, writeBeside } from './read-files.ts';

/** What each ending is, and the node that plays it where none was dropped on. */
const KINDS: Readonly<Record<string, { readonly kind: Resource['kind']; readonly type: string }>> = {
  wav: { kind: 'audio', type: 'source/audio-file-player' },
  onnx: { kind: 'model', type: 'neural/neural-model' },
};

const endingOf = (name: string): string => /\.([^.]*)$/.exec(name)?.[1]?.toLowerCase() ?? '';
/** Whether a file of this name can be dropped. */
export const isTaken = (name: string): boolean => Object.hasOwn(KINDS, endingOf(name));

/** Keeps the file in the folder of the patch at `patchPath` and loads it into the node below, or into a new one. One undo step. */
export async function dropFile(
  open: OpenPatch,
  contents: Contents.IManager,
  patchPath: string,
  file: File,
  target: DropTarget,
): Promise<void> {
  await told(open, async () => {
    const { name } = file;
    if (!isTaken(name))
      refuse('E-AUDIO-FORMAT', name, 'expected a .wav or .onnx file', `.${endingOf(name)}`, 'Convert it first.');
    failIfTooLarge(name, file.size);
    use(open, await keep(contents, patchPath, file), target);
  });
}

/** Loads a file that JupyterLab has at `path` and that lies in the folder of the patch or below. One undo step; nothing is copied. */
export async function dropPath(
  open: OpenPatch,
  contents: Contents.IManager,
  patchPath: string,
  path: string,
  target: DropTarget,
): Promise<void> {
  await told(open, () => {
    const folder = PathExt.dirname(contents.localPath(patchPath));
    const beside = PathExt.relative(`/${folder}`, `/${contents.localPath(path)}`);
    if (contents.driveName(path) !== contents.driveName(patchPath) || resourcePathFault(beside))
      refuse(
        'E-RESOURCE-PATH',
        PathExt.basename(path),
        'expected a file in the folder of the patch',
        `"${path}"`,
        'Put the file beside the patch.',
      );
    use(open, beside, target);
  });
}

/** Gives the file to the node below, or to a new one that plays it. */
function use({ session, selection }: OpenPatch, path: string, { at, nodeId }: DropTarget): void {
  const { store } = session;
  const { kind, type } = KINDS[endingOf(path)] as (typeof KINDS)[string];
  const slotOf = (type: string): string | undefined =>
    Object.entries(registry.get(type)?.resources ?? {}).find(([, slot]) => slot.kind === kind)?.[0];
  const below = nodeId === undefined ? undefined : store.patch.nodes[nodeId];
  const slot = below && slotOf(below.type);
  if (below && slot !== undefined) {
    store.dispatch(setResource(below.id, slot, path));
    selection.select({ nodes: [below.id] });
    return;
  }
  const id = freeNodeId(store.patch, type);
  store.dispatch(
    addNode({
      id,
      type,
      version: registry.get(type)?.version ?? 1,
      position: freePosition(store.patch, [at[0] - 92, at[1] - 12]),
      resources: { [slotOf(type) ?? '']: path },
    }),
  );
  selection.select({ nodes: [id] });
}

/** Runs a step; a problem that it throws becomes a notice. */
async function told({ session }: OpenPatch, step: () => void | Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    for (const problem of error.problems) session.tell(problem);
  }
}

function refuse(code: ErrorCode, name: string, what: string, got: string, advice: string): never {
  fail(code, '', `${name}: ${what}, got ${got}. ${advice}`);
}

/** Writes the file beside the patch and returns its path; a file of the same name is kept, and used if it is the same. */
async function keep(contents: Contents.IManager, patchPath: string, file: File): Promise<string> {
  const read = readBeside(contents, () => patchPath);
  // Signs that a path gives a meaning to.
  const name = file.name.replace(/[\\/:*?"<>|]/g, '-').replace(/^\.+/, '-');
  const dot = name.lastIndexOf('.');
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const folder = await contents.get(pathBeside(contents, patchPath, ''), { type: 'directory', content: true });
    const names = new Set((folder.content as Contents.IModel[]).map(entry => entry.name));
    for (let n = 1; ; n++) {
      const path = n === 1 ? name : `${name.slice(0, dot)}-${n}${name.slice(dot)}`;
      const there = names.has(path) ? await read(path) : undefined;
      if (there?.length === bytes.length && there.every((byte, index) => byte === bytes[index])) return path;
      if (there) continue;
      await writeBeside(contents, patchPath, path, bytes);
      return path;
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return refuse(
      'E-DISK',
      file.name,
      'expected to keep it beside the patch',
      what,
      'See that the folder can be written.',
    );
  }
}
