// The command line as users run it: bundled like the product, in a process of its own, with a folder to work in.
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '../../src/build/programs.ts';
import type { Patch } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const FIXTURES = join(root, 'test/fixtures');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The answer to --json. */
  readonly json: ReturnType<typeof JSON.parse>;
}

/** Told by a program once it listens to SIGINT. */
const LISTENS = 'listens to SIGINT';
const TELLING = `data:text/javascript,process.on('newListener',name=>name==='SIGINT'&&process.stderr.write('${LISTENS}'))`;

export class Cli {
  readonly folder = mkdtempSync(join(tmpdir(), 'neuropatch-cli-'));
  /** The bundled program, which finds its files beside itself. */
  readonly program = join(this.folder, '.product', 'cli.mjs');

  /** Bundles the command line with the runtime and the builtin files beside it. */
  static async start(): Promise<Cli> {
    const cli = new Cli();
    mkdirSync(join(cli.folder, '.product'));
    await build({ ...bundleOptions('cli'), outfile: cli.program });
    symlinkSync(
      join(root, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'),
      join(cli.folder, '.product/ort-wasm-simd-threaded.wasm'),
    );
    cpSync(join(root, 'notebooks/gallery'), join(cli.folder, '.product/builtin'), { recursive: true });
    return cli;
  }

  path = (name: string): string => join(this.folder, name);

  write(name: string, content: string | Uint8Array | Patch): string {
    const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : serializePatch(content);
    writeFileSync(this.path(name), bytes);
    return name;
  }

  /** Runs to the end, in the folder. */
  run(...words: string[]): Promise<Ran> {
    return this.#run(process.execPath, [this.program, ...words]);
  }

  /** Runs where no file may be larger than so many KiB, as on a disk that is full. */
  runWithRoom(kib: number, ...words: string[]): Promise<Ran> {
    const limited = ['-c', 'ulimit -f "$0"; trap "" XFSZ; exec "$@"', String(kib), process.execPath, this.program];
    return this.#run('bash', [...limited, ...words]);
  }

  #run(program: string, words: readonly string[]): Promise<Ran> {
    return new Promise(resolve => {
      execFile(program, words, { cwd: this.folder, maxBuffer: 64 * 2 ** 20 }, (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
        let json: unknown;
        if (words.includes('--json')) {
          try {
            json = JSON.parse(out);
          } catch {
            json = undefined;
          }
        }
        resolve({ code, out, err, json });
      });
    });
  }

  /** Runs and sends SIGINT `ms` after the program listens to it, however long it took to start. */
  interrupt(ms: number, ...words: string[]): Promise<Ran> {
    return new Promise(resolve => {
      const child = spawn(process.execPath, ['--import', TELLING, this.program, ...words], { cwd: this.folder });
      let out = '';
      let err = '';
      let isTold = false;
      child.stdout.on('data', chunk => {
        out += chunk;
      });
      child.stderr.on('data', chunk => {
        err += chunk;
        if (isTold || !err.includes(LISTENS)) return;
        isTold = true;
        setTimeout(() => child.kill('SIGINT'), ms);
      });
      child.on('close', code => resolve({ code, out, err, json: undefined }));
    });
  }
}
