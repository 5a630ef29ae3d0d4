// A real JupyterLab that is thrown away afterwards: on a copy of some files, on a free port, with settings of its own.
// Owns starting and stopping the server. Must not know what is done in its page. Only in a clone with its Python environment.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloneFolder } from './places.ts';

const root = cloneFolder ?? '.';

export interface LabOptions {
  /** Path under which the server answers; hubs use "/user/x/". Default "/". */
  readonly baseUrl?: string;
  /** Folder whose files the server shows; it is copied. Default notebooks/gallery. */
  readonly files?: string;
  /** Further options of `jupyter lab`. */
  readonly options?: readonly string[];
}

/** A running server. `url` ends with a slash; `folder` is the copy that it serves. */
export interface LabServer {
  readonly url: string;
  readonly folder: string;
  log(): string;
  stop(): Promise<void>;
}

/** Starts `jupyter lab` on a copy of `files`, on a free port, with settings, data and workspaces of its own. */
export async function startLab({
  baseUrl = '/',
  files = 'notebooks/gallery',
  options = [],
}: LabOptions = {}): Promise<LabServer> {
  const home = mkdtempSync(join(tmpdir(), 'neuropatch-lab-'));
  const folder = join(home, 'files');
  const runtime = join(home, 'runtime');
  mkdirSync(folder);
  writeSettings(join(home, 'settings'));
  if (existsSync(resolve(root, files))) cpSync(resolve(root, files), folder, { recursive: true });
  const bin = join(root, '.venv', 'bin');
  const server = spawn(join(bin, 'jupyter'), ['lab', ...labOptions(baseUrl, folder), ...options], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: bin + delimiter + process.env.PATH,
      JUPYTER_CONFIG_DIR: join(home, 'config'),
      JUPYTER_DATA_DIR: join(home, 'data'),
      JUPYTER_RUNTIME_DIR: runtime,
      JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
      JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces'),
      IPYTHONDIR: join(home, 'ipython'),
      JUPYTER_NO_CONFIG: '',
    },
  });
  let text = '';
  const hear = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  server.stdout.on('data', hear);
  server.stderr.on('data', hear);
  const stop = async (): Promise<void> => {
    await endProcess(server);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await waitForServer(server, runtime, () => text);
    return { url, folder, log: () => text, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Settings of this JupyterLab alone. */
const writeSettings = (settings: string): void => {
  const write = (extension: string, plugin: string, values: object): void => {
    const folder = join(settings, '@jupyterlab', extension);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${plugin}.jupyterlab-settings`), `${JSON.stringify(values)}\n`);
  };
  // The question about Jupyter's news would cover a corner of every screenshot.
  write('apputils-extension', 'notification', { fetchNews: 'false' });
  // Saving by the clock would make "unsaved" a race: it comes after two minutes, wherever a test then is.
  write('docmanager-extension', 'plugin', { autosave: false });
};

const labOptions = (baseUrl: string, folder: string): string[] => [
  '--no-browser',
  '--allow-root',
  '--ServerApp.ip=127.0.0.1',
  '--ServerApp.port=0',
  `--ServerApp.base_url=${baseUrl}`,
  `--ServerApp.root_dir=${folder}`,
  '--ServerApp.disable_check_xsrf=True',
  '--IdentityProvider.token=',
  '--LabApp.expose_app_in_browser=True',
  '--LabApp.news_url=None',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
  '--LabApp.extension_manager=readonly',
];

/** The server writes its address into the runtime folder once it listens. */
async function waitForServer(server: ChildProcess, runtime: string, log: () => string): Promise<string> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (server.exitCode !== null) throw new Error(`jupyter lab ended with ${server.exitCode}:\n${log()}`);
    const name = existsSync(runtime) && readdirSync(runtime).find(file => /^jpserver-\d+\.json$/.test(file));
    if (name) {
      const { url } = JSON.parse(readFileSync(join(runtime, name), 'utf8')) as { url: string };
      const answer = await fetch(`${url}api`).catch(() => undefined);
      if (answer?.ok) return url;
    }
    await sleep(100);
  }
  throw new Error(`jupyter lab did not answer within 60 s:\n${log()}`);
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>(done => child.once('exit', () => done()));
  child.kill('SIGTERM');
  const forced = sleep(5000, 'late', { ref: false });
  if ((await Promise.race([ended, forced])) === 'late') child.kill('SIGKILL');
  await ended;
}
