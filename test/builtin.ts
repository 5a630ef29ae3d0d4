// The builtin files for tests, read from their source in notebooks/gallery rather than from a build.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BUILTIN_PREFIX } from '../src/core/resource-path.ts';
import type { ReadResource } from '../src/resources/load-resources.ts';

export const GALLERY = fileURLToPath(new URL('../notebooks/gallery/', import.meta.url));

export const readBuiltin: ReadResource = async path => {
  if (!path.startsWith(BUILTIN_PREFIX)) return undefined;
  const bytes = await readFile(GALLERY + path.slice(BUILTIN_PREFIX.length)).catch(() => undefined);
  return bytes && new Uint8Array(bytes);
};
