// Files of the CLI: reading patches, resources and audio, writing without leaving halves. Owns every touch of the disk.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import { migratePatch } from '../core/migrate.ts';
import type { Patch } from '../core/patch.ts';
import { parsePatch } from '../core/patch-file.ts';
import { BUILTIN_PREFIX } from '../core/resource-path.ts';
import { registry } from '../generated/registry.ts';
import { failIfTooLarge } from '../resources/file-size.ts';
import { loadResources, type ReadResource, type ResourceCache } from '../resources/load-resources.ts';
import { cancelled, stopWhenAsked } from './output.ts';

/** Where runtime and builtin files lie: beside the built script, or in the sources when run from them. */
function productFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, 'ort-wasm-simd-threaded.wasm')) ? here : resolve(here, '../../dist');
}
export const wasmPath = (): string => join(productFolder(), 'ort-wasm-simd-threaded.wasm');

/** Bytes of a file that the user named. Throws PatchError E-INPUT or E-SIZE. */
export async function readNamed(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) {
    const got = !info ? 'nothing there' : info.isDirectory() ? 'a folder' : 'a device or pipe';
    fail('E-INPUT', path, `${path || '""'}: expected a file, got ${got}. Check the name.`);
  }
  failIfTooLarge(path, info.size);
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    return fail(
      'E-INPUT',
      path,
      `${path}: expected a file that may be read, got "${(error as Error).message}". Check its permissions.`,
    );
  }
}

/** What the system says when a disk is full, a quota or the size of a file is used up, or the disk failed. */
const DISK_FAULTS = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

/** Writes whole or not at all: a cut run leaves the old file as it was. */
export const writeWhole = (path: string, bytes: Uint8Array | string): Promise<void> => writeAllWhole([[path, bytes]]);

/** The file behind a name, through links; undefined for a device or pipe, which can only be written to and not be put in place. */
export async function placeOf(path: string): Promise<string | undefined> {
  if (path === '') fail('E-INPUT', path, '"": expected a file to write, got no name. Name one.');
  const known = await stat(path).catch(() => undefined);
  if (known === undefined) return resolve(path);
  if (known.isDirectory()) fail('E-INPUT', path, `${path}: expected a file to write, got a folder. Add a file name.`);
  return known.isFile() ? realpath(path) : undefined;
}

/** Why a file can't be written where its name says, and what to do about it. */
async function whyNoPlace(path: string, code: string, message: string): Promise<readonly [string, string]> {
  const folder = dirname(resolve(path));
  const info = await stat(folder).catch(() => undefined);
  if (info === undefined && code === 'ENOENT')
    return ['a folder that is not there (ENOENT)', 'Make it, or choose another.'];
  if (code === 'ENOTDIR' || info?.isFile()) return ['a folder that is a file (ENOTDIR)', 'Choose another folder.'];
  if (code === 'EACCES' || code === 'EPERM')
    return [`a folder or file that you may not write (${code})`, 'Change its permissions, or choose another folder.'];
  if (code === 'EROFS') return ['a disk that can only be read (EROFS)', 'Choose a folder on another.'];
  if (code === 'ENAMETOOLONG') return ['a name that is too long (ENAMETOOLONG)', 'Choose a shorter one.'];
  // Such as /proc, whose files the system makes up.
  if (code === 'ENOENT') return ['a folder in which no file can be made (ENOENT)', 'Choose another folder.'];
  return [JSON.stringify(message), 'Choose another folder.'];
}

/**
 * Writes all files whole or none: each under another name first, put in place when all are there. Throws PatchError E-DISK, E-INPUT, and E-CANCELLED when the
 * user stops it; then all is as it was.
 */
export async function writeAllWhole(
  files: readonly (readonly [path: string, bytes: Uint8Array | string])[],
): Promise<void> {
  const written: string[] = [];
  const places = new Set<string>();
  const moves: (() => Promise<void>)[] = [];
  let current = '';
  stopWhenAsked();
  try {
    for (const [path, bytes] of files) {
      current = path;
      const place = await placeOf(path);
      if (place === undefined) {
        moves.push(() => writeFile(path, bytes));
        continue;
      }
      if (places.has(place))
        fail('E-INPUT', path, `${path}: expected a file for each output, got one twice. Name another.`);
      places.add(place);
      const temporary = join(dirname(place), `.${randomBytes(6).toString('hex')}.part`);
      written.push(temporary);
      await writeFile(temporary, bytes);
      moves.push(() => rename(temporary, place));
    }
    if (cancelled.aborted)
      fail('E-CANCELLED', '', `${current}: expected to be written, got cancelled before. Nothing was written.`);
    for (const [at, [path]] of files.entries()) {
      current = path;
      await moves[at]();
    }
  } catch (error) {
    // What could not be made can't be taken away either.
    for (const temporary of written) await rm(temporary, { force: true }).catch(() => {});
    if (error instanceof PatchError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (DISK_FAULTS.has(code))
      fail(
        'E-DISK',
        current,
        `${current}: expected room for the whole file, got "${message}". Free some, or choose another disk.`,
      );
    const [got, todo] = await whyNoPlace(current, code, message);
    fail('E-INPUT', current, `${current}: expected a place to write to, got ${got}. ${todo}`);
  }
}

/** Reads resources from the patch's folder and the builtins; links that lead out of the folder are not followed. */
export const readFrom =
  (folder: string): ReadResource =>
  async path => {
    const isBuiltin = path.startsWith(BUILTIN_PREFIX);
    const root = await realpath(isBuiltin ? join(productFolder(), 'builtin') : folder).catch(() => undefined);
    if (root === undefined) return undefined;
    const real = await realpath(join(root, isBuiltin ? path.slice(BUILTIN_PREFIX.length) : path)).catch(
      () => undefined,
    );
    if (real === undefined) return undefined;
    const inside = relative(root, real);
    if (inside === '' || inside.startsWith('..') || inside.split(sep).includes('..')) {
      fail(
        'E-RESOURCE-PATH',
        path,
        `${path}: expected a file inside the patch's folder, got a link that leads out of it. Copy the file into the folder.`,
      );
    }
    return (await stat(real)).isFile() ? readNamed(real) : undefined;
  };

export interface OpenPatch {
  readonly patch: Patch;
  readonly resources: ResourceBook;
  /** What reading and loading found; validation adds the rest. */
  readonly problems: readonly Problem[];
}

/** Prepares the text of a patch: read, migrated, resources loaded. Throws PatchError when it is no patch at all. */
export async function preparePatch(
  text: string,
  folder: string,
  change: (patch: Patch) => Patch = patch => patch,
  cache?: ResourceCache,
): Promise<OpenPatch> {
  const parsed = parsePatch(text);
  const patch = change(migratePatch(parsed.patch, registry).patch);
  const { resources, problems } = await loadResources(patch, registry, readFrom(folder), {
    ...(cache ? { cache } : {}),
  });
  return { patch, resources, problems: [...parsed.problems, ...problems] };
}

export async function openPatch(path: string, change?: (patch: Patch) => Patch): Promise<OpenPatch> {
  const bytes = await readNamed(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PatchError({
      code: 'E-JSON',
      severity: 'error',
      path,
      message: `${path}: expected text in UTF-8, got something else. Is it a patch?`,
    });
  }
  return preparePatch(text, dirname(resolve(path)), change);
}
