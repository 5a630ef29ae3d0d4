// Lowering: the interface with which a node writes its maths as stock ONNX operators.
// Owns types only. The writer behind it is src/onnx/builder.ts; src/compile calls the nodes with it.
import type { NodeContext } from './node-type.ts';
import type { ModelResource } from './resource.ts';

/** A tensor in the graph being written, by name. The empty string is ONNX's "input left out". */
export type Value = string;
export type OnnxDtype = 'f32' | 'f64' | 'i64' | 'bool';
/** A state is made of numbers. */
export type StateDtype = Exclude<OnnxDtype, 'bool'>;

/** ONNX attributes by JavaScript type: bigint → INT, number → FLOAT, string → STRING, arrays of them → INTS, FLOATS, STRINGS, Subgraph → GRAPH. */
export type Attribute = bigint | number | string | readonly bigint[] | readonly number[] | readonly string[] | Subgraph;
export interface Subgraph {
  readonly isSubgraph: true;
}

/** How a state tensor starts: a number everywhere, given values, or the current value of a param of the node. */
export type StateInit = number | readonly number[] | { readonly param: string };

/** Writes one ONNX graph. Every method returns the names of new tensors; names carry the node's id as a prefix. */
export interface GraphBuilder {
  /** One operator with one output. Attributes that importers disagree on are always written. */
  op(type: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** One operator with several outputs. */
  ops(
    type: string,
    inputs: readonly Value[],
    outputs: number,
    attributes?: Readonly<Record<string, Attribute>>,
  ): Value[];
  /** An initializer; equal ones are stored once. `shape` [] is a scalar. Values are converted to `dtype`. */
  constant(dtype: OnnxDtype, values: ArrayLike<number>, shape?: readonly number[]): Value;
  /** Constants of shape [values.length] (one number: shape [1]). */
  f32(...values: number[]): Value;
  f64(...values: number[]): Value;
  i64(...values: number[]): Value;
  add(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  mul(a: Value, b: Value): Value;
  div(a: Value, b: Value): Value;
  cast(value: Value, dtype: OnnxDtype): Value;
  /** Slice along one axis; `start` and `end` are numbers or i64 [1] tensors; end omitted = to the end. */
  slice(value: Value, axis: number, start: number | Value, end?: number | Value): Value;
  concat(values: readonly Value[], axis: number): Value;
  /** Size of one axis as i64 [1]. */
  size(value: Value, axis: number): Value;
  /** Declares a streaming state of this node: a graph input `<node>/<name>_in` of constant shape. */
  state(name: string, dtype: StateDtype, shape: readonly number[], init?: StateInit): Value;
  /** Gives the state its value after the call: a graph output `<node>/<name>_out`. Exactly once per state. */
  setState(name: string, value: Value): void;
  /** A body for Loop, Scan or If. `build` gets the names of its inputs, returns its outputs; outer values may be used inside. */
  subgraph(
    inputs: readonly { readonly dtype: OnnxDtype; readonly shape: readonly (number | string)[] }[],
    build: (
      body: GraphBuilder,
      inputs: readonly Value[],
    ) => readonly { readonly value: Value; readonly dtype: OnnxDtype; readonly shape: readonly (number | string)[] }[],
  ): Subgraph;
  /** [C, length + N]: the last `length` frames before this call, then x [C, N]. Keeps the new history as state `name`. */
  history(name: string, x: Value, channels: number, length: number, dtype?: StateDtype): Value;
  /** s[n+1] = a[n]·s[n] + b[n] in f64, a [1], [N] or [C, N], b [C, N], from and to state `name` [C]. Returns s[1…N] as [C, N]. */
  recurrence1(name: string, a: Value, b: Value, channels: number): Value;
  /**
   * s[n+1] = max(c[n], a[n]·s[n] + b[n]) in f64 with a ≥ 0; terms a and b are [1], [N] or [C, N], c is [N] or [C, N]. From and
   * to state `name` [C]. Returns s[1…N] as [C, N]. For peak holds and releases, latches (a is 0 or 1) and countdowns.
   */
  recurrenceMax(name: string, terms: readonly [Value, Value, Value], channels: number): Value;
  /**
   * y ← x[n] + c·(y − x[n]) in f64, with the pole c = `up` while y lies below x and `down` while above; x [N], poles [1] or [N]
   * in 0 ≤ c < 1. From and to state `name` [1]. Returns y after each frame, [N].
   */
  follow(name: string, up: Value, down: Value, x: Value): Value;
  /**
   * Two-state affine recurrence per frame in f64: (s,t)[n+1] = A[n]·(s,t)[n] + B[n]. `a` holds a11, a12, a21, a22, each [N]
   * (shared by all channels), `b` holds b1, b2, each [C, N]. State `name` [2, C]. Returns the states BEFORE each frame,
   * s[0…N−1] and t[0…N−1], each [C, N], and stores the last.
   */
  recurrence2(
    name: string,
    a: readonly [Value, Value, Value, Value],
    b: readonly [Value, Value],
    channels: number,
  ): { s: Value; t: Value };
  /**
   * Splices a checked model in: tensors by the contract's names, audio as [C, N] f32, params as [N] (`a`) or [1] (`event`) f32.
   * `blockFrames` > 0: N is a multiple of it, and the model is called once for each block.
   */
  splice(
    model: ModelResource,
    inputs: Readonly<Record<string, Value>>,
    frames: Value,
    blockFrames?: number,
  ): Record<string, Value>;
}

/** A param as the lowering sees it. */
export interface LowerParam {
  /** `a`: f64 [N], smoothed and with its control signal added. `event`: f64 [1]; a choice is its index as i64 [1]. */
  readonly value: Value;
}

/** Everything around a node in the graph. */
export interface LowerIo {
  readonly ctx: NodeContext;
  readonly tables: unknown;
  /** Audio [C, N] f32. Unconnected inlets are silence of one channel. */
  readonly audioIn: Readonly<Record<string, Value>>;
  /** Spectra [C, K, bins, 2] and tensors [1, K, …] f32: K items, one for each block of frames. */
  readonly itemsIn: Readonly<Record<string, Value>>;
  /** Control f64 [N]. */
  readonly controlIn: Readonly<Record<string, Value>>;
  readonly isConnected: Readonly<Record<string, boolean>>;
  /** Frames of this call at the node's (inlet) rate and at the outlet's rate, i64 [1]; they differ in resamplers only. */
  readonly frames: Value;
  readonly outFrames: Value;
  /** Absolute frame of the first frame of this call at the inlet's and the outlet's rate, i64 [1]. */
  readonly frame: Value;
  readonly outFrame: Value;
}

export type LowerParams = Readonly<Record<string, LowerParam>>;
export type LowerFunction = (g: GraphBuilder, io: LowerIo, p: LowerParams) => Readonly<Record<string, Value>>;

/** What becomes of a node in a bundle. */
export type Lowering =
  | { readonly kind: 'graph'; readonly lower: LowerFunction }
  | { readonly kind: 'input'; readonly port: string }
  /** `isHeard: false`: a track of its own, which no loudspeaker plays. */
  | { readonly kind: 'output'; readonly port: string; readonly isHeard?: false }
  | { readonly kind: 'vanish' }
  | { readonly kind: 'cannot'; readonly reason: string };

/** The node's outlet `port` becomes a named input of the bundle. */
export const becomesInput = (port: string): Lowering => ({ kind: 'input', port });
/** The node's inlet `port` becomes a named output of the bundle. */
export const becomesOutput = (port: string): Lowering => ({ kind: 'output', port });
/** The same, but nobody hears it: a track for a file. */
export const becomesTrack = (port: string): Lowering => ({ kind: 'output', port, isHeard: false });
/** The node only looks; it leaves no trace in the bundle. */
export const vanishes = (): Lowering => ({ kind: 'vanish' });
/** The node can't be part of a bundle; `reason` completes "… cannot be exported: it". */
export const cannot = (reason: string): Lowering => ({ kind: 'cannot', reason });
