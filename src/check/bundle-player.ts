// The reference player of bundles in TypeScript: feeds N frames, params and states, and takes the output.
// Owns what bundle documentation asks of a player, and nothing more. Python has its own in extension/neuropatch.
import type { Bundle } from '../compile/bundle.ts';
import type { BundleState } from '../compile/manifest.ts';
import { fail } from '../core/errors.ts';
import type { GraphRuntime, GraphSession, GraphTensor, TensorData } from '../core/model-runner.ts';
import type { ParamValue } from '../core/param.ts';
import type { NodeAudio } from '../render/performer.ts';

/** A param moves at an absolute frame. */
export interface BundleEvent {
  readonly frame: number;
  readonly param: string;
  readonly value: ParamValue;
}

export class BundlePlayer {
  readonly bundle: Bundle;
  readonly #session: GraphSession;
  readonly #values = new Map<string, number>();
  #states = new Map<string, GraphTensor>();

  constructor(bundle: Bundle, runtime: GraphRuntime) {
    this.bundle = bundle;
    this.#session = runtime.createGraph(bundle.model, 'model.onnx');
    for (const param of bundle.manifest.params) this.#values.set(param.id, param.default);
    this.reset();
  }

  /** States as at the start; params keep their values, and what glides starts at them. */
  reset(): void {
    this.#states = new Map(
      this.bundle.manifest.states.map(state => [state.input, initialState(state, id => this.#values.get(id) ?? 0)]),
    );
  }

  /** Sets a param to a number or a choice's word; kept in its range. Throws PatchError E-PARAM for an unknown one. */
  setParam(id: string, value: ParamValue): void {
    const param = this.bundle.manifest.params.find(p => p.id === id);
    const number = typeof value === 'number' ? value : (param?.choices?.indexOf(value) ?? -1);
    if (!param || !Number.isFinite(number) || (typeof value === 'string' && number < 0)) {
      fail(
        'E-PARAM',
        id,
        `${id}: expected a param of the bundle and a value it can have, got ${JSON.stringify(value)}. It has ${this.bundle.manifest.params.map(p => p.id).join(', ') || 'none'}.`,
      );
    }
    // A choice is a whole index, as in the engine.
    this.#values.set(id, Math.min(param.max, Math.max(param.min, param.choices ? Math.round(number) : number)));
  }

  /** Plays the next `frames` frames; inputs by id, one array a channel, at least `frames` long; missing ones are silent. */
  process(inputs: NodeAudio, frames: number): Record<string, Float32Array[]> {
    const { manifest } = this.bundle;
    const feeds: Record<string, GraphTensor> = Object.fromEntries(this.#states);
    for (const { id, tensor, channels } of manifest.inputs) {
      const data = new Float32Array(channels * frames);
      const source = inputs[id] ?? [];
      for (let c = 0; c < channels && source.length > 0; c++)
        data.set(source[Math.min(c, source.length - 1)].subarray(0, frames), c * frames);
      feeds[tensor] = { dims: [channels, frames], data };
    }
    for (const { id, tensor } of manifest.params)
      feeds[tensor] = { dims: [1], data: Float64Array.of(this.#values.get(id) as number) };
    if (manifest.framesInput) feeds[manifest.framesInput] = { dims: [1], data: BigInt64Array.of(BigInt(frames)) };
    const results = this.#session.run(feeds, [
      ...manifest.outputs.map(o => o.tensor),
      ...manifest.states.map(s => s.output),
    ]);
    for (const { input, output } of manifest.states) this.#states.set(input, results[output]);
    return Object.fromEntries(
      manifest.outputs.map(({ id, tensor, channels }) => {
        const data = results[tensor].data as Float32Array;
        return [id, Array.from({ length: channels }, (_, c) => data.slice(c * frames, (c + 1) * frames))];
      }),
    );
  }

  /** State tensors in the manifest's order. */
  get states(): readonly GraphTensor[] {
    return this.bundle.manifest.states.map(state => this.#states.get(state.input) as GraphTensor);
  }

  dispose(): void {
    this.#session.dispose();
  }
}

function initialState(state: BundleState, paramValue: (id: string) => number): GraphTensor {
  const length = state.shape.reduce((a, b) => a * b, 1);
  const { init } = state;
  const at = (index: number): number =>
    typeof init === 'number' ? init : 'param' in init ? paramValue(init.param) : (init[index] ?? 0);
  let data: TensorData;
  if (state.dtype === 'i64') data = BigInt64Array.from({ length }, (_, i) => BigInt(at(i)));
  else
    data =
      state.dtype === 'f64'
        ? Float64Array.from({ length }, (_, i) => at(i))
        : Float32Array.from({ length }, (_, i) => at(i));
  return { dims: state.shape, data };
}

export interface PlayRequest {
  readonly inputs: NodeAudio;
  readonly frames: number;
  /** Frames per call, repeated. */
  readonly schedule: readonly number[];
  readonly events?: readonly BundleEvent[];
}

/** Plays a stretch call by call, splitting calls where a param moves. */
export function playBundle(player: BundlePlayer, request: PlayRequest): Record<string, Float32Array[]> {
  const { inputs, frames, schedule } = request;
  const events = [...(request.events ?? [])].sort((a, b) => a.frame - b.frame);
  const outputs: Record<string, Float32Array[]> = Object.fromEntries(
    player.bundle.manifest.outputs.map(o => [o.id, Array.from({ length: o.channels }, () => new Float32Array(frames))]),
  );
  let next = 0;
  for (let done = 0, block = 0; done < frames; block++) {
    for (let end = Math.min(frames, done + schedule[block % schedule.length]); done < end; ) {
      while (next < events.length && events[next].frame <= done)
        player.setParam(events[next].param, events[next++].value);
      const count = Math.min(end, events[next]?.frame ?? end) - done;
      const part = Object.fromEntries(
        Object.entries(inputs).map(([id, channels]) => [id, channels.map(channel => padded(channel, done, count))]),
      );
      for (const [id, channels] of Object.entries(player.process(part, count)))
        channels.forEach((channel, c) => {
          outputs[id][c].set(channel, done);
        });
      done += count;
    }
  }
  return outputs;
}

function padded(channel: Float32Array, from: number, count: number): Float32Array {
  if (from + count <= channel.length) return channel.subarray(from, from + count);
  const copy = new Float32Array(count);
  if (from < channel.length) copy.set(channel.subarray(from));
  return copy;
}
