// A row of linear nodes that play in one call of a kernel while all their params rest, and one by one otherwise: the states are the nodes'
// own, so that nobody hears the change. Owns the row's coefficients; which nodes stand in a row is in src/plan/passes/cascade.ts.
import type { Kernels } from '../core/kernels.ts';
import type { Linear, StateArray } from '../core/node-type.ts';
import { CASCADE_NUMBERS, CASCADE_STATES, LANES, laySection, SECTION, SECTION_NUMBERS } from '../dsp/cascade.ts';
import type { ArenaLayout } from './arena.ts';
import type { NodeRun } from './node-run.ts';
import type { SignalRun } from './signal-calls.ts';
import type { Step } from './steps.ts';

/** Views of the arena: coefficients, then for every two channels their states while they are played. */
export const reserveCascade = (layout: ArenaLayout, sections: number, channels: number): number[] => [
  layout.reserve('f64', CASCADE_NUMBERS * LANES * sections),
  ...Array.from({ length: Math.ceil(channels / LANES) }, () => layout.reserve('f64', CASCADE_STATES * sections)),
];

export interface CascadeParts {
  readonly members: readonly NodeRun[];
  /** Each member by itself. */
  readonly steps: readonly Step[];
  readonly input: SignalRun;
  readonly output: SignalRun;
  /** What lies between the members, which is not written while they play as one. */
  readonly between: readonly SignalRun[];
  readonly kernels: Kernels;
  readonly coefficients: Float64Array;
  /** For every two channels. */
  readonly states: readonly Float64Array[];
  readonly now: (() => number) | undefined;
}

/** The states of a member that has any: `order` numbers a channel. */
interface Section {
  readonly run: NodeRun;
  readonly values: StateArray;
  readonly order: number;
  /** Room for its numbers while they are worked out. */
  readonly numbers: Float64Array;
}

const isZero = (values: Float64Array): boolean => values.every(x => x === 0);

/** A gain before (B and D) or behind a section (C and D). */
function scale(numbers: Float64Array, gain: number, first: number, second: number): void {
  numbers[first] *= gain;
  numbers[second] *= gain;
  numbers[SECTION.d] *= gain;
}

const linearOf = (run: NodeRun): Linear => run.type.linear as Linear;

export class Cascade implements Step {
  readonly #parts: CascadeParts;
  readonly #sections: readonly Section[];
  /** Two channels at a time; one without a partner goes with itself. */
  readonly #pairs: readonly (readonly [number, number])[];
  readonly #inputs: readonly (readonly Float32Array[])[];
  readonly #outputs: readonly (readonly Float32Array[])[];
  readonly #numbers = new Float64Array(SECTION_NUMBERS);
  /** Of a row of gains alone. */
  #gain = 1;
  /** The coefficients are those of the params. */
  #isDesigned = false;
  /** Silence came and left, and no state holds anything. */
  #isEmpty = false;

  constructor(parts: CascadeParts) {
    this.#parts = parts;
    const { channels } = parts.input;
    this.#sections = parts.members.flatMap(run => {
      const { state } = linearOf(run);
      if (state === undefined) return [];
      const values = run.state[state];
      return [{ run, values, order: values.length / channels.length, numbers: new Float64Array(SECTION_NUMBERS) }];
    });
    this.#pairs = Array.from({ length: Math.ceil(channels.length / LANES) }, (_, k) => [
      LANES * k,
      Math.min(LANES * k + 1, channels.length - 1),
    ]);
    const paired = (of: SignalRun): Float32Array[][] => this.#pairs.map(pair => pair.map(c => of.channels[c]));
    this.#inputs = paired(parts.input);
    this.#outputs = paired(parts.output);
  }

  run(): void {
    if (this.#isSteady()) this.#playAll();
    else this.#playEach();
  }

  #isSteady(): boolean {
    const { members, between } = this.#parts;
    for (let k = 0; k < members.length; k++) if (!members[k].isSteady) return false;
    for (let k = 0; k < between.length; k++) if (between[k].isWatched) return false;
    return true;
  }

  #playEach(): void {
    const { steps } = this.#parts;
    this.#isDesigned = false;
    this.#isEmpty = false;
    for (let k = 0; k < steps.length; k++) steps[k].run();
  }

  #playAll(): void {
    const { input, output, now } = this.#parts;
    const frames = output.clock.count;
    if (frames === 0) return;
    const begin = now?.() ?? 0;
    if (!this.#isDesigned) this.#design();
    if (input.isSilent && this.#isEmpty) {
      for (let c = 0; c < output.channels.length; c++) output.channels[c].fill(0, 0, frames);
      output.isSilent = true;
    } else if (!this.#playPairs(frames)) {
      // One by one it is found who it was.
      this.#playEach();
      return;
    }
    if (now) this.#share(now() - begin);
  }

  /** False, and nothing has happened, where a number is none. */
  #playPairs(frames: number): boolean {
    const { kernels, coefficients, states, input, output } = this.#parts;
    if (this.#sections.length === 0) return this.#scale(frames);
    let peaks = 0;
    for (let k = 0; k < this.#pairs.length; k++) {
      this.#gather(this.#pairs[k], states[k]);
      peaks += kernels.cascade(coefficients, states[k], this.#inputs[k], this.#outputs[k], frames);
    }
    if (!(peaks < Number.POSITIVE_INFINITY)) return false;
    for (let k = 0; k < this.#pairs.length; k++) this.#scatter(this.#pairs[k], states[k]);
    output.isSilent = peaks === 0;
    this.#isEmpty = input.isSilent && output.isSilent && states.every(isZero);
    return true;
  }

  #scale(frames: number): boolean {
    const { kernels, input, output } = this.#parts;
    let peaks = 0;
    for (let c = 0; c < input.channels.length; c++) {
      kernels.scale(this.#gain, input.channels[c], output.channels[c], frames);
      peaks += kernels.peak(output.channels[c], frames);
    }
    output.isSilent = peaks === 0;
    return peaks < Number.POSITIVE_INFINITY;
  }

  #gather(pair: readonly [number, number], states: Float64Array): void {
    for (let k = 0; k < this.#sections.length; k++) {
      const { values, order } = this.#sections[k];
      const at = CASCADE_STATES * k;
      for (let lane = 0; lane < LANES; lane++) {
        const from = order * pair[lane];
        states[at + lane] = values[from];
        states[at + LANES + lane] = order > 1 ? values[from + 1] : 0;
      }
    }
  }

  #scatter(pair: readonly [number, number], states: Float64Array): void {
    for (let k = 0; k < this.#sections.length; k++) {
      const { values, order } = this.#sections[k];
      const at = CASCADE_STATES * k;
      for (let lane = 0; lane < LANES; lane++) {
        const to = order * pair[lane];
        values[to] = states[at + lane];
        if (order > 1) values[to + 1] = states[at + LANES + lane];
      }
    }
  }

  /** Works out the coefficients. A gain goes into the section before it, or into the first one where there is none. */
  #design(): void {
    const { members, coefficients } = this.#parts;
    let gain = 1;
    let last = -1;
    for (const run of members) {
      // Its states are moved from here from now on.
      run.forgetRest();
      const hasStates = linearOf(run).state !== undefined;
      const numbers = hasStates ? this.#sections[++last].numbers : this.#numbers;
      linearOf(run).design(run.params.signals, run.ctx.rateHz, numbers.fill(0));
      if (hasStates && last === 0) scale(numbers, gain, SECTION.b1, SECTION.b2);
      else if (!hasStates && last >= 0) scale(this.#sections[last].numbers, numbers[SECTION.d], SECTION.c1, SECTION.c2);
      else if (!hasStates) gain *= numbers[SECTION.d];
    }
    this.#gain = gain;
    for (let k = 0; k <= last; k++)
      for (let lane = 0; lane < LANES; lane++) laySection(this.#sections[k].numbers, coefficients, k, lane);
    this.#isDesigned = true;
  }

  /** Nodes in a row can't be timed each: sections get equal shares, and gains nothing, since they cost nothing in them. */
  #share(elapsed: number): void {
    const sections = this.#sections.length;
    if (sections === 0) for (const run of this.#parts.members) run.elapsed += elapsed / this.#parts.members.length;
    else for (let k = 0; k < sections; k++) this.#sections[k].run.elapsed += elapsed / sections;
  }
}
