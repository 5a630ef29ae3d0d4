// What a mark of the benchmark is: the contract between the runner and the files in marks/.
// Owns these types only. Must not know how a contestant is started, what a median is or how results are shown.
import type { Page } from 'playwright-core';
import type { PeerId } from './peers.ts';
import type { Run } from './protocol.ts';
import type { Race, RaceOptions } from './race.ts';
import type { Compare } from './sound.ts';

/** One mark: a promise about speed, measured beside its peers. Files: marks/<id>.ts, listed in marks/index.ts. */
export interface Mark {
  /** Name on the command line, e.g. "ten-effects". */
  readonly id: string;
  readonly title: string;
  /** What is measured and what is wanted, in one or two sentences: the row of the documentation's table. */
  readonly text: string;
  readonly goals: readonly Goal[];
  /** Peers that are installed before the first heat; each may be missing: what needs it is then undefined. */
  readonly peers: readonly PeerId[];
  /** Works that `Bench.node` starts by name, each in a fresh process of its own. */
  readonly works?: Readonly<Record<string, MakeWork>>;
  /** What limits the speed and what was tried, told where a goal is not reached. */
  readonly whenMissed?: readonly string[];
  /** Heats of a whole run, default 5; a quick run has one. */
  readonly heats?: number;
  /** One heat: starts contestants afresh, races them, compares their sounds, gives figures. All that it starts ends with it. */
  heat(bench: Bench): Promise<Heat>;
}

/** What one figure of a mark has to be. */
export interface Goal {
  /** Key in Heat.figures. A figure that no heat gives is missing, and so is the goal. */
  readonly figure: string;
  /** What people read beside the number, e.g. "× pedalboard" or "largest difference to pedalboard". */
  readonly words: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /**
   * The figure is about the sound, not the speed. It is the worst of all heats instead of their median, and where it is not
   * reached, no speed of the mark counts: all its other goals are told as void.
   */
  readonly isSound?: boolean;
  /** The worst of all heats counts, as of a sound: for what must not happen even once. */
  readonly isWorst?: boolean;
  /** The goal is missing when this peer is. */
  readonly peer?: PeerId;
}

/** What one heat found. */
export interface Heat {
  /** Numbers that goals judge or that are worth telling, by name; undefined: there is none (a peer is missing). */
  readonly figures: Readonly<Record<string, number | undefined>>;
  /** One line of the mark's own table for each contestant and case. */
  readonly lines?: readonly Line[];
  /** What a reader has to know; each text is told once. */
  readonly notes?: readonly string[];
}

/** How long one contestant took. */
export interface Line {
  readonly contestant: string;
  /** Which of several inputs, rates or places: "44.1 → 48 kHz", "audio thread". */
  readonly variant?: string;
  /** Mean time of a block of 128 frames, in µs. */
  readonly blockUs: number;
  /** The slowest in a hundred blocks, in µs, where each was timed. */
  readonly p99Us?: number;
  /** Rate that gives the budget of a block, default 48,000. */
  readonly rateHz?: number;
}

/** What a contestant does again and again, in its own process. */
export interface Work {
  /** One unit of work, usually a block of 128 frames with the next piece of its input. */
  unit(): void | Promise<void>;
  /** Plays a sound from the start with fresh states: what is compared. All channels have the same length. */
  sound?(input: readonly Float32Array[]): readonly Float32Array[] | Promise<readonly Float32Array[]>;
  /** Answers any other question in JSON, e.g. a time per node. */
  ask?(question: unknown): unknown | Promise<unknown>;
}

/** Makes a work from JSON, e.g. {"isScalar": true}. */
export type MakeWork = (options: never) => Work | Promise<Work>;

/** A work in a process of its own, alive until the heat ends, that works only when it is told to. */
export interface Contestant {
  readonly name: string;
  /** Does `units` units; resolves to the time that they took by the clock of the place where they ran. */
  run(units: number): Promise<Run>;
  /** Times each unit by itself: µs. The audio thread's clock is too coarse for that. */
  times(units: number): Promise<Float64Array>;
  sound(input: readonly Float32Array[]): Promise<Float32Array[]>;
  ask(question: unknown): Promise<unknown>;
}

/** What a heat may use. Everything that it starts is ended by the runner. */
export interface Bench {
  /** Look, don't measure: shorter races, one heat. */
  readonly isQuick: boolean;
  /** A work of this mark in a fresh Node; `name` is how it is told, default the work's key. */
  node(work: string, options?: object, name?: string): Promise<Contestant>;
  /** The class `Work` of peers/<file>.py in the peer's own Python; undefined when the peer is missing. `name`: default the peer's. */
  python(file: string, peer: PeerId, options?: object, name?: string): Promise<Contestant | undefined>;
  /**
   * The audio thread of a fresh headless Chromium: `entry` names a worklet module, marks/<entry>.worklet.ts, that calls `serveWorks`
   * (worklet/serve.ts). Works of one entry share the thread. Undefined, and told, without Chromium or without the sources.
   */
  audioThread(entry: string, options?: AudioThreadOptions): Promise<AudioThread | undefined>;
  /** A page of its own, marks/<entry>.page.ts, in a fresh headless Chromium; undefined as above. */
  page(entry: string, options?: PageOptions): Promise<Page | undefined>;
  /** Folder of an installed npm peer's node_modules; undefined when it is missing. */
  modules(peer: PeerId): string | undefined;
  /** Alternating rounds of all contestants. */
  race(contestants: readonly (Contestant | undefined)[], options?: RaceOptions): Promise<Race>;
  /** Differences of two sounds. */
  readonly compare: Compare;
}

export interface PageOptions {
  /** The page may import this npm peer's packages, which are bundled into it; when it is missing, so is the page. */
  readonly peer?: PeerId;
  /** Files that the page fetches, by path: "/patch.json"; read once it is known that there can be a page. */
  readonly files?: () => Readonly<Record<string, string | Uint8Array>>;
  /** Further flags of Chromium. */
  readonly flags?: readonly string[];
}

export interface AudioThreadOptions {
  /** Files that the works get as bytes, by name. */
  readonly data?: Readonly<Record<string, Uint8Array>>;
  /** Default 48,000. */
  readonly rateHz?: number;
}

export interface AudioThread {
  /** A work that the entry serves, made afresh in the thread. */
  work(name: string, options?: object, told?: string): Promise<Contestant>;
}
