// Installs peers, each into an environment of its own, once for each version. Owns calls of pip and npm and the stamps that
// say what is there. Must not know who the peers are. What fails is told with its reason and never thrown.
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PEERS, type Peer, type PeerId } from '../peers.ts';
import { peersFolder } from '../places.ts';

const call = promisify(execFile);

/** A peer that is there, or why it is not. */
export type PeerState =
  | { readonly state: 'installed'; readonly version: string; readonly folder: string }
  | { readonly state: 'missing'; readonly version: string; readonly reason: string };

const STAMP = 'installed.json';
const PYTHONS = ['python3', 'python'];

/** What a stamp says: an environment made by other steps is made anew. */
const wantedOf = ({ steps, removes }: Peer): string => JSON.stringify([steps, removes ?? null]);

/** Installs a peer unless that was done before. `tell` hears what takes long; `signal` ends it, and then the peer is missing. */
export async function installPeer(
  id: PeerId,
  tell: (text: string) => void,
  signal?: AbortSignal,
  into = peersFolder,
): Promise<PeerState> {
  const peer: Peer = PEERS[id];
  const folder = join(into, peer.kind, id);
  const wanted = wantedOf(peer);
  const there: PeerState = { state: 'installed', version: peer.version, folder };
  if (existsSync(join(folder, STAMP)) && readFileSync(join(folder, STAMP), 'utf8') === wanted) return there;
  tell(`${peer.title} ${peer.version}: installing …`);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await (peer.kind === 'python' ? installPython(peer, folder, signal) : installNpm(peer, folder, signal));
    writeFileSync(join(folder, STAMP), wanted);
    return there;
  } catch (error) {
    return { state: 'missing', version: peer.version, reason: reasonOf(error) };
  }
}

/** Tells how it stands with a peer without installing it. */
export function findPeer(id: PeerId, into = peersFolder): PeerState {
  const peer: Peer = PEERS[id];
  const folder = join(into, peer.kind, id);
  const isThere = existsSync(join(folder, STAMP)) && readFileSync(join(folder, STAMP), 'utf8') === wantedOf(peer);
  return isThere
    ? { state: 'installed', version: peer.version, folder }
    : { state: 'missing', version: peer.version, reason: 'it is not installed' };
}

export const pythonOf = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

async function installPython({ steps, removes }: Peer, folder: string, signal?: AbortSignal): Promise<void> {
  const python = await firstThatRuns(PYTHONS);
  await call(python, ['-m', 'venv', folder], { signal });
  for (const step of steps)
    await call(pythonOf(folder), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...step], {
      maxBuffer: 2 ** 26,
      signal,
    });
  if (removes !== undefined) for (const file of globSync(removes, { cwd: folder })) rmSync(join(folder, file));
}

async function installNpm({ steps }: Peer, folder: string, signal?: AbortSignal): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // Without a shell npm is a script that Windows does not start.
  const options = { cwd: folder, maxBuffer: 2 ** 26, shell: process.platform === 'win32', signal };
  for (const step of steps)
    await call('npm', ['install', '--save-exact', '--no-audit', '--no-fund', '--loglevel=error', ...step], options);
}

async function firstThatRuns(programs: readonly string[]): Promise<string> {
  for (const program of programs) {
    const answer = await call(program, ['--version']).catch(() => undefined);
    if (answer) return program;
  }
  throw new Error(`none of ${programs.join(', ')} runs`);
}

/** The line that says most: pip and npm tell the error last, behind warnings. */
function reasonOf(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  const lines = stderr.split('\n').filter(line => /error|ERR!/i.test(line));
  return (lines[0] ?? message.split('\n')[0]).trim().slice(0, 200);
}
