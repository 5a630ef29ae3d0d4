// The kernels' second build, with fused multiply-add, as a contestant beside ours: what would it gain? The product has none of it.
// Owns where it is found and how it is told that there is none.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant } from './mark.ts';
import { cloneFolder } from './places.ts';

/** How it is told in lines. */
export const RELAXED = 'ours, relaxed';

/** Its file; throws where there is no clone to have built it. */
export async function readRelaxed(): Promise<Uint8Array<ArrayBuffer>> {
  if (!cloneFolder) throw new Error('the second build of the kernels is in a clone only');
  return new Uint8Array(await readFile(join(cloneFolder, 'src/generated/kernels-relaxed.wasm')));
}

/** Starts it; undefined, and told among `notes`, where the build or the engine's relaxed SIMD is missing. */
export async function startRelaxed(
  place: string,
  start: () => Promise<Contestant> | undefined,
  notes: string[],
): Promise<Contestant | undefined> {
  try {
    return await start();
  } catch (error) {
    notes.push(`${RELAXED} is missing in ${place}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
