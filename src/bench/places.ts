// Where the benchmark finds its own files and keeps its peers. Must not know what they hold.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Root of the clone: from the sources, or from the built program in its dist/; undefined when the product is installed. */
export const cloneFolder: string | undefined = [resolve(here, '../..'), resolve(here, '..')].find(folder =>
  existsSync(join(folder, 'src/bench/marks')),
);

/** Folder of the built product: its wasm and builtin files. */
export const productFolder = cloneFolder ? join(cloneFolder, 'dist') : here;

/** Folder of the Python files of peers. */
export const pythonFolder = cloneFolder ? join(cloneFolder, 'src/bench/peers') : join(here, 'bench');

/** Where peers are installed: in the clone, otherwise among the user's caches. Never where the product's packages are. */
export const peersFolder = cloneFolder
  ? join(cloneFolder, '.bench')
  : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'neuropatch-bench');

/** The program that is running, which starts itself again for each contestant. */
export const program = process.argv[1];
