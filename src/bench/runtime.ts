// What patches with files and models need in Node: the runtime for models as the product starts it, builtin files, loading.
// Must not know which patches play.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceBook } from '../core/infer.ts';
import type { Inference } from '../core/model-runner.ts';
import type { Patch } from '../core/patch.ts';
import { registry } from '../generated/registry.ts';
import { loadOrtFromFile } from '../inference/node.ts';
import { createInference } from '../inference/ort-inference.ts';
import { withKernels } from '../neural/kernel-inference.ts';
import { loadResources } from '../resources/load-resources.ts';
import { productFolder } from './places.ts';

const BUILTIN = 'builtin:';

export const startModels = async (): Promise<Inference> =>
  withKernels(createInference(await loadOrtFromFile(join(productFolder, 'ort-wasm-simd-threaded.wasm'))));

/** A file that the product ships, by its name behind "builtin:". */
export const readBuiltin = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(productFolder, 'builtin', name)));

/** Loads what a patch names: builtin files, and `files` by their path. Throws what keeps it from being played. */
export async function loadAll(patch: Patch, files: Readonly<Record<string, Uint8Array>> = {}): Promise<ResourceBook> {
  const read = async (path: string): Promise<Uint8Array | undefined> =>
    path.startsWith(BUILTIN) ? readBuiltin(path.slice(BUILTIN.length)) : files[path];
  const { resources, problems } = await loadResources(patch, registry, read);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error) throw new Error(`bench: ${error.message}`);
  return resources;
}
