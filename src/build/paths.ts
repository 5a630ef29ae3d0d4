// Where things lie in the clone, and small file helpers that the build's steps share. Must not know any step.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** An absolute path from one relative to the root of the clone. */
export const at = (path: string): string => join(root, path);

export const isThere = (path: string): boolean => existsSync(at(path));

/** Files that match `pattern`, relative to `folder`, with forward slashes, sorted, so that builds repeat. */
export const glob = (pattern: string | string[], folder = '.'): string[] =>
  globSync(pattern, { cwd: at(folder) })
    .map(path => path.replaceAll('\\', '/'))
    .sort();

export const copy = (from: string, to: string): void => {
  mkdirSync(dirname(at(to)), { recursive: true });
  cpSync(at(from), at(to), { recursive: true });
};

export const remove = (path: string): void => rmSync(at(path), { recursive: true, force: true });

/** Writes a file, but leaves one that holds the same already alone, so that watchers and stamps stay quiet. */
export const write = (path: string, content: string | Uint8Array): void => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  if (isThere(path) && readFileSync(at(path)).equals(bytes)) return;
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), bytes);
};
