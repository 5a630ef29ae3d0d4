// A performance as the page sees it: its figures, its log, what is captured and what is looked at.
// Owns what is kept of the audio thread's messages. Must not know plans, contexts or when something starts.
import type { StateArray } from '../core/node-type.ts';
import type { PerformanceLog } from '../render/log.ts';
import { type CapturedAudio, Collector } from './captured-audio.ts';
import type { Link } from './link.ts';
import { type LiveFigures, LiveState } from './live-figures.ts';
import type { FromWorklet, WireReport } from './messages.ts';
import type { LogWriter } from './performance-log.ts';
import type { Shell } from './shell.ts';

export class Performance {
  /** Undefined before the first start. */
  log: LogWriter | undefined;
  readonly #live = new LiveState();
  readonly #collector = new Collector();
  #probe: { readonly hasStates: boolean; readonly connectionId: string | undefined } = {
    hasStates: false,
    connectionId: undefined,
  };

  /** A start from frame 0. */
  restart(shell: Shell): void {
    this.#live.restart(shell.underruns);
  }

  /** Asks a link that is about to run for what is wanted. A capture that was asked for before a fresh start begins with it. */
  ask(link: Link, isFresh: boolean): void {
    if (isFresh && this.#collector.isOn) this.startCapture(link);
    link.post({ kind: 'probe', ...this.#probe });
  }

  receive(message: FromWorklet): void {
    this.#collector.receive(message);
    if (message.kind !== 'stats') return;
    this.#live.receive(message);
    this.log?.add(message);
  }

  /** `latencySamples`: of the plan that plays. */
  figures(shell: Shell | undefined, latencySamples: number): LiveFigures | undefined {
    return this.#live.read(shell, latencySamples);
  }

  readLog(): PerformanceLog | undefined {
    return this.log?.read();
  }

  /** `link`: what sounds now, if anything does. */
  startCapture(link: Link | undefined): void {
    this.#collector.begin();
    link?.post({ kind: 'capture', isOn: true });
  }
  stopCapture(link: Link | undefined): Promise<CapturedAudio | undefined> {
    if (!this.#collector.isOn || !link) return Promise.resolve(undefined);
    link.post({ kind: 'capture', isOn: false });
    return this.#collector.end();
  }

  probeStates(hasStates: boolean, link: Link | undefined): void {
    this.#setProbe({ ...this.#probe, hasStates }, link);
  }
  probeConnection(connectionId: string | undefined, link: Link | undefined): void {
    this.#setProbe({ ...this.#probe, connectionId }, link);
  }
  readProbe(nodeId: string, state: string): StateArray | undefined {
    return this.#live.stats?.states[nodeId]?.[state];
  }
  get wireProbe(): WireReport | undefined {
    return this.#live.stats?.wire;
  }

  #setProbe(probe: { hasStates: boolean; connectionId: string | undefined }, link: Link | undefined): void {
    this.#probe = probe;
    link?.post({ kind: 'probe', ...probe });
  }
}
