// Catches the product's error, so that a test can look at its code and text.
import { PatchError } from '../../src/core/errors.ts';

/** The PatchError that `action` throws; any other error, or none, fails the test. */
export function errorOf(action: () => unknown): PatchError {
  try {
    action();
  } catch (error) {
    if (error instanceof PatchError) return error;
    throw error;
  }
  throw new Error('expected a PatchError');
}
