// The manifest, bundle.json: what a player must know to run model.onnx. Owns its form; no measured figures in it, so that
// the same patch gives the same bytes everywhere.
import type { LatencyParts } from '../core/node-type.ts';

export const BUNDLE_FORMAT = 'neuropatch-bundle';
export const BUNDLE_VERSION = 1;
export const BUNDLE_FILES = {
  model: 'model.onnx',
  manifest: 'bundle.json',
  patch: 'patch.json',
  golden: 'golden/golden.json',
} as const;

/** A named way in or out. The tensor is f32 [channels, N]. */
export interface BundleTerminal {
  readonly id: string;
  readonly label: string;
  readonly tensor: string;
  readonly channels: number;
}

/** A param. The tensor is f64 [1]: the target value, or the index of a choice. Players keep it in min…max. */
export interface BundleParam {
  /** `<node>.<param>` */
  readonly id: string;
  readonly label: string;
  readonly tensor: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** Value in the exported patch; what a fresh player starts with. */
  readonly default: number;
  readonly scale: 'linear' | 'log';
  /** `a`: the graph glides to a new value. `event`: it jumps. Both: constant within a call; split calls where it changes. */
  readonly rate: 'a' | 'event';
  readonly choices?: readonly string[];
}

/** A state: feed `input`, take `output` for the next call. `init`: one number everywhere, all numbers, or a param's start value. */
export interface BundleState {
  readonly input: string;
  readonly output: string;
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'f64' | 'i64';
  readonly init: number | readonly number[] | { readonly param: string };
}

export interface BundleManifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly authors: string;
  readonly licence: string;
  readonly sampleRateHz: number;
  readonly latency: LatencyParts;
  readonly latencySamples: number;
  readonly inputs: readonly BundleTerminal[];
  readonly outputs: readonly BundleTerminal[];
  /** Name of an i64 [1] input that takes N, where there is no audio input; '' otherwise. */
  readonly framesInput: string;
  readonly params: readonly BundleParam[];
  readonly states: readonly BundleState[];
  readonly opset: number;
  readonly irVersion: number;
  readonly ops: readonly string[];
  /** Neural models inside, with what their cards say. */
  readonly models: readonly {
    readonly node: string;
    readonly name: string;
    readonly sha256: string;
    readonly licence: string;
    readonly source: string;
  }[];
  /** Declared differences to the engine, with the reason. */
  readonly tolerances: readonly { readonly node: string; readonly db: number; readonly reason: string }[];
  readonly sha256: { readonly 'model.onnx': string; readonly 'patch.json': string };
  /** SHA-256 of every golden file by its name in the archive. Players need none of them; whoever checks does. */
  readonly files: Readonly<Record<string, string>>;
}
