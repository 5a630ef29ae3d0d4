// Runs one mark: its heats one after the other, with everything that a heat starts ended behind it. Owns what a heat may use.
// Must not know which marks there are nor what becomes of results.
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { startAudioThread } from './audio-thread.ts';
import { bundle, openPage, whyNoChromium } from './chromium.ts';
import { type ContestantProcess, startContestant } from './contestant-process.ts';
import { judge } from './judge.ts';
import type { Bench, Heat, Mark } from './mark.ts';
import { type PeerState, pythonOf } from './peers/install.ts';
import { PEERS, type PeerId } from './peers.ts';
import { cloneFolder, program, pythonFolder } from './places.ts';
import { race } from './race.ts';
import type { MarkResult } from './result.ts';
import { compare } from './sound.ts';
import { median } from './statistics.ts';

const HEATS = 5;
/** Load average above which a result says that it was disturbed. */
const BUSY = 2;
/** Races of a look: does it run at all? */
const QUICK_RACE = { rounds: 3, roundMs: 5, warmupMs: 20 };

export interface RunOptions {
  readonly isQuick: boolean;
  /** As in BenchOptions. */
  readonly heats?: number | undefined;
  readonly date: string;
  /** How it stands with the peers that the mark names. */
  readonly peers: Readonly<Partial<Record<PeerId, PeerState>>>;
  /** Starts contestants in Node: the program's path. Default: the one that is running. */
  readonly program?: string;
  /** Once aborted, the heat that runs is ended with all that it started, and no other begins. */
  readonly signal?: AbortSignal;
  readonly tell: (text: string) => void;
  readonly onBrowser?: (version: string) => void;
}

/** What an error says, without where it came from. */
const firstLine = (error: unknown): string => String(error instanceof Error ? error.message : error).split('\n')[0];

export async function runMark(mark: Mark, options: RunOptions): Promise<MarkResult> {
  const heats: Heat[] = [];
  const failures = new Set<string>();
  const missing: Partial<Record<PeerId, string>> = {};
  for (const [id, peer] of Object.entries(options.peers))
    if (peer.state === 'missing') missing[id as PeerId] = peer.reason;
  const loads: number[] = [];
  const count = options.isQuick ? 1 : (options.heats ?? mark.heats ?? HEATS);
  for (let n = 0; n < count && !options.signal?.aborted; n++) {
    options.tell(`${mark.id}: heat ${n + 1} of ${count}`);
    loads.push(loadavg()[0]);
    const started = new Started();
    // What a heat waits for fails when it is ended; so it ends itself, and takes away what is its own.
    const stop = (): void => void started.end();
    options.signal?.addEventListener('abort', stop);
    try {
      heats.push(await mark.heat(makeBench(mark, options, { started, failures, missing })));
    } catch (error) {
      failures.add(`a heat failed: ${firstLine(error)}`);
    } finally {
      options.signal?.removeEventListener('abort', stop);
      await started.end();
    }
  }
  const notes: string[] = [];
  const load = median(loads);
  // One of them is the contestant that runs.
  if (load > BUSY)
    notes.push(`the machine was busy with other things: load ${load.toFixed(1)} on ${cpus().length} cores`);
  return judge(mark, heats, { date: options.date, missing, failures: [...failures], notes });
}

/** What a heat has started and has to be ended. */
class Started {
  #all: { end(): Promise<void> }[] = [];
  #ended: Promise<unknown> | undefined;

  /** Keeps what was started; what comes after the end is ended at once, and the heat that waited for it fails. */
  async keep<T extends { end(): Promise<void> }>(one: T): Promise<T> {
    this.#all.push(one);
    if (!this.#ended) return one;
    await this.end();
    throw new Error('the heat has ended');
  }

  async end(): Promise<void> {
    this.#ended = Promise.all([this.#ended, ...this.#all.splice(0).map(one => one.end().catch(() => {}))]);
    await this.#ended;
  }
}

/** What heats leave behind. */
interface Run {
  readonly started: Started;
  readonly failures: Set<string>;
  readonly missing: Partial<Record<PeerId, string>>;
}

function makeBench(
  mark: Mark,
  { isQuick, peers, program: own = program, onBrowser }: RunOptions,
  { started, failures, missing }: Run,
): Bench {
  const start = async (name: string, command: string, words: readonly string[]): Promise<ContestantProcess> =>
    started.keep(await startContestant(name, command, words));
  const folderOf = (id: PeerId): string | undefined => {
    const peer = peers[id];
    return peer?.state === 'installed' ? peer.folder : undefined;
  };
  const modules = (id: PeerId): string | undefined => {
    const folder = folderOf(id);
    return folder && join(folder, 'node_modules');
  };
  const hasChromium = (): boolean => {
    const reason = whyNoChromium();
    if (reason) failures.add(`no page: ${reason}`);
    return reason === undefined;
  };
  return {
    isQuick,
    compare,
    modules,
    node: (work, options = {}, name = work) =>
      start(name, process.execPath, [own, 'bench', '--contestant', `${mark.id}/${work}`, JSON.stringify(options)]),
    async python(file, peer, options = {}, name = PEERS[peer].title) {
      const folder = folderOf(peer);
      const server = join(pythonFolder, 'contestant.py');
      if (folder === undefined) return undefined;
      try {
        return await start(name, pythonOf(folder), ['-B', '-u', server, file, JSON.stringify(options)]);
      } catch (error) {
        // Installed, but it does not run here.
        missing[peer] = firstLine(error);
        return undefined;
      }
    },
    async audioThread(entry, options) {
      if (!hasChromium()) return undefined;
      const thread = await started.keep(await startAudioThread(entry, options));
      onBrowser?.(thread.browser);
      return thread;
    },
    async page(entry, { peer, files = () => ({}), flags = [] } = {}) {
      const from = peer && modules(peer);
      if (!hasChromium() || (peer && !from)) return undefined;
      const main = await bundle(join(cloneFolder as string, `src/bench/marks/${entry}.page.ts`), from);
      const opened = await started.keep(await openPage({ '/main.js': main, ...files() }, flags));
      onBrowser?.(opened.browser);
      return opened.page;
    },
    race: (contestants, options) => race(contestants, isQuick ? { ...options, ...QUICK_RACE } : options),
  };
}
