// The archive of a bundle: a stored zip whose bytes depend on its entries only, and a reader that trusts nothing.
// Owns the container. Must not know what the entries mean; that they are intact is the manifest's business (sha256).

import type { Zippable } from 'fflate';
import { unzipSync, zipSync } from 'fflate';
import { fail } from '../core/errors.ts';

/** Limits of reading: entries, bytes of one entry and bytes of all, unpacked. */
export interface ArchiveLimits {
  readonly maxEntries: number;
  readonly maxEntryBytes: number;
  readonly maxTotalBytes: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 1000,
  maxEntryBytes: 512 * 2 ** 20,
  maxTotalBytes: 1024 * 2 ** 20,
};

/** A zip of the entries in the given order, stored, dated 1980-01-01, without extra fields. */
export function writeArchive(entries: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const files: Zippable = {};
  const seen = new Set<string>();
  for (const [name, bytes] of entries) {
    const reason = nameProblem(name);
    if (reason !== undefined) fail('E-BUNDLE-FORMAT', name, `${name}: entry name ${reason}. Choose another name.`);
    if (seen.has(name)) fail('E-BUNDLE-FORMAT', name, `${name}: two entries have this name. Keep one.`);
    seen.add(name);
    files[name] = bytes;
  }
  // fflate writes local time: a date made from local parts gives the same bytes in every time zone.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1, 0, 0, 0), os: 0, attrs: 0 });
}

/**
 * The entries of a zip by name. Throws PatchError E-BUNDLE-FORMAT for anything that is not a plain archive: damaged,
 * names that leave their folder, two entries of one name, more than the limits allow, sizes that do not hold, or
 * a name of `required` that is missing.
 */
export function readArchive(
  bytes: Uint8Array,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
  required: readonly string[] = [],
  path = 'bundle',
): Map<string, Uint8Array> {
  const refuse = (what: string, todo: string): never => fail('E-BUNDLE-FORMAT', path, `${path}: ${what}. ${todo}`);
  const damaged = 'Export the bundle again, or copy it again if the transfer was cut.';
  const seen = new Map<string, number>();
  let totalBytes = 0;
  let unpacked: Record<string, Uint8Array> = {};
  try {
    unpacked = unzipSync(bytes, {
      filter: file => {
        const reason = nameProblem(file.name);
        if (reason !== undefined)
          refuse(
            `expected plain file names, got ${JSON.stringify(file.name)}, which ${reason}`,
            'This is not a bundle of this product.',
          );
        if (seen.has(file.name)) refuse(`expected each entry once, got ${JSON.stringify(file.name)} twice`, damaged);
        seen.set(file.name, file.originalSize);
        if (seen.size > limits.maxEntries)
          refuse(`expected at most ${limits.maxEntries} entries, got more`, 'This is not a bundle of this product.');
        // Never unpack more than is stored: a bundle is not compressed, so a bomb cannot be one.
        if (file.compression !== 0)
          refuse(
            `expected stored entries, got ${JSON.stringify(file.name)} compressed`,
            'Do not pack a bundle again; use the exported file.',
          );
        if (file.size !== file.originalSize)
          refuse(`entry ${JSON.stringify(file.name)} has two sizes, ${file.size} and ${file.originalSize}`, damaged);
        if (file.originalSize > limits.maxEntryBytes)
          refuse(
            `expected entries of at most ${limits.maxEntryBytes} bytes, got ${file.originalSize}`,
            'Use a smaller model.',
          );
        totalBytes += file.originalSize;
        if (totalBytes > limits.maxTotalBytes)
          refuse(`expected at most ${limits.maxTotalBytes} bytes in all, got more`, 'Use smaller models.');
        return true;
      },
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'PatchError') throw error;
    refuse(`expected a zip archive, got ${bytes.length} bytes that are none or a damaged one`, damaged);
  }
  const entries = new Map<string, Uint8Array>();
  for (const [name, size] of seen) {
    const content = unpacked[name] as Uint8Array;
    if (content.length !== size)
      refuse(`entry ${JSON.stringify(name)} is cut, expected ${size} bytes, got ${content.length}`, damaged);
    entries.set(name, content);
  }
  const missing = required.filter(name => !entries.has(name));
  if (missing.length > 0)
    refuse(`expected the entries ${required.join(', ')}, got none named ${missing.join(', ')}`, damaged);
  return entries;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > 255) return 'is longer than 255 characters';
  if (/[\u0000-\u001f\\:]/.test(name)) return 'contains a control character, a backslash or a colon';
  if (name.startsWith('/')) return 'is absolute';
  if (name.split('/').some(part => part === '' || part === '.' || part === '..'))
    return 'has an empty part, "." or ".."';
  // Such names would lose their place or themselves as keys of a JavaScript object.
  if (name === '__proto__' || /^\d+$/.test(name)) return 'is reserved';
  return undefined;
}
