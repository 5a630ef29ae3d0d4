// Probes: copies of what the interface looks at, made a few dozen times a second and only while it looks.
// Owns the copies; the executor owns what is looked at.
import type { StateArray } from '../../core/node-type.ts';
import type { RuntimeName } from '../../core/runtime-choice.ts';
import { itemsIn } from '../../dsp/clock.ts';
import type { Plan, SignalId } from '../../plan/plan.ts';
import type { Executor } from '../../render/executor.ts';
import { PROBE_FRAMES, type WireReport } from '../messages.ts';

/** Copies of the probed states of every node that has any. */
export function copyStates(executor: Executor): Record<string, Record<string, StateArray>> {
  const copies: Record<string, Record<string, StateArray>> = {};
  for (const [id, { type, state }] of executor.nodes) {
    if (type.probes.length > 0)
      copies[id] = Object.fromEntries(type.probes.flatMap(name => (state[name] ? [[name, state[name].slice()]] : [])));
  }
  return copies;
}

/** Late calls of every node with a slack. */
export function lateCalls(executor: Executor): Record<string, number> {
  const late: Record<string, number> = {};
  for (const [id, { plan, io }] of executor.nodes) {
    if (plan.slackFrames > 0) late[id] = Object.values(io.models).reduce((sum, runner) => sum + runner.lateCalls, 0);
  }
  return late;
}

/** Who runs the models, by node; without those that nobody told of yet. */
export function runtimes(executor: Executor): Record<string, RuntimeName> {
  const found: Record<string, RuntimeName> = {};
  for (const [id, { io }] of executor.nodes)
    for (const { runtime } of Object.values(io.models)) if (runtime !== undefined) found[id] = runtime;
  return found;
}

/** Where all of a call can be read: inside a loop a signal holds its last step only, and what leaves the loop holds them all. */
function wholeSignal(plan: Plan, signal: SignalId): SignalId {
  const exports = plan.root.items.flatMap(item => ('exports' in item ? item.exports : []));
  return exports.find(({ inner }) => inner === signal)?.outer ?? signal;
}

/**
 * Listens to one connection: audio by its first channel (peak and NaN by all), control by its values, spectra and tensors by their
 * numbers as they lie in memory.
 */
export class WireProbe {
  readonly connectionId: string;
  #peak = 0;
  #nanCount = 0;
  readonly #ring = new Float32Array(PROBE_FRAMES);
  #position = 0;
  #executor: Executor | undefined;
  /** Of this executor; undefined where its plan has no such connection. */
  #signal: SignalId | undefined;

  constructor(connectionId: string) {
    this.connectionId = connectionId;
  }

  /** Takes in the frames of the executor's last call. Does nothing while the plan has no such connection. */
  listen(executor: Executor): void {
    const { plan } = executor;
    if (executor !== this.#executor) {
      this.leave();
      this.#executor = executor;
      const connection = plan.connections[this.connectionId];
      this.#signal = connection && wholeSignal(plan, connection.signal);
    }
    if (this.#signal === undefined) return;
    if (!executor.watch(this.#signal)) return;
    const { rateHz, blockFrames, itemSize } = plan.signals[this.#signal];
    const frames = executor.framesAt(rateHz, blockFrames);
    const numbers = itemSize === 0 ? frames : itemsIn(frames, blockFrames) * itemSize;
    const audio = executor.audio(this.#signal);
    if (audio.length === 0) this.#take(executor.control(this.#signal).values, frames, true);
    for (let c = 0; c < audio.length; c++) this.#take(audio[c], numbers, c === 0);
  }

  /** Looks no longer, so that what it looked at may be played the faster way again. */
  leave(): void {
    if (this.#signal !== undefined) this.#executor?.unwatch(this.#signal);
    this.#executor = undefined;
    this.#signal = undefined;
  }

  /** What was heard since the last report. */
  report(): WireReport {
    const wave = new Float32Array(PROBE_FRAMES);
    wave.set(this.#ring.subarray(this.#position));
    wave.set(this.#ring.subarray(0, this.#position), PROBE_FRAMES - this.#position);
    const report = { connectionId: this.connectionId, peak: this.#peak, nanCount: this.#nanCount, wave };
    this.#peak = 0;
    this.#nanCount = 0;
    return report;
  }

  #take(values: Float32Array | Float64Array, count: number, isDrawn: boolean): void {
    for (let i = 0; i < count; i++) {
      const x = values[i];
      if (Number.isNaN(x)) this.#nanCount++;
      else this.#peak = Math.max(this.#peak, Math.abs(x));
      if (!isDrawn) continue;
      this.#ring[this.#position] = x;
      this.#position = (this.#position + 1) % PROBE_FRAMES;
    }
  }
}
