// Bundles the programs of the product into one file each, in dist/: command line, engine module, worklet, worker.
// Owns entry points and bundler settings. Must not know what the programs do.
import { type BuildOptions, build } from 'esbuild';
import { BUILTIN_FOLDER, builtinNames } from './generate.ts';
import { at, copy, isThere, remove } from './paths.ts';

const WASM = 'ort-wasm-simd-threaded.wasm';

const shared: BuildOptions = {
  bundle: true,
  format: 'esm',
  target: 'es2023',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: at('.'),
  conditions: ['onnxruntime-web-use-extern-wasm'],
};

/**
 * Programs of the page. The runtime's glue mentions modules of Node behind a test that is false there, and a package's
 * `sideEffects: false` would make the bundler drop the polyfills that the audio thread needs.
 */
export const browserOptions: BuildOptions = {
  ...shared,
  platform: 'browser',
  external: ['module', 'worker_threads', 'fs', 'path', 'url', 'util', 'os', 'node:*'],
  ignoreAnnotations: true,
};

interface Program {
  readonly entry: string;
  readonly output: string;
  readonly options: BuildOptions;
  /** The sources may not be there yet; the build then says so and goes on. */
  readonly isPlanned?: boolean;
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  cli: {
    entry: 'src/cli/main.ts',
    output: 'dist/cli.mjs',
    options: { platform: 'node', target: 'node22', minify: false, banner: { js: '#!/usr/bin/env node' } },
  },
  // No platform at all: a package that needs Node or a page does not resolve.
  engine: {
    entry: 'src/index.ts',
    output: 'dist/engine.mjs',
    options: { ...browserOptions, platform: 'neutral', mainFields: ['module', 'main'] },
  },
  worklet: { entry: 'src/engine/worklet/main.ts', output: 'dist/worklet.wjs', options: browserOptions },
  worker: { entry: 'src/engine/worker/main.ts', output: 'dist/worker.wjs', options: browserOptions, isPlanned: true },
};

/** Bundles one program into its file. */
export const buildProgram = async (name: string): Promise<void> => {
  const { entry, output, isPlanned } = PROGRAMS[name] as Program;
  remove(output);
  if (isPlanned && !isThere(entry)) console.log(`build: ${name} is left out, ${entry} is not there yet`);
  else await build(bundleOptions(name));
};

/** How a program is bundled. */
export const bundleOptions = (name: string): BuildOptions => {
  const { entry, output, options } = PROGRAMS[name] as Program;
  return { ...shared, ...options, entryPoints: [entry], outfile: output };
};

export const programNames = Object.keys(PROGRAMS);

/** What programs fetch or read beside themselves: the runtime's wasm and the builtin files. */
export const copyRuntimeFiles = (folder: string): void => {
  copy(`node_modules/onnxruntime-web/dist/${WASM}`, `${folder}/${WASM}`);
  remove(`${folder}/builtin`);
  for (const name of builtinNames()) copy(`${BUILTIN_FOLDER}/${name}`, `${folder}/builtin/${name}`);
};
