// A file of the person's computer that is dropped on the patch: it is kept beside the patch and loaded. Owns which files are
// taken and under which name; what does not work is told as a notice with its code.
import type { Contents } from '@jupyterlab/services';
import { addNode, freeNodeId, freePosition, setResource } from '../../src/core/edits.ts';
import { type ErrorCode, fail, PatchError } from '../../src/core/errors.ts';
import type { Resource } from '../../src/core/resource.ts';
import { registry } from '../../src/generated/registry.ts';
import { RESOURCE_BYTES_MAX } from '../../src/resources/load-resources.ts';
import type { DropTarget } from '../../src/ui/context.ts';
import type { OpenPatch } from './patch-editor.ts';
import { pathBeside, readBeside, writeBeside } from './read-files.ts';

/** What each ending is, and the node that plays it where none was dropped on. */
const KINDS: Readonly<Record<string, { readonly kind: Resource['kind']; readonly type: string }>> = {
  wav: { kind: 'audio', type: 'source/audio-file-player' },
  onnx: { kind: 'model', type: 'neural/neural-model' },
};
const MIB = 1024 * 1024;

/** Keeps the file in the folder of the patch at `patchPath` and loads it into the node below, or into a new one. One undo step. */
export async function dropFile(
  { session, selection }: OpenPatch,
  contents: Contents.IManager,
  patchPath: string,
  file: File,
  target: DropTarget,
): Promise<void> {
  try {
    const ending = /\.([^.]*)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
    const known = Object.hasOwn(KINDS, ending) ? KINDS[ending] : undefined;
    if (!known) refuse('E-AUDIO-FORMAT', file, 'expected a .wav or .onnx file', `.${ending}`, 'Convert it first.');
    if (file.size > RESOURCE_BYTES_MAX)
      refuse(
        'E-SIZE',
        file,
        `expected a file of at most ${RESOURCE_BYTES_MAX / MIB} MiB`,
        `${Math.round(file.size / MIB)} MiB`,
        'Choose a smaller one.',
      );
    const path = await keep(contents, patchPath, file);
    const { store } = session;
    const slotOf = (type: string): string | undefined =>
      Object.entries(registry.get(type)?.resources ?? {}).find(([, { kind }]) => kind === known.kind)?.[0];
    const below = target.nodeId === undefined ? undefined : store.patch.nodes[target.nodeId];
    const slot = below && slotOf(below.type);
    if (below && slot !== undefined) {
      store.dispatch(setResource(below.id, slot, path));
      selection.select({ nodes: [below.id] });
      return;
    }
    const type = known.type ?? '';
    const id = freeNodeId(store.patch, type);
    store.dispatch(
      addNode({
        id,
        type,
        version: registry.get(type)?.version ?? 1,
        position: freePosition(store.patch, [target.at[0] - 92, target.at[1] - 12]),
        resources: { [slotOf(type) ?? '']: path },
      }),
    );
    selection.select({ nodes: [id] });
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    for (const problem of error.problems) session.tell(problem);
  }
}

function refuse(code: ErrorCode, file: File, what: string, got: string, advice: string): never {
  fail(code, '', `${file.name}: ${what}, got ${got}. ${advice}`);
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
    return refuse('E-DISK', file, 'expected to keep it beside the patch', what, 'See that the folder can be written.');
  }
}
