// The benchmark: peers, then one mark after the other. The only source of every speed figure that is told about the product.
// Must not know the command line's words nor how results are shown.
import { machine } from './machine.ts';
import type { Mark } from './mark.ts';
import { installPeer, type PeerState } from './peers/install.ts';
import { PEERS, type PeerId } from './peers.ts';
import type { BenchResult, MarkResult, PeerResult } from './result.ts';
import { runMark } from './run-mark.ts';

export interface BenchOptions {
  readonly marks: readonly Mark[];
  readonly isQuick: boolean;
  /** Heats of each mark, default its own number; a quick run has one. */
  readonly heats?: number | undefined;
  /** Installs a peer, or says why not; the default does it for good. */
  readonly install?: (id: PeerId, tell: (text: string) => void, signal?: AbortSignal) => Promise<PeerState>;
  /** As in RunOptions. */
  readonly program?: string;
  /** Once aborted, what runs is ended with all that it started, and the rest is left out; what was measured before is kept. */
  readonly signal?: AbortSignal;
  /** Hears what goes on. */
  readonly tell: (text: string) => void;
}

export async function runBench({
  marks,
  isQuick,
  heats,
  install = installPeer,
  program,
  signal,
  tell,
}: BenchOptions): Promise<BenchResult> {
  const states: Partial<Record<PeerId, PeerState>> = {};
  const results: MarkResult[] = [];
  let browser: string | null = null;
  const date = new Date().toISOString().slice(0, 10);
  for (const mark of marks) {
    if (signal?.aborted) break;
    for (const id of mark.peers) states[id] ??= await install(id, tell, signal);
    const result = await runMark(mark, {
      isQuick,
      heats,
      date,
      peers: Object.fromEntries(mark.peers.map(id => [id, states[id] as PeerState])),
      tell,
      onBrowser: version => {
        browser = version;
      },
      ...(program ? { program } : {}),
      ...(signal ? { signal } : {}),
    });
    // One that was cut short is no result.
    if (!signal?.aborted) results.push(result);
  }
  const peers = Object.fromEntries(Object.entries(states).map(([id, state]) => [id, peerResult(id as PeerId, state)]));
  return { format: 'neuropatch-bench', version: 1, isQuick, machine: machine(), browser, peers, marks: results };
}

const peerResult = (id: PeerId, peer: PeerState): PeerResult => ({
  title: PEERS[id].title,
  version: peer.version,
  state: peer.state,
  reason: peer.state === 'missing' ? peer.reason : null,
});
