// Resources: what a node needs from outside the patch file (models, audio files), loaded and checked before the plan.
// Owns the plain data types and the largest size only. Must not know how a file is found, fetched, decoded or run.

import type { Net, NetFinding } from './net.ts';
import type { BlockRule } from './port.ts';
import type { RuntimeWish } from './runtime-choice.ts';

/** Largest file that is read, in bytes. */
export const RESOURCE_BYTES_MAX = 512 * 1024 * 1024;

/** Element types of tensors that cross a model's boundary. */
export type TensorDtype = 'f32' | 'f64' | 'i64';

/** One audio tensor of a model. `layout` names its axes in order: batch, channel, frame; e.g. "bcn", "cn", "bn", "n", "bnc". */
export interface ModelAudioPort {
  /** Left out: audio. */
  readonly kind?: 'audio';
  /** Name of the tensor in the ONNX graph. */
  readonly tensor: string;
  readonly channels: number;
  readonly layout: string;
}

/**
 * A tensor that stands for a whole block, one item a call. spectrum: complex bins. magnitude: real bins; as an input it is fed
 * with the magnitudes of a spectrum. tensor: any numbers. `layout` names its axes in order: 1 an axis of one, k the items (one a call),
 * f bins, p real and imaginary part, x an axis of the item; e.g. "1fp", "1f1p", "1f", "xxx".
 */
export interface ModelItemPort {
  readonly kind: 'spectrum' | 'magnitude' | 'tensor';
  readonly tensor: string;
  readonly channels: 1;
  readonly layout: string;
  /** Sizes of one item: [bins], or those of the axes x. */
  readonly shape: readonly number[];
}

export type ModelPort = ModelAudioPort | ModelItemPort;

/** A model input that a person turns: a scalar, or one value per frame. */
export interface ModelParam {
  readonly tensor: string;
  /** Id of the param on the node, kebab-case. */
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly scale: 'linear' | 'log';
  /** `a`: one value per frame (layout contains "n"); `event`: one value per call. */
  readonly rate: 'a' | 'event';
  /** Axes of the tensor: 'n' frames, '1' an axis of one; e.g. "1", "11", "1n", "11n", "" for a scalar. */
  readonly layout: string;
  /** Words of a choice: the tensor gets the index of the one that is chosen. Then min is 0, max the last index, rate `event`. */
  readonly choices?: readonly string[];
  /** The tensor gets the UTF-8 bytes of a text that a person types, zeros behind its end; layout has x for their axis. */
  readonly text?: { readonly default: string };
  /** Of a text: [most bytes]. */
  readonly shape?: readonly number[];
  /** Numbers of the tensor; left out: f32. i64 takes whole ones, and only with rate `event`. */
  readonly dtype?: 'f32' | 'i64';
}

/** A pair of tensors that carries memory from one call to the next. */
export interface ModelState {
  readonly input: string;
  readonly output: string;
  readonly shape: readonly number[];
  readonly dtype: TensorDtype;
  /** What it starts with: one number everywhere, or all of them; left out: 0. */
  readonly init?: number | readonly number[];
}

/** How the spectra of a model are made; words as in the STFT node. */
export interface ModelStft {
  readonly windowFrames: number;
  readonly hopFrames: number;
  readonly window: 'hann' | 'root-hann' | 'none';
  readonly isPeriodic: boolean;
  readonly scaling: 'none' | 'amplitude' | 'power' | 'unitary';
}

/** What a model expects and promises. Found in the file, correctable by a person. */
export interface ModelContract {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly params: readonly ModelParam[];
  readonly states: readonly ModelState[];
  /** Native sample rate in Hz; 0 when the file does not say and nobody corrected it (then: the patch's). */
  readonly sampleRateHz: number;
  /** Frames of a call. 0: any number. m: exactly so many. A list, or any multiple of one. 'whole': the whole sound at once. */
  readonly blockFrames: Exclude<BlockRule, 'follow'>;
  /** The model's own delay in samples at its native rate. */
  readonly latencySamples: number;
  /** Where the model works on spectra and says of which kind; its hop is the block. */
  readonly stft?: ModelStft;
}

/** Facts about a model file that a person may want to see; no measured figures. */
export interface ModelCard {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly source: string;
  readonly weights: number;
  readonly opset: number;
  readonly irVersion: number;
  readonly ops: readonly string[];
}

/**
 * One of several models that a graph is cut into, one run after the other in each call. Its inputs are tensors of the whole model's
 * contract or outputs of the parts before; states and params are its own. Either a net for the kernels, or a file for ONNX Runtime.
 */
export type ModelPart = { readonly contract: ModelContract; readonly operators: readonly string[] } & (
  | { readonly net: Net }
  | { readonly bytes: Uint8Array; readonly sha256: string }
);

/** A model that passed the structural check. `bytes` is the ONNX file. */
export interface ModelResource {
  readonly kind: 'model';
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly contract: ModelContract;
  readonly card: ModelCard;
  /** What the SIMD kernels run instead of the graph, or why they do not; left out: nobody looked. */
  readonly kernels?: NetFinding;
  /** Where the kernels take some of the graph, and it pays to run that on them and the rest in ONNX Runtime. */
  readonly parts?: readonly ModelPart[];
  /** Who is to run it, as its node wants; left out: the kernels if they can. */
  readonly runtime?: RuntimeWish;
}

/** Decoded audio, one Float32Array a channel, full scale ±1, at `sampleRateHz`. */
export interface AudioResource {
  readonly kind: 'audio';
  readonly path: string;
  readonly sha256: string;
  readonly sampleRateHz: number;
  readonly channels: readonly Float32Array[];
  /** Sample rate of the file in Hz, from which it was brought to `sampleRateHz`; absent: the same. */
  readonly recordedRateHz?: number;
}

export type Resource = ModelResource | AudioResource;
export type Resources = Readonly<Record<string, Resource | undefined>>;

/** A slot for a resource in a node type. */
export interface ResourceSlot {
  readonly kind: Resource['kind'];
  readonly label: string;
  readonly isRequired: boolean;
  /** Longest recording in seconds that the node can use; absent: no bound. Longer ones are refused with E-SIZE. */
  readonly maxSeconds?: number;
}
