// Reads and writes files beside a patch. Owns the way to JupyterLab's contents and to the files that the product ships.
// Which paths are allowed is judged before (resourcePathFault); JupyterLab's server follows links (FILE-1).
import { PathExt } from '@jupyterlab/coreutils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import { PatchError } from '../../src/core/errors.ts';
import { BUILTIN_PREFIX } from '../../src/core/resource-path.ts';
import { builtinUrls } from '../../src/generated/builtin-urls.ts';
import { failIfTooLarge } from '../../src/resources/file-size.ts';
import type { ReadOptions } from '../../src/resources/load-resources.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { bytesOf, type FetchOptions } from './fetch-bytes.ts';

const NOT_FOUND = 404;

/** A ReadResource that can be ended. */
export type ReadFile = (
  path: string,
  options?: ReadOptions & { readonly signal?: AbortSignal },
) => Promise<Uint8Array | undefined>;

async function fetchBytes(url: string, path: string, options: FetchOptions): Promise<Uint8Array | undefined> {
  return bytesOf(await fetch(url, { signal: options.signal ?? null }), path, options);
}

/** Reads `builtin:` names; undefined when the product has no such file. */
function readBuiltin(path: string, options: FetchOptions): Promise<Uint8Array | undefined> {
  const name = path.slice(BUILTIN_PREFIX.length);
  const url = Object.hasOwn(builtinUrls, name) ? builtinUrls[name]?.() : undefined;
  return url === undefined ? Promise.resolve(undefined) : fetchBytes(url, path, options);
}

/** Path of a file that lies at `path` relative to the folder of the document at `documentPath`, on the same drive. */
export function pathBeside(contents: Contents.IManager, documentPath: string, path: string): string {
  const drive = contents.driveName(documentPath);
  const local = PathExt.join(PathExt.dirname(contents.localPath(documentPath)), path);
  return drive === '' ? local : `${drive}:${local}`;
}

/** What nobody but the caller may answer: an end that was asked for, and a file that is too large. */
const isFinal = (error: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true || error instanceof PatchError;

/**
 * The file as it is, from the address that its drive gives. The server's own address gets what the server asks of every request.
 * An answer that is another page (a login) is none.
 */
async function readRaw(contents: Contents.IManager, path: string, options: FetchOptions): Promise<Uint8Array> {
  const url = await contents.getDownloadUrl(path);
  const settings = contents.serverSettings;
  const answer = url.startsWith(settings.baseUrl)
    ? await ServerConnection.makeRequest(url, { signal: options.signal ?? null }, settings)
    : await fetch(url, { signal: options.signal ?? null });
  const bytes = answer.redirected ? undefined : await bytesOf(answer, path, options);
  if (!bytes) throw new Error('nothing there');
  return bytes;
}

/** As JupyterLab itself reads: in JSON, as text. Every drive can, but it is slow and takes many times the memory. */
async function readAsText(contents: Contents.IManager, path: string): Promise<Uint8Array> {
  // Without `content` the services send `content=0` as soon as any option is given, and the file comes without its bytes.
  const options = { type: 'file', format: 'base64', content: true } as const;
  return fromBase64((await contents.get(path, options)).content as string);
}

/**
 * Reads from the folder of a document that JupyterLab has open: by an address where the drive has one that works, else as
 * JupyterLab reads files. The size is looked at first.
 */
export const readBeside =
  (contents: Contents.IManager, documentPath: () => string): ReadFile =>
  async (path, options = {}) => {
    const { signal } = options;
    if (path.startsWith(BUILTIN_PREFIX)) return readBuiltin(path, options);
    const there = pathBeside(contents, documentPath(), path);
    try {
      const { size } = await contents.get(there, { type: 'file', content: false });
      signal?.throwIfAborted();
      failIfTooLarge(path, size ?? 0);
      try {
        return await readRaw(contents, there, { ...options, size: size ?? undefined });
      } catch (error) {
        if (isFinal(error, signal)) throw error;
        return await readAsText(contents, there);
      }
    } catch (error) {
      if (error instanceof ServerConnection.ResponseError && error.response.status === NOT_FOUND) return undefined;
      throw error;
    }
  };

/** Reads from the folder of the notebook whose output shows a patch. */
export const readThroughResolver =
  (resolver: IRenderMime.IResolver | null): ReadFile =>
  async (path, options = {}) => {
    if (path.startsWith(BUILTIN_PREFIX)) return readBuiltin(path, options);
    if (!resolver) return undefined;
    const local = await resolver.resolveUrl(path.split('/').map(encodeURIComponent).join('/'));
    return fetchBytes(await resolver.getDownloadUrl(local), path, options);
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
