// A graph in parts: which node is in which, and which tensors go from part to part, given who runs each node. Parts take turns: the
// kernels', the others', the kernels' again. Owns that order; must not know what parts cost or how they are written.
import type { ModelContract } from '../../core/resource.ts';
import type { GraphSource, Reading } from './read-graph.ts';
import { isComputed } from './value.ts';

export interface GraphPart {
  readonly isKernels: boolean;
  /** Indices of the reading's nodes, in order; those of known results that others need come with them. */
  readonly nodes: readonly number[];
  /** Tensors that it is given and that it gives, without states. */
  readonly given: readonly string[];
  readonly made: readonly string[];
  readonly states: ModelContract['states'];
}

export class CutGraph {
  readonly #reading: Reading;
  readonly #contract: ModelContract;
  readonly #producers = new Map<string, number>();
  /** Tensors that are there before a call: audio, params, states. */
  readonly #inputs: ReadonlySet<string>;
  readonly #audio: ReadonlySet<string>;

  constructor({ contract }: GraphSource, reading: Reading) {
    this.#reading = reading;
    this.#contract = contract;
    for (const [index, { node }] of reading.nodes.entries())
      for (const name of node.output) if (name !== '') this.#producers.set(name, index);
    const { inputs, params, states } = contract;
    this.#audio = new Set(inputs.map(({ tensor }) => tensor));
    this.#inputs = new Set([
      ...this.#audio,
      ...params.map(({ tensor }) => tensor),
      ...states.map(({ input }) => input),
    ]);
  }

  /** Undefined where a state would be in two parts, or a result in none. `kernels`: nodes that the kernels are to run. */
  parts(kernels: ReadonlySet<number>): GraphPart[] | undefined {
    const turns = this.#turns(kernels);
    const members = new Map<number, number[]>();
    for (const [index, turn] of turns) members.set(turn, [...(members.get(turn) ?? []), index]);
    const order = [...members.keys()].sort((a, b) => a - b);
    const { states, outputs } = this.#contract;
    const turnOf = (name: string): number | undefined => turns.get(this.#producers.get(name) ?? -1);
    const needs = new Map(order.map(turn => [turn, this.#needs(members.get(turn) as number[], turn % 2 === 0)]));
    const isUsedElsewhere = (name: string): boolean =>
      order.some(turn => turn !== turnOf(name) && needs.get(turn)?.tensors.has(name));
    const results = outputs.map(({ tensor }) => tensor);
    if ([...results, ...states.map(({ output }) => output)].some(name => turnOf(name) === undefined)) return undefined;
    for (const { input, output } of states) {
      const isApart = order.some(turn => turn !== turnOf(output) && needs.get(turn)?.tensors.has(input));
      if (isApart || isUsedElsewhere(output) || results.includes(output)) return undefined;
    }
    return order.map(turn => {
      const own = members.get(turn) as number[];
      const { tensors, known } = needs.get(turn) as Needs;
      const kept = states.filter(({ output }) => turnOf(output) === turn);
      const before = new Set(kept.map(({ input }) => input));
      const names = own.flatMap(index => this.#reading.nodes[index].node.output);
      return {
        isKernels: turn % 2 === 0,
        nodes: [...known, ...own].sort((a, b) => a - b),
        given: [...tensors].filter(name => turnOf(name) !== turn && !before.has(name)),
        made: names.filter(name => name !== '' && (results.includes(name) || isUsedElsewhere(name))),
        states: kept,
      };
    });
  }

  /** Even turns are the kernels'. A node comes as early as what it reads allows; what does not hear audio, with what reads it. */
  #turns(kernels: ReadonlySet<number>): Map<number, number> {
    const turns = new Map<number, number>();
    const readers = new Map<number, number[]>();
    const isDeaf: boolean[] = [];
    const { nodes } = this.#reading;
    for (const [index, { by }] of nodes.entries()) {
      if (by === 'nobody') continue;
      const isKernels = kernels.has(index);
      const tensors = [...this.#needs([index], isKernels).tensors];
      const before = tensors.flatMap(name => this.#producers.get(name) ?? []);
      for (const producer of before) readers.set(producer, [...(readers.get(producer) ?? []), index]);
      isDeaf[index] = tensors.every(name => !this.#audio.has(name)) && before.every(producer => isDeaf[producer]);
      const least = Math.max(0, ...before.map(producer => turns.get(producer) ?? 0));
      turns.set(index, least % 2 === (isKernels ? 0 : 1) ? least : least + 1);
    }
    for (const index of [...turns.keys()].reverse()) {
      const wanted = Math.min(...(readers.get(index) ?? []).map(reader => turns.get(reader) as number));
      if (isDeaf[index] && Number.isFinite(wanted) && (wanted % 2 === 1 || kernels.has(index)))
        turns.set(index, wanted);
    }
    return turns;
  }

  /** Computed tensors that nodes need from elsewhere or each other; others need the nodes of known results too, which kernels do not. */
  #needs(indices: readonly number[], isKernels: boolean): Needs {
    const tensors = new Set<string>();
    const known = new Set<number>();
    const visit = (index: number): void => {
      for (const name of this.#reading.nodes[index].node.input) {
        const producer = this.#producers.get(name);
        if (producer !== undefined && this.#reading.nodes[producer].by === 'nobody') {
          if (isKernels || known.has(producer)) continue;
          known.add(producer);
          visit(producer);
        } else if (isKernels ? isComputed(this.#reading.values.get(name)) : this.#isMade(name)) tensors.add(name);
      }
    };
    for (const index of indices) visit(index);
    return { tensors, known };
  }

  #isMade(name: string): boolean {
    return name !== '' && (this.#producers.has(name) || this.#inputs.has(name));
  }
}

interface Needs {
  readonly tensors: ReadonlySet<string>;
  readonly known: ReadonlySet<number>;
}
