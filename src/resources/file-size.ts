// The bound on files, told in one way wherever a file comes from. Must not know who reads it.
import { fail } from '../core/errors.ts';
import { RESOURCE_BYTES_MAX } from '../core/resource.ts';

const MIB = 1024 * 1024;

/** Throws E-SIZE for a file of more than RESOURCE_BYTES_MAX bytes: to be asked before it is read. */
export function failIfTooLarge(path: string, bytes: number): void {
  if (bytes <= RESOURCE_BYTES_MAX) return;
  const most = RESOURCE_BYTES_MAX / MIB;
  fail(
    'E-SIZE',
    path,
    `${path}: expected a file of at most ${most} MiB, got ${Math.ceil(bytes / MIB)} MiB. Choose a smaller one.`,
  );
}
