// What a patch needs besides the editor's code, asked for while that code is on its way: programs and the files that it names.
// Owns the answers until the editor takes them. Entry of a small chunk of its own: must not import what makes the editor big.
import type { Contents } from '@jupyterlab/services';
import type { Patch } from '../../src/core/patch.ts';
import { resourcePathFault } from '../../src/core/resource-path.ts';
import { runtimeWish } from '../../src/core/runtime-choice.ts';
import { fetchAhead } from '../../src/engine/fetch-ahead.ts';
import { compileOrt } from '../../src/inference/browser.ts';
import { wasmUrl, workerUrl, workletUrl } from './asset-urls.ts';
import { type ReadFile, readBeside } from './read-files.ts';

/** Which resource is a model is a node type's to say; its file's name tells as much without them. */
const MODEL_NAME = /\.onnx$/;

/** A file that was asked for: who takes it hears the rest of the way, and may end it. */
interface Coming {
  readonly bytes: Promise<Uint8Array | undefined>;
  tell: ((share: number) => void) | undefined;
  end(): void;
}

function ask(path: string, read: ReadFile): Coming {
  const abort = new AbortController();
  const onProgress = (share: number): void => coming.tell?.(share);
  const bytes = read(path, { onProgress, signal: abort.signal });
  // A failure is told by who takes it.
  bytes.catch(() => undefined);
  const coming: Coming = { bytes, tell: undefined, end: () => abort.abort() };
  return coming;
}

/** Asks for what the patch names. The result gives each of these files once, and reads every other time and all others as `read`. */
export function startReading(patch: Patch, read: ReadFile): ReadFile {
  const names = Object.values(patch.nodes).flatMap(({ resources = {} }) => Object.values(resources));
  const paths = [...new Set(names)].filter(path => !resourcePathFault(path));
  fetchAhead(workletUrl());
  if (paths.some(path => MODEL_NAME.test(path))) {
    fetchAhead(workerUrl());
    // Of other models their files tell whether kernels run them.
    if (Object.values(patch.nodes).some(({ params = {} }) => runtimeWish(params) === 'ONNX Runtime'))
      compileOrt(wasmUrl()).catch(() => undefined);
  }
  const files = new Map(paths.map(path => [path, ask(path, read)]));
  return (path, options = {}) => {
    const coming = files.get(path);
    files.delete(path);
    if (!coming) return read(path, options);
    coming.tell = options.onProgress;
    if (options.signal?.aborted) coming.end();
    options.signal?.addEventListener('abort', coming.end);
    return coming.bytes;
  };
}

/** The same for a patch that JupyterLab has open: files lie beside it. */
export const readAhead = (patch: Patch, contents: Contents.IManager, documentPath: () => string): ReadFile =>
  startReading(patch, readBeside(contents, documentPath));
