// What a step of a net is laid out with: the memory, the kernels, and where its result has to lie when another step wants it there.
// Owns the places of results: pieces that are put together later are computed where they will lie.
import type { Net, NetStep } from '../core/net.ts';
import { isSame, minus, size } from '../onnx/net/size.ts';
import type { WasmFunctions } from '../simd/module.ts';
import { History } from './history.ts';
import type { Layout } from './layout.ts';
import { isLong, isSamePlace, naturalOrder, type Place, sliced } from './place.ts';
import { copy, type Run } from './rows.ts';

type Concat = Extract<NetStep, { kind: 'concat' }>;
type StepOf<K extends NetStep['kind']> = Extract<NetStep, { kind: K }>;

/** Steps whose kernels write whole rows where they are told to. */
const WRITERS = new Set<NetStep['kind']>(['unary', 'binary', 'conv', 'dense']);

export class Site {
  readonly layout: Layout;
  readonly wasm: WasmFunctions;
  readonly runs: Run[] = [];
  readonly histories: History[] = [];
  /** Steps that were done as part of another one. */
  readonly skipped = new Set<NetStep>();
  readonly #producers = new Map<number, NetStep>();
  readonly #order: ReadonlyMap<NetStep, number>;
  readonly #joints = new Map<number, { concat: Concat; piece: number }>();
  readonly #historyOf = new Map<Concat, History>();
  /** States whose past a history keeps, by their index. */
  readonly keptStates = new Map<number, History>();

  constructor(layout: Layout, wasm: WasmFunctions) {
    this.layout = layout;
    this.wasm = wasm;
    const { net } = layout;
    this.#order = new Map(net.steps.map((step, at) => [step, at]));
    for (const step of net.steps) for (const tensor of step.outputs) this.#producers.set(tensor, step);
    for (const step of net.steps) if (step.kind === 'concat') this.#join(net, step);
  }

  producer(tensor: number): NetStep | undefined {
    return this.#producers.get(tensor);
  }

  /** Whether a tensor's numbers are there before a step runs; pieces of a whole and pasts have their places long before. */
  isThereBefore(tensor: number, step: NetStep): boolean {
    const producer = this.#producers.get(tensor);
    return !producer || (this.#order.get(producer) as number) < (this.#order.get(step) as number);
  }

  /** The one step that reads a tensor, if there is just one. */
  onlyReader(tensor: number): NetStep | undefined {
    if (this.layout.usesOf(tensor) !== 1) return undefined;
    return this.layout.net.steps.find(({ inputs }) => inputs.includes(tensor));
  }

  /** Whether a result has its place in another tensor. */
  isJoined(tensor: number): boolean {
    return this.#joints.has(tensor);
  }

  /** Where a result is to lie: outermost axis first in `order`. Kernels may write up to 15 numbers behind each row. */
  target(tensor: number, order?: readonly number[]): Place {
    const { sizes } = this.layout.net.tensors[tensor];
    const joint = this.#joints.get(tensor);
    const natural = naturalOrder(sizes);
    const wanted = order ?? natural;
    if (joint && wanted.at(-1) === natural.at(-1)) {
      const place = this.#pieceOf(joint.concat, joint.piece);
      if (place) {
        this.layout.put(tensor, place, !this.#historyOf.has(joint.concat));
        return place;
      }
    }
    const place = this.layout.newPlace(sizes, wanted);
    this.layout.put(tensor, place);
    return place;
  }

  /** The same numbers with those of each row of the innermost axis side by side: as they are, or a copy for this step. */
  sideBySide(place: Place, order: readonly number[]): { place: Place; release: () => void } {
    const inner = order.at(-1);
    if (inner === undefined || place.steps[inner] === 4) return { place, release: () => {} };
    const made = this.layout.newPlace(place.sizes, order);
    this.runs.push(copy(this.wasm, place, made));
    return { place: made, release: () => this.layout.release(made.block) };
  }

  concat(step: Concat): void {
    const { layout } = this;
    const [tensor] = step.outputs;
    const place = this.#whole(step);
    let start = size(0);
    for (const [at, input] of step.inputs.entries()) {
      const given = layout.place(input);
      const part = sliced(place, step.axis, start, 1, given.sizes);
      if (!isSamePlace(given, part)) this.runs.push(copy(this.wasm, given, part));
      const length = given.sizes[step.axis];
      start = { perFrame: start.perFrame + length.perFrame, fixed: start.fixed + length.fixed };
      if (at === step.inputs.length - 1 && !layout.places.has(tensor)) layout.put(tensor, place);
    }
  }

  #join(net: Net, concat: Concat): void {
    const { sizes } = net.tensors[concat.outputs[0]];
    const inner = naturalOrder(sizes).at(-1);
    const past = this.#keepPast(net, concat);
    for (const [piece, tensor] of concat.inputs.entries()) {
      const isLast = piece === concat.inputs.length - 1;
      const producer = this.#producers.get(tensor);
      if (!producer || !WRITERS.has(producer.kind) || this.#joints.has(tensor)) continue;
      // A row's overhang may only fall on what is written later, or on nothing.
      if (concat.axis === inner ? isLast && past : net.tensors[tensor].sizes.some(isLong))
        this.#joints.set(tensor, { concat, piece });
    }
  }

  /** [state, fresh] whose end is the next state: a history. */
  #keepPast(net: Net, concat: Concat): boolean {
    const index = net.states.findIndex(({ input }) => input === concat.inputs[0]);
    const { sizes } = net.tensors[concat.outputs[0]];
    if (index < 0 || concat.inputs.length !== 2 || concat.axis !== naturalOrder(sizes).at(-1)) return false;
    const state = net.states[index];
    const past = net.tensors[state.input].sizes[concat.axis];
    const slice = this.#producers.get(state.output) as StepOf<'slice'> | undefined;
    const isNext =
      slice?.kind === 'slice' &&
      slice.inputs[0] === concat.outputs[0] &&
      slice.axis === concat.axis &&
      slice.step === 1 &&
      isSame(slice.start, minus(sizes[concat.axis], past));
    if (!isNext || this.layout.usesOf(state.input) !== 1 || past.perFrame > 0) return false;
    const history = new History(this.layout, sizes, past.fixed, this.histories.length);
    this.histories.push(history);
    this.#historyOf.set(concat, history);
    this.keptStates.set(index, history);
    this.layout.put(state.input, history.past(net.tensors[state.input].sizes), false);
    this.layout.put(concat.outputs[0], history.place, false);
    return true;
  }

  #whole(concat: Concat): Place {
    const [tensor] = concat.outputs;
    const { places, net } = this.layout;
    if (!places.has(tensor)) this.layout.put(tensor, this.layout.newPlace(net.tensors[tensor].sizes));
    return places.get(tensor) as Place;
  }

  #pieceOf(concat: Concat, piece: number): Place | undefined {
    const { net } = this.layout;
    const tensor = concat.inputs[piece];
    const history = this.#historyOf.get(concat);
    if (history) return history.fresh(net.tensors[tensor].sizes);
    const whole = this.#whole(concat);
    if (!whole.isPadded) return undefined;
    const before = concat.inputs.slice(0, piece).map(input => net.tensors[input].sizes[concat.axis]);
    const start = before.reduce((sum, one) => size(sum.fixed + one.fixed, sum.perFrame + one.perFrame), size(0));
    return { ...sliced(whole, concat.axis, start, 1, net.tensors[tensor].sizes), isPadded: true };
  }
}
