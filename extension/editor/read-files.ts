// Reads and writes files beside a patch. Owns the way to JupyterLab's contents and to the files that the product ships.
// Which paths are allowed is judged before (resourcePathFault); JupyterLab's server follows links (FILE-1).
import { PathExt } from '@jupyterlab/coreutils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import { BUILTIN_PREFIX } from '../../src/core/validate.ts';
import { builtinUrls } from '../../src/generated/builtin-urls.ts';
import type { ReadResource } from '../../src/resources/load-resources.ts';
import { fromBase64, toBase64 } from './base64.ts';

const NOT_FOUND = 404;

async function fetchBytes(url: string): Promise<Uint8Array | undefined> {
  const answer = await fetch(url);
  if (answer.status === NOT_FOUND) return undefined;
  if (!answer.ok) throw new Error(`HTTP ${answer.status} ${answer.statusText}`.trim());
  return new Uint8Array(await answer.arrayBuffer());
}

/** Reads `builtin:` names; undefined when the product has no such file. */
function readBuiltin(path: string): Promise<Uint8Array | undefined> {
  const name = path.slice(BUILTIN_PREFIX.length);
  const url = Object.hasOwn(builtinUrls, name) ? builtinUrls[name]?.() : undefined;
  return url === undefined ? Promise.resolve(undefined) : fetchBytes(url);
}

/** Path of a file that lies at `path` relative to the folder of the document at `documentPath`, on the same drive. */
export function pathBeside(contents: Contents.IManager, documentPath: string, path: string): string {
  const drive = contents.driveName(documentPath);
  const local = PathExt.join(PathExt.dirname(contents.localPath(documentPath)), path);
  return drive === '' ? local : `${drive}:${local}`;
}

/** Reads from the folder of a document that JupyterLab has open. */
export const readBeside =
  (contents: Contents.IManager, documentPath: () => string): ReadResource =>
  async path => {
    if (path.startsWith(BUILTIN_PREFIX)) return readBuiltin(path);
    try {
      // Without `content` the services send `content=0` as soon as any option is given, and the file comes without its bytes.
      const options = { type: 'file', format: 'base64', content: true } as const;
      const file = await contents.get(pathBeside(contents, documentPath(), path), options);
      return fromBase64(file.content as string);
    } catch (error) {
      if (error instanceof ServerConnection.ResponseError && error.response.status === NOT_FOUND) return undefined;
      throw error;
    }
  };

/** Reads from the folder of the notebook whose output shows a patch. */
export const readThroughResolver =
  (resolver: IRenderMime.IResolver | null): ReadResource =>
  async path => {
    if (path.startsWith(BUILTIN_PREFIX)) return readBuiltin(path);
    if (!resolver) return undefined;
    return fetchBytes(
      await resolver.getDownloadUrl(await resolver.resolveUrl(path.split('/').map(encodeURIComponent).join('/'))),
    );
  };

/** Writes a binary file beside the document; returns its path. */
export async function writeBeside(
  contents: Contents.IManager,
  documentPath: string,
  name: string,
  bytes: Uint8Array,
): Promise<string> {
  const path = pathBeside(contents, documentPath, name);
  await contents.save(path, { type: 'file', format: 'base64', content: toBase64(bytes) });
  return path;
}

/** Name of a file that belongs to the document: "tube-amp.npatch" and ".npbundle" give "tube-amp.npbundle". */
export const nameBeside = (documentPath: string, ending: string): string =>
  PathExt.basename(documentPath).replace(/\.npatch$/, '') + ending;
