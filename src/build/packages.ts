// Lays the programs out where they are installed from: the JupyterLab extension and the Python package.
// Owns which file lies where. Must not know how the programs are bundled.
import { execFileSync } from 'node:child_process';
import { at, copy, glob, isThere, remove } from './paths.ts';
import { copyRuntimeFiles } from './programs.ts';

const run = (script: string, ...options: string[]): void => {
  execFileSync(process.execPath, [at(script), ...options], { cwd: at('.'), stdio: ['ignore', 'inherit', 'inherit'] });
};

/** extension/ → lib/ → extension/neuropatch/labextension/, with all that the page fetches beside it. */
export const buildLabExtension = (): void => {
  remove('lib');
  run('node_modules/typescript/bin/tsc', '-p', 'extension/tsconfig.emit.json');
  const assets = 'lib/extension/assets';
  for (const program of glob('*.wjs', 'dist')) copy(`dist/${program}`, `${assets}/${program}`);
  copyRuntimeFiles(assets);
  copy('src/generated/kernels-relaxed.wasm', `${assets}/kernels-relaxed.wasm`);
  for (const name of glob('*.css', 'style')) copy(`style/${name}`, `lib/style/${name}`);
  remove('extension/neuropatch/labextension');
  const core = 'node_modules/@jupyterlab/core-meta/core.package.json';
  run('node_modules/@jupyter/builder/lib/build-labextension.js', '--core-package-file', core, '.');
};

/** The engine inside the Python package: the command line and what it reads beside itself. */
export const buildPythonPackage = (): void => {
  const engine = 'extension/neuropatch/engine';
  remove(engine);
  copyRuntimeFiles(engine);
  for (const program of ['cli.mjs', 'engine.mjs', 'nodes.json', 'patch.schema.json']) {
    if (isThere(`dist/${program}`)) copy(`dist/${program}`, `${engine}/${program}`);
  }
  for (const peer of glob('*.py', 'src/bench/peers')) copy(`src/bench/peers/${peer}`, `${engine}/bench/${peer}`);
};
