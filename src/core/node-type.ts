// The node type: everything the product knows about one kind of node, in one definition per file of nodes/**.
// Owns the contract and what defineNode refuses. Must not know any particular node.
import type { ErrorCode } from './errors.ts';
import type { Kernels } from './kernels.ts';
import type { LowerFunction, Lowering } from './lower.ts';
import type { ModelRunner } from './model-runner.ts';
import type { Params, ParamValue, ParamValues, Unit } from './param.ts';
import type { PatchNode } from './patch.ts';
import type { Ports } from './port.ts';
import type { Resource, ResourceSlot, Resources } from './resource.ts';
import type { Face } from './subpatch.ts';

/** Latency in samples at the node's inlet rate, in its four parts. Fractions are allowed and stated. */
export interface LatencyParts {
  readonly buffering: number;
  readonly inference: number;
  readonly model: number;
  readonly filter: number;
}

/** What a node knows about its place before it runs: all constant for the life of a plan. */
export interface NodeContext {
  /** Sample rate of the node in Hz (of its inlets; for a node without audio inlets, of its outlets). */
  readonly rateHz: number;
  /** Sample rate of the outlets in Hz; differs from `rateHz` in resamplers only. */
  readonly outRateHz: number;
  readonly patchRateHz: number;
  /** Most frames of one kernel call at `rateHz`. */
  readonly maxFrames: number;
  /** Block of the inlets and of the outlets: calls have 0, m, 2m, … frames; 0 = a stream, any number of frames. */
  readonly blockFrames: number;
  readonly outBlockFrames: number;
  /** Every call takes the frames of so many stream frames at `rateHz`: the host's block; 0 = any number, from call to call. */
  readonly callFrames: number;
  /** Fractional part, 0 ≤ f < 1, of the path latency at the inlets in samples of the patch. A resampler makes the path whole. */
  readonly arrivalFraction: number;
  /** Delay in frames at `rateHz` that transport B was given for this node; 0 = computed in the audio thread. */
  readonly slackFrames: number;
  /** Channels of each audio port after inference. */
  readonly channels: Readonly<Record<string, number>>;
  /** Sizes of one item of each spectrum ([bins]) and tensor port after inference. */
  readonly itemShapes: Readonly<Record<string, readonly number[]>>;
  /** Values of all params as the patch has them (defaults filled in). */
  readonly values: ParamValues;
  readonly resources: Resources;
}

/** Part of the context that is known before rates and channels are: ports and params may depend on it. */
export type ShapeContext = Pick<NodeContext, 'values' | 'resources' | 'patchRateHz'> & {
  /** What the subpatch that the node plays shows outside; undefined for other nodes. */
  readonly face?: Face | undefined;
};

/** What a node is told about its place before there is a plan; `blockFrames` is that of its 'follow' ports. */
export type NodePlace = Pick<NodeContext, 'values' | 'resources' | 'patchRateHz' | 'blockFrames' | 'itemShapes'>;

/** Why a node can't do its work where it stands: "expected …, got …" and what to do, two sentences without the node's name. */
export interface NodeFault {
  readonly code: ErrorCode;
  readonly what: string;
  readonly advice: string;
}

/** A control signal or an `a` param during one call: `values[0…frames−1]` is always filled; `isConstant` says all are `value`. */
export interface ControlSignal {
  value: number;
  isConstant: boolean;
  readonly values: Float64Array;
}

/** What a kernel reads and writes. All buffers start at index 0 and hold at least `frames` (outlets: `outFrames`) values. */
export interface KernelIo<Tables = unknown> {
  readonly audioIn: Readonly<Record<string, readonly Float32Array[]>>;
  readonly audioOut: Readonly<Record<string, readonly Float32Array[]>>;
  /**
   * Spectra and tensors: per channel the items of this call, one after the other: `frames / ctx.blockFrames` of them at inlets,
   * `outFrames / ctx.outBlockFrames` at outlets. A spectrum's item is [bins, 2].
   */
  readonly itemsIn: Readonly<Record<string, readonly Float32Array[]>>;
  readonly itemsOut: Readonly<Record<string, readonly Float32Array[]>>;
  readonly controlIn: Readonly<Record<string, ControlSignal>>;
  readonly controlOut: Readonly<Record<string, ControlSignal>>;
  /** Whether a wire is at the port. A control outlet without one may stay as it is. */
  readonly isConnected: Readonly<Record<string, boolean>>;
  readonly ctx: NodeContext;
  readonly tables: Tables;
  /** Inner loops that the engine has in its fastest form. */
  readonly kernels: Kernels;
  readonly models: Readonly<Record<string, ModelRunner>>;
  /** False: all params are constant, and as they were when this kernel ran last. What was worked out of them then still holds. */
  readonly hasMoved: boolean;
  /** Absolute frame of the first frame of this call at the inlet's and at the outlet's rate. */
  readonly frame: number;
  readonly outFrame: number;
  readonly outFrames: number;
}

/** Params during one call. `a`: the signal. `event`: constant, since calls split at events. Choices are indices. */
export type KernelParams = Readonly<Record<string, ControlSignal>>;
export type StateArray = Float32Array | Float64Array | Int32Array;
/**
 * Puts an array of `tables` where the kernels are fastest: gives back the array, or its copy in the engine's memory, one for each
 * array however many nodes share it. `tables` may be called more than once, and has to ask for the same arrays in the same order.
 */
export type Place = <Values extends StateArray>(array: Values) => Values;
export type KernelState = Readonly<Record<string, StateArray>>;
export type Kernel<Tables = unknown> = (io: KernelIo<Tables>, p: KernelParams, s: KernelState, frames: number) => void;

/** A named tensor that lives from call to call, in the plan's arena. `init`: number everywhere, default 0, or the start value of a param. */
export interface StateSpec {
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'f64' | 'i32';
  readonly init?: number | { readonly param: string };
}
export type StateSpecs = Readonly<Record<string, StateSpec>>;

/**
 * For a node that can close a loop: its output now depends only on input of at least `minDelayFrames` ago. Inside a loop the
 * plan calls `read` (outlets from state), then the rest of the loop, then `write` (inlets into state), in sub-blocks no longer
 * than minDelayFrames. `write` finds in its outlets what `read` put there. `kernel` must equal read followed by write.
 */
export interface LoopBreaker<Tables = unknown> {
  /** Least delay in frames, ≥ 1, over the next `frames` frames of the params and for the state as it is (a fade may be on). */
  minDelayFrames(io: KernelIo<Tables>, p: KernelParams, s: KernelState, frames: number): number;
  /** The same before anything plays, for ctx.values at rest. */
  restDelayFrames(ctx: NodeContext): number;
  read: Kernel<Tables>;
  write: Kernel<Tables>;
}

/** For a node that filters each channel of its inlet into its outlet by itself, linearly, to at most the second order. */
export interface Linear {
  /** Name of its f64 states, and its order: so many numbers a channel. Undefined: a gain. */
  readonly state?: { readonly name: string; readonly order: 1 | 2 };
  /**
   * Writes into zeros what it is while its params rest, as a section of dsp/cascade.ts, whose states are those numbers; of a gain its
   * `d` alone. Allocates nothing.
   */
  readonly design: (params: KernelParams, rateHz: number, section: Float64Array) => void;
}

/** How the interface draws the body of the node, beyond its param rows. */
export type NodeView =
  | 'plain'
  | 'knob'
  | 'oscilloscope'
  | 'spectrum'
  | 'spectrogram'
  | 'meter'
  | 'figures'
  | 'curve'
  | 'waveform'
  | 'model'
  | 'resampler'
  | 'output'
  | 'recorder';

/** One figure that a measuring node shows. A count has no unit and no decimals. */
export interface Figure {
  readonly value: number;
  readonly unit: Unit | 'count';
  /** Shown as a warning. */
  readonly isBad?: boolean;
}

/** What figures are made from: the latest copies of the probed states, and the node's place. */
export interface FigureFacts {
  readonly probes: Readonly<Record<string, StateArray | undefined>>;
  readonly rateHz: number;
  /** By inlet: how long the plan makes the sound wait there, in samples; missing = not at all. */
  readonly waitSamples: Readonly<Record<string, number>>;
}

/** The body of a node of the view 'figures'. The first figure stands in the header as well. */
export interface Figures {
  readonly labels: readonly string[];
  /** One per label; undefined = nothing to say now. Asked a few times a second while the node is seen, off the audio thread. */
  readonly values: (facts: FigureFacts) => readonly (Figure | undefined)[];
}

/** The body of a node of the view 'curve': what it does with its params as they are heard, and how far it turns down right now. */
export interface Curve {
  /** What is seen, in words: "Level out over level in". */
  readonly label: string;
  /** Least and greatest y of the picture; x reaches from the first point to the last. */
  readonly range: readonly [number, number];
  /** The line, x ascending; y may lie outside of the range. */
  readonly points: (values: ParamValues) => readonly (readonly [x: number, y: number])[];
  /** y = x is drawn beneath: what would come out unchanged. */
  readonly hasDiagonal?: boolean;
  /** Present gain in dB, 0 or negative, from the probed states: for nodes that turn a sound down. Shown in the header as well. */
  readonly gainDb?: (probes: FigureFacts['probes'], values: ParamValues) => number | undefined;
}

/**
 * One reference case: signals in, signals out, by the ports' names, one array per channel. In `in`, the name of an OUTLET is
 * what a live input delivers there.
 */
export interface NodeCase {
  readonly name: string;
  readonly in?: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly out: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** States after the last frame, flat: for nodes whose work is to measure. Same tolerance. */
  readonly state?: Readonly<Record<string, readonly number[]>>;
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly resources?: Readonly<Record<string, Resource>>;
  readonly rateHz?: number;
  /** Inlets for spectra and tensors that follow: the block, and the sizes of one item by port. An array of `in` is items one after the other. */
  readonly blockFrames?: number;
  readonly itemShapes?: Readonly<Record<string, readonly number[]>>;
  /** Largest absolute difference allowed. */
  readonly tolerance: number;
  /** Where the expected numbers come from: a formula or a tool. */
  readonly reference: string;
}

/** A small patch by hand: what `example` and the gallery are written with. */
export interface ExampleBuilder {
  /** Adds a node; returns its id. */
  add(
    type: string,
    id: string,
    options?: Partial<Pick<PatchNode, 'params' | 'resources' | 'label' | 'position'>>,
  ): string;
  /** `connect('player.out', 'gain.in')`. */
  connect(from: string, to: string): void;
  note(text: string, position: readonly [number, number]): void;
  /** A subpatch, made in the same words; nodes play it by its id. */
  subpatch(id: string, name: string, build: (inside: ExampleBuilder) => void): void;
}

export interface NodeDefinition<Tables = unknown> {
  readonly version: number;
  readonly label: string;
  /** First sentence: what it does, at most 60 characters (palette). The rest: how to use it, what to hear. Plain text. */
  readonly help: string;
  /** Words for the sound or the task, for the search. */
  readonly words?: readonly string[];
  readonly ports: Ports | ((ctx: ShapeContext) => Ports);
  readonly params?: Params | ((ctx: ShapeContext) => Params);
  readonly resources?: Readonly<Record<string, ResourceSlot>>;
  /** What is wrong with the node's place, known from its signals; told with the problems of the patch. */
  readonly judge?: (place: NodePlace) => NodeFault | undefined;
  readonly state?: StateSpecs | ((ctx: NodeContext) => StateSpecs);
  /** Constants worked out once at load (coefficients, phases): shared by kernel and lowering. */
  readonly tables?: (ctx: NodeContext, place: Place) => Tables;
  readonly latency?: (ctx: NodeContext) => Partial<LatencyParts>;
  readonly kernel: Kernel<Tables>;
  readonly loop?: LoopBreaker<Tables>;
  /**
   * For a node whose kernel depends on inlets, params and states alone, not on the frame: where a call of silence gives silence and leaves
   * all states as it found them, so will the next, which is left out then. States named in `empty` are lines of zeros then, in
   * which nothing depends on the frame either, and into which a call whose inlets and outlets are silent puts zeros only. Not for nodes
   * with spectra, tensors or control inlets.
   */
  readonly rest?: { readonly empty?: (ctx: NodeContext) => readonly string[] };
  /** Lets it play in a row with others of the kind in one call. The kernel plays while a param moves, or when it stands alone. */
  readonly linear?: Linear;
  readonly lower: Lowering | LowerFunction;
  /** Names of states that the interface may read about 30 times a second. */
  readonly probes?: readonly string[];
  readonly view?: NodeView;
  /** For the view 'figures'. */
  readonly figures?: Figures;
  /** For the view 'curve'. */
  readonly curve?: Curve;
  readonly cases: readonly NodeCase[];
  readonly example: (patch: ExampleBuilder) => void;
  /** `from version` → function that carries a node of that version to the next. Required once version > 1. */
  readonly migrate?: Readonly<Record<number, (node: PatchNode) => PatchNode>>;
  /** Declared difference to a bundle or another block size in dB, with the reason; only where exactness is impossible. */
  readonly tolerance?: { readonly db: number; readonly reason: string };
}

/** A checked definition with its optional parts filled in. `id` and `family` come from the file's path. */
export interface NodeType {
  readonly id: string;
  readonly family: string;
  readonly version: number;
  readonly label: string;
  readonly help: string;
  readonly words: readonly string[];
  readonly ports: (ctx: ShapeContext) => Ports;
  readonly params: (ctx: ShapeContext) => Params;
  /** The params do not depend on values or resources. */
  readonly hasFixedParams: boolean;
  readonly resources: Readonly<Record<string, ResourceSlot>>;
  readonly judge: ((place: NodePlace) => NodeFault | undefined) | undefined;
  readonly state: (ctx: NodeContext) => StateSpecs;
  readonly tables: (ctx: NodeContext, place: Place) => unknown;
  readonly latency: (ctx: NodeContext) => LatencyParts;
  readonly kernel: Kernel;
  readonly loop: LoopBreaker | undefined;
  readonly linear: Linear | undefined;
  readonly rest: { readonly empty?: (ctx: NodeContext) => readonly string[] } | undefined;
  readonly lowering: Lowering;
  readonly probes: readonly string[];
  readonly view: NodeView;
  readonly figures: Figures | undefined;
  readonly curve: Curve | undefined;
  readonly cases: readonly NodeCase[];
  readonly example: (patch: ExampleBuilder) => void;
  readonly migrate: Readonly<Record<number, (node: PatchNode) => PatchNode>>;
  readonly tolerance: { readonly db: number; readonly reason: string } | undefined;
}
