// Before any test: what the build finds by globbing is written and the kernels are compiled, so that what is new is tested from its first run.
import { generate } from '../src/build/generate.ts';
import { buildSimd } from '../src/build/simd.ts';

export default async (): Promise<void> => {
  generate();
  await buildSimd();
};
