// Nets: a model's graph as plain steps whose shapes are settled, so that kernels can run it without ONNX Runtime.
// Owns that form only. src/onnx/net finds it in a file, src/neural lays it out in memory. It can be posted to any thread.

/** Length of an axis in a call of N frames: `perFrame`·N + `fixed`. */
export interface Size {
  readonly perFrame: number;
  readonly fixed: number;
}

/** Numbers that the net brings along, row-major: of its own, or little-endian f32 of the model's file from byte `from` on. */
export type NetData = Float32Array | { readonly from: number; readonly count: number };

export interface NetTensor {
  readonly sizes: readonly Size[];
  /** A constant; left out: computed in each call. */
  readonly data?: NetData;
}

/** Functions of one number. `leaky-relu` and `elu` have `alpha`. */
export type UnaryKind =
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'leaky-relu'
  | 'elu'
  | 'softplus'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'abs'
  | 'neg';
/** Functions of two numbers, whose tensors may be spread (broadcast) over each other. */
export type BinaryKind = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max';

/** One operation; `inputs` and `outputs` are indices of tensors. All data are f32. */
export type NetStep = { readonly inputs: readonly number[]; readonly outputs: readonly number[] } & (
  | { readonly kind: 'unary'; readonly of: UnaryKind; readonly alpha: number }
  | { readonly kind: 'binary'; readonly of: BinaryKind }
  /** [x, weight [out, in / groups, taps], bias?] → [1, out, frames]; no padding. */
  | { readonly kind: 'conv'; readonly dilation: number; readonly stride: number; readonly groups: number }
  /** [x, weight [in, out], bias?]: sums along `axis` of x, where the result has its `out` numbers. */
  | { readonly kind: 'dense'; readonly axis: number }
  /** [x [steps, 1, in], W, R, bias?, h?] → [every h?, last h?]; ONNX's order of gates. −1: left out. */
  | { readonly kind: 'gru'; readonly units: number; readonly isResetBefore: boolean }
  /** [x, W, R, bias?, h?, c?] → [every h?, last h?, last c?]. */
  | { readonly kind: 'lstm'; readonly units: number }
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  /** To the sizes of the output, row by row. */
  | { readonly kind: 'reshape' }
  | { readonly kind: 'slice'; readonly axis: number; readonly start: Size; readonly step: number }
  | { readonly kind: 'concat'; readonly axis: number }
  /** Spread over axes of one. */
  | { readonly kind: 'expand' }
  /** Sum along `axis`, which is 1 long in the result, times `factor`. */
  | { readonly kind: 'sum'; readonly axis: number; readonly factor: number }
);

export interface NetState {
  readonly input: number;
  readonly output: number;
  /** What it starts with: one number everywhere, or all of them. */
  readonly init: number | readonly number[];
}

export interface Net {
  readonly tensors: readonly NetTensor[];
  /** In an order in which each input is there before it is used. */
  readonly steps: readonly NetStep[];
  /** Tensors of audio and params by their names in the contract. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
  readonly states: readonly NetState[];
}

/** What a model's graph is to the kernels: a net, or why not (which operator, in words that go on from "the kernels do not take"). */
export type NetFinding = { readonly net: Net } | { readonly refusal: string };
