// A row of linear nodes that play in one call of a kernel while all their params rest, and one by one otherwise: the states are the nodes'
// own, so that nobody hears the change. Owns the row's coefficients; which nodes stand in a row is in src/plan/passes/cascade.ts.
import type { Kernels } from '../core/kernels.ts';
import type { Linear } from '../core/node-type.ts';
import { CASCADE_NUMBERS, CASCADE_STATES, LANES, laySection, SECTION, SECTION_NUMBERS } from '../dsp/cascade.ts';
import type { ArenaLayout } from './arena.ts';
import type { NodeRun } from './node-run.ts';
import type { SignalRun } from './signal-calls.ts';
import type { Step } from './steps.ts';
import type { Stopwatch } from './stopwatch.ts';

/** One row of nodes. */
export interface CascadeRow {
  readonly members: readonly NodeRun[];
  readonly input: SignalRun;
  readonly output: SignalRun;
  /** What lies between the members, which is not written while they play as one. */
  readonly between: readonly SignalRun[];
}

export interface CascadeParts {
  /** One row, or two of one channel that are played side by side. */
  readonly rows: readonly CascadeRow[];
  /** Each member by itself, in order. */
  readonly steps: readonly Step[];
  readonly kernels: Kernels;
  /** As reserveCascade asked for them. */
  readonly views: readonly Float64Array[];
  readonly watch: Stopwatch | undefined;
}

/** Views of the arena: for every two lanes their coefficients, then their states while they are played. */
export const reserveCascade = (layout: ArenaLayout, sections: number, lanes: number): number[] =>
  Array.from({ length: Math.ceil(lanes / LANES) }, () => [
    layout.reserve('f64', CASCADE_NUMBERS * LANES * sections),
    layout.reserve('f64', CASCADE_STATES * sections),
  ]).flat();

/** A member that has states: `order` numbers a channel. */
interface Section {
  readonly run: NodeRun;
  readonly values: Float64Array;
  readonly order: number;
  /** Room for its numbers while they are worked out. */
  readonly numbers: Float64Array;
}

/** One channel of one row. */
interface Lane {
  readonly sections: readonly Section[];
  readonly channel: number;
}

/** One number of a member's state, and where it lies while the row plays as one. */
interface Held {
  readonly values: Float64Array;
  readonly at: number;
  readonly place: number;
}

/** Two lanes; one without a partner goes with itself. */
interface Pair {
  readonly lanes: readonly [Lane, Lane];
  readonly held: readonly Held[];
  readonly inputs: readonly Float32Array[];
  readonly outputs: readonly Float32Array[];
  readonly coefficients: Float64Array;
  readonly states: Float64Array;
}

const isEmpty = ({ states }: Pair): boolean => states.every(x => x === 0);

/** A gain before (B and D) or behind a section (C and D). */
function scale(numbers: Float64Array, gain: number, first: number, second: number): void {
  numbers[first] *= gain;
  numbers[second] *= gain;
  numbers[SECTION.d] *= gain;
}

const linearOf = (run: NodeRun): Linear => run.type.linear as Linear;

const sectionsOf = ({ members }: CascadeRow): Section[] =>
  members.flatMap(run => {
    const { state } = linearOf(run);
    if (state === undefined) return [];
    const values = run.state[state.name] as Float64Array;
    return [{ run, values, order: state.order, numbers: new Float64Array(SECTION_NUMBERS) }];
  });

export class Cascade implements Step {
  readonly #parts: CascadeParts;
  readonly #rows: readonly CascadeRow[];
  /** By row. */
  readonly #sections: readonly (readonly Section[])[];
  readonly #pairs: readonly Pair[];
  /** Nodes in a row can't be timed each: filters get equal shares, and gains nothing, since they cost nothing in them. */
  readonly #timed: readonly NodeRun[];
  readonly #numbers = new Float64Array(SECTION_NUMBERS);
  /** Of a row of gains alone. */
  #gain = 1;
  /** The coefficients are those of the params. */
  #isDesigned = false;
  /** Silence came and left, and no state holds anything. */
  #isEmpty = false;

  constructor(parts: CascadeParts) {
    this.#parts = parts;
    this.#rows = parts.rows;
    this.#sections = parts.rows.map(sectionsOf);
    const filters = this.#sections.flat().map(({ run }) => run);
    this.#timed = filters.length > 0 ? filters : parts.rows.flatMap(({ members }) => members);
    const lanes = parts.rows.flatMap((row, r) =>
      row.input.channels.map((input, channel) => ({
        lane: { sections: this.#sections[r], channel },
        input,
        output: row.output.channels[channel],
      })),
    );
    this.#pairs = Array.from({ length: Math.ceil(lanes.length / LANES) }, (_, k) => {
      const [a, b] = [lanes[LANES * k], lanes[LANES * k + 1] ?? lanes[LANES * k]];
      const pair: readonly [Lane, Lane] = [a.lane, b.lane];
      return {
        lanes: pair,
        held: pair.flatMap(heldBy),
        inputs: [a.input, b.input],
        outputs: [a.output, b.output],
        coefficients: parts.views[2 * k],
        states: parts.views[2 * k + 1],
      };
    });
  }

  run(): void {
    if (this.#isSteady()) this.#playAll();
    else this.#playEach();
  }

  #isSteady(): boolean {
    for (let r = 0; r < this.#rows.length; r++) {
      const { members, between } = this.#rows[r];
      for (let k = 0; k < members.length; k++) if (!members[k].isSteady) return false;
      for (let k = 0; k < between.length; k++) if (between[k].isWatched) return false;
    }
    return true;
  }

  #playEach(): void {
    const { steps } = this.#parts;
    this.#isDesigned = false;
    this.#isEmpty = false;
    for (let k = 0; k < steps.length; k++) steps[k].run();
  }

  #playAll(): void {
    const { watch } = this.#parts;
    const frames = this.#rows[0].output.clock.count;
    if (frames === 0) return;
    if (!this.#isDesigned) this.#design();
    if (this.#isEmpty && this.#isSilentBefore()) this.#fallSilent(frames);
    else if (!this.#playPairs(frames)) {
      // One by one it is found who it was.
      this.#playEach();
      return;
    }
    if (watch) this.#share(watch.lap());
  }

  #isSilentBefore(): boolean {
    for (let r = 0; r < this.#rows.length; r++) if (!this.#rows[r].input.isSilent) return false;
    return true;
  }

  #fallSilent(frames: number): void {
    for (let r = 0; r < this.#rows.length; r++) {
      const { output } = this.#rows[r];
      for (let c = 0; c < output.channels.length; c++) output.channels[c].fill(0, 0, frames);
      output.isSilent = true;
    }
  }

  /** False, and nothing has happened, where a number is none. */
  #playPairs(frames: number): boolean {
    if (this.#sections[0].length === 0) return this.#scale(frames);
    const { kernels } = this.#parts;
    let peaks = 0;
    for (let k = 0; k < this.#pairs.length; k++) {
      const pair = this.#pairs[k];
      gather(pair);
      peaks += kernels.cascade(pair.coefficients, pair.states, pair.inputs, pair.outputs, frames);
    }
    if (!(peaks < Number.POSITIVE_INFINITY)) return false;
    for (let k = 0; k < this.#pairs.length; k++) scatter(this.#pairs[k]);
    this.#isEmpty = peaks === 0 && this.#isSilentBefore() && this.#pairs.every(isEmpty);
    for (let r = 0; r < this.#rows.length; r++) this.#rows[r].output.isSilent = peaks === 0;
    return true;
  }

  #scale(frames: number): boolean {
    const { kernels } = this.#parts;
    const { input, output } = this.#rows[0];
    for (let c = 0; c < input.channels.length; c++)
      kernels.scale(this.#gain, input.channels[c], output.channels[c], frames);
    const peak = kernels.peak(output.channels, output.addresses, frames);
    output.isSilent = peak === 0;
    return peak < Number.POSITIVE_INFINITY;
  }

  #design(): void {
    for (let r = 0; r < this.#rows.length; r++) this.#designRow(this.#rows[r].members, this.#sections[r]);
    for (const { lanes, coefficients } of this.#pairs)
      for (let lane = 0; lane < LANES; lane++)
        for (let k = 0; k < lanes[lane].sections.length; k++) {
          const { numbers, order } = lanes[lane].sections[k];
          laySection(numbers, order, coefficients, k, lane);
        }
    this.#isDesigned = true;
  }

  /** Works out the numbers. A gain goes into the section before it, or into the first one where there is none. */
  #designRow(members: readonly NodeRun[], sections: readonly Section[]): void {
    let gain = 1;
    let last = -1;
    for (const run of members) {
      // Its states are moved from here from now on.
      run.forgetRest();
      const hasStates = linearOf(run).state !== undefined;
      const numbers = hasStates ? sections[++last].numbers : this.#numbers;
      linearOf(run).design(run.params.signals, run.ctx.rateHz, numbers.fill(0));
      if (hasStates && last === 0) scale(numbers, gain, SECTION.b1, SECTION.b2);
      else if (!hasStates && last >= 0) scale(sections[last].numbers, numbers[SECTION.d], SECTION.c1, SECTION.c2);
      else if (!hasStates) gain *= numbers[SECTION.d];
    }
    this.#gain = gain;
  }

  #share(elapsed: number): void {
    const share = elapsed / this.#timed.length;
    for (let k = 0; k < this.#timed.length; k++) this.#timed[k].elapsed += share;
  }
}

/** Of a member of the first order, the second number of the section stays 0. */
const heldBy = ({ sections, channel }: Lane, lane: number): Held[] =>
  sections.flatMap(({ values, order }, k) =>
    Array.from({ length: order }, (_, n) => ({
      values,
      at: order * channel + n,
      place: CASCADE_STATES * k + LANES * n + lane,
    })),
  );

function gather({ held, states }: Pair): void {
  for (let k = 0; k < held.length; k++) {
    const { values, at, place } = held[k];
    states[place] = values[at];
  }
}

function scatter({ held, states }: Pair): void {
  for (let k = 0; k < held.length; k++) {
    const { values, at, place } = held[k];
    values[at] = states[place];
  }
}
