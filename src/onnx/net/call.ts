// One node of a graph while the net is found: its inputs and attributes, and what it adds to the net.
// Owns the refusal. Must not know single operators.
import type { Net, NetStep, NetTensor, Size } from '../../core/net.ts';
import { attributeOf, type OnnxNode, textOf } from '../proto.ts';
import { isFixed, isLength, isSame, sizesText } from './size.ts';
import { axesOf, type Computed, isComputed, isNumbers, isSizes, type Known, type Maker, type Value } from './value.ts';

/** Most steps and numbers of a net: what is larger is no small net. */
const STEPS_MAX = 4096;
const NUMBERS_MAX = 4 << 20;
/** Most numbers that are made from those of the file while it is read: filled, spread, turned round, computed. */
const MADE_MAX = 1 << 20;

/** Why a graph is no net, in words that go on from "the SIMD kernels do not take". */
export class Refusal extends Error {}

type StepKind = NetStep extends infer S ? (S extends NetStep ? Omit<S, 'inputs' | 'outputs'> : never) : never;

/** The net as far as it is read. */
export class NetWriter implements Maker {
  readonly tensors: NetTensor[] = [];
  readonly steps: NetStep[] = [];
  readonly #constants = new Map<Known, number>();
  #numbers = 0;
  #made = 0;

  make(count: number): void {
    if (!(count >= 0)) throw new Refusal(`constants of ${count} numbers`);
    this.#made += count;
    if (this.#made > MADE_MAX) throw new Refusal(`more than ${MADE_MAX} computed constants`);
  }

  /** Throws Refusal where an axis would be empty, or not be whole. */
  add(sizes: readonly Size[], data?: NetTensor['data']): Computed {
    if (!sizes.every(isLength)) throw new Refusal(`a tensor of the sizes ${sizesText(sizes)}`);
    this.tensors.push(data ? { sizes, data } : { sizes });
    return { kind: 'computed', tensor: this.tensors.length - 1, sizes };
  }

  /** The tensor of a value; known numbers become a constant. */
  tensor(value: Value): number {
    if (isComputed(value)) return value.tensor;
    if (!isNumbers(value)) throw new Refusal('whole numbers where sound is wanted');
    let constant = this.#constants.get(value);
    if (constant === undefined) {
      const count = value.dims.reduce((all, length) => all * length, 1);
      this.#numbers += count;
      if (this.#numbers > NUMBERS_MAX) throw new Refusal(`more than ${NUMBERS_MAX} weights`);
      const data = value.from === undefined ? Float32Array.from(value.values) : { from: value.from, count };
      constant = this.add(axesOf(value), data).tensor;
      this.#constants.set(value, constant);
    }
    return constant;
  }

  step(kind: StepKind, inputs: readonly (Value | undefined)[], ...outputs: readonly (readonly Size[])[]): Computed[] {
    if (this.steps.length === STEPS_MAX) throw new Refusal(`more than ${STEPS_MAX} steps`);
    const made = outputs.map(sizes => this.add(sizes));
    const given = inputs.map(value => (value ? this.tensor(value) : -1));
    this.steps.push({ ...kind, inputs: given, outputs: made.map(({ tensor }) => tensor) } as NetStep);
    return made;
  }

  toNet(rest: Omit<Net, 'tensors' | 'steps'>): Net {
    return { tensors: this.tensors, steps: this.steps, ...rest };
  }
}

export class Call {
  readonly node: OnnxNode;
  readonly inputs: readonly (Value | undefined)[];
  readonly net: NetWriter;
  readonly opset: number;
  readonly file: Uint8Array;
  /** Whether nothing else reads an input, so that a step may be changed instead of followed by another. */
  readonly isOnlyUse: (input: number) => boolean;

  constructor(parts: Pick<Call, 'node' | 'inputs' | 'net' | 'opset' | 'file' | 'isOnlyUse'>) {
    this.node = parts.node;
    this.inputs = parts.inputs;
    this.net = parts.net;
    this.opset = parts.opset;
    this.file = parts.file;
    this.isOnlyUse = parts.isOnlyUse;
  }

  /** Ends the search: the operator, with what it would have to be without. */
  refuse(why = ''): never {
    throw new Refusal(`the operator ${this.node.opType}${why && ` ${why}`}`);
  }

  value(at: number): Value {
    return this.inputs[at] ?? this.refuse('with an input left out');
  }
  has(at: number): boolean {
    return this.inputs[at] !== undefined;
  }
  computed(at: number): Computed {
    const value = this.value(at);
    return isComputed(value) ? value : this.refuse('of constants');
  }
  numbers(at: number, what: string): Known<number> {
    const value = this.value(at);
    return isNumbers(value) ? value : this.refuse(`with ${what} that is computed`);
  }
  sizes(at: number): readonly Size[] {
    const value = this.value(at);
    return isSizes(value) ? value.values : this.refuse('with sizes that are computed');
  }
  /** Whole numbers of an input, or of the attribute that older opsets have instead; undefined: neither. */
  whole(at: number, attribute = ''): number[] | undefined {
    if (!this.has(at)) return this.ints(attribute);
    return this.sizes(at).map(value => (isFixed(value) ? value.fixed : this.refuse('with axes that depend on frames')));
  }

  int(name: string, usual: number): number {
    const value = attributeOf(this.node, name)?.i;
    return value === undefined ? usual : Number(value);
  }
  ints(name: string): number[] | undefined {
    const attribute = attributeOf(this.node, name);
    return attribute?.ints && attribute.ints.length > 0 ? attribute.ints.map(Number) : undefined;
  }
  float(name: string, usual: number): number {
    return attributeOf(this.node, name)?.f ?? usual;
  }
  text(name: string, usual: string): string {
    const bytes = attributeOf(this.node, name)?.s;
    return bytes === undefined ? usual : textOf(bytes);
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const found = axis < 0 ? axis + rank : axis;
    return found >= 0 && found < rank ? found : this.refuse(`along axis ${axis} of ${rank}`);
  }

  /** Sizes of two tensors spread over each other. */
  spread(a: readonly Size[], b: readonly Size[]): Size[] {
    const rank = Math.max(a.length, b.length);
    const one: Size = { perFrame: 0, fixed: 1 };
    return Array.from({ length: rank }, (_, at) => {
      const [x, y] = [a[at - rank + a.length] ?? one, b[at - rank + b.length] ?? one];
      if (isSame(x, y) || isSame(y, one)) return x;
      return isSame(x, one) ? y : this.refuse('of tensors that do not fit');
    });
  }
}
