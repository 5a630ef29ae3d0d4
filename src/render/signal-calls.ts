// What happens to signals between nodes while a plan plays: sums, channel rules, compensating delays, control rates, copies
// over a loop's border. Owns their buffers and states; when each is called is the executor's. Its twin is src/compile/lower-plan.
import type { ControlSignal } from '../core/node-type.ts';
import { itemsIn } from '../dsp/clock.ts';
import type { Clock } from './clocks.ts';

/** The buffers of one signal. An audio signal has NO_CONTROL, a control signal no channels. */
export interface SignalRun {
  readonly channels: readonly Float32Array[];
  /** Where the channels lie in the arena. */
  readonly addresses: Int32Array;
  readonly control: ControlSignal;
  readonly clock: Clock;
  /** f32 numbers of one item and channel of a spectrum or tensor; 0 = audio or control, with one for each frame. */
  readonly itemSize: number;
  /** All its numbers in this call are 0, which is not always known. A control signal never is. */
  isSilent: boolean;
  /** Somebody looks at it from outside, so that it has to be written. */
  isWatched: boolean;
}

/** f32 numbers of one channel in so many frames. */
export const numbersIn = ({ clock, itemSize }: SignalRun, frames = clock.count): number =>
  itemSize === 0 ? frames : itemsIn(frames, clock.blockFrames) * itemSize;

export const NO_CONTROL: ControlSignal = { value: 0, isConstant: true, values: new Float64Array(0) };
const F32_MAX = (2 - 2 ** -23) * 2 ** 127;

export function areSilent(signals: readonly SignalRun[]): boolean {
  for (let k = 0; k < signals.length; k++) if (!signals[k].isSilent) return false;
  return true;
}

/** target = sum of inputs. */
export function sumSignals(inputs: readonly SignalRun[], target: SignalRun): void {
  const frames = target.clock.count;
  if (target.control !== NO_CONTROL) {
    const { values } = target.control;
    values.fill(0, 0, frames);
    target.control.isConstant = true;
    for (let k = 0; k < inputs.length; k++) {
      const source = inputs[k].control;
      for (let i = 0; i < frames; i++) values[i] += source.values[i];
      target.control.isConstant &&= source.isConstant;
    }
    target.control.value = values[0];
    return;
  }
  const numbers = numbersIn(target);
  target.isSilent = areSilent(inputs);
  for (let c = 0; c < target.channels.length; c++) {
    const sum = target.channels[c];
    for (let i = 0; i < numbers; i++) {
      let x = 0;
      for (let k = 0; k < inputs.length; k++) x += inputs[k].channels[c][i];
      // Nodes give finite numbers; two of a runaway loop may still be more than f32 holds.
      sum[i] = Math.min(F32_MAX, Math.max(-F32_MAX, x));
    }
  }
}

/** The channel rule: one into many is copied, many into one are averaged. */
export function mapChannels({ channels: from, isSilent }: SignalRun, target: SignalRun): void {
  target.isSilent = isSilent;
  const to = target.channels;
  const count = numbersIn(target);
  if (from.length > 1 && to.length === 1) {
    for (let i = 0; i < count; i++) {
      let x = 0;
      for (let c = 0; c < from.length; c++) x += from[c][i];
      to[0][i] = x / from.length;
    }
    return;
  }
  for (let c = 0; c < to.length; c++) {
    const source = from[Math.min(c, from.length - 1)];
    for (let i = 0; i < count; i++) to[c][i] = source[i];
  }
}

/** Copies this call's frames of one signal into another, at offsets in frames. */
export function copySignal(from: SignalRun, fromOffset: number, to: SignalRun, toOffset: number): void {
  const { count } = from.clock;
  if (to.control !== NO_CONTROL) {
    for (let i = 0; i < count; i++) to.control.values[toOffset + i] = from.control.values[fromOffset + i];
    to.control.isConstant = from.control.isConstant && fromOffset === toOffset;
    to.control.value = to.control.values[toOffset];
    return;
  }
  // Inside and outside of a loop calls have different lengths.
  to.isSilent = false;
  const numbers = numbersIn(from, count);
  const [fromFirst, toFirst] = [numbersIn(from, fromOffset), numbersIn(from, toOffset)];
  for (let c = 0; c < to.channels.length; c++) {
    for (let i = 0; i < numbers; i++) to.channels[c][toFirst + i] = from.channels[c][fromFirst + i];
  }
}

/** A compensating delay of whole samples, or for items of so many numbers of whole items. */
export class AlignLine {
  /** The last `samples` numbers of each channel; the oldest lies at `#position`. */
  readonly #rings: readonly Float32Array[];
  #position = 0;

  /** `rings`: zeros, one array a channel, as long as the delay. */
  constructor(rings: readonly Float32Array[]) {
    this.#rings = rings;
  }

  get #samples(): number {
    return this.#rings[0].length;
  }

  /** Silent again. */
  clear(): void {
    for (const ring of this.#rings) ring.fill(0);
    this.#position = 0;
  }

  /** Delays the next `count` numbers of each channel; `to` may be `from`. */
  run(from: readonly Float32Array[], to: readonly Float32Array[], count: number): void {
    let position = this.#position;
    for (let c = 0; c < to.length; c++) {
      const ring = this.#rings[c];
      position = this.#position;
      for (let i = 0; i < count; i++) {
        const x = from[c][i];
        to[c][i] = ring[position];
        ring[position] = x;
        if (++position === ring.length) position = 0;
      }
    }
    this.#position = position;
  }

  /** Takes over the newest samples of the same delay in the plan before; false when its past does not reach far enough. */
  carryFrom(old: AlignLine): boolean {
    if (old.#rings.length !== this.#rings.length) return false;
    const known = Math.min(this.#samples, old.#samples);
    this.#position = 0;
    for (let c = 0; c < this.#rings.length; c++) {
      for (let age = 1; age <= known; age++)
        this.#rings[c][this.#samples - age] = old.#rings[c][(old.#position + old.#samples - age) % old.#samples];
    }
    return known === this.#samples;
  }
}

/** Zero-order hold of a control signal between two rates, on the one clock: the value that was current when a frame began. */
export class ControlHold {
  #value = 0;

  run(source: SignalRun, target: SignalRun): void {
    const { control } = target;
    const last = source.control.values[Math.max(0, source.clock.count - 1)];
    if (source.control.isConstant && this.#value === source.control.value) {
      control.values.fill(source.control.value, 0, target.clock.count);
      control.value = source.control.value;
      control.isConstant = true;
      return;
    }
    for (let i = 0; i < target.clock.count; i++) {
      const at =
        Math.floor(((target.clock.start + i) * source.clock.rateHz) / target.clock.rateHz) - source.clock.start;
      control.values[i] = at < 0 ? this.#value : source.control.values[at];
    }
    control.isConstant = false;
    control.value = control.values[0];
    if (source.clock.count > 0) this.#value = last;
  }

  carryFrom(old: ControlHold): void {
    this.#value = old.#value;
  }
}

/** A control signal between a stream and blocks; see ControlBlockCall. Before its first value it is 0. */
export class ControlBlock {
  /** Values by frame modulo length. */
  readonly #ring: Float64Array;
  readonly #delayFrames: number;

  /** `ring`: zeros, at least the delay and twice the most frames of one call at either end. */
  constructor(delayFrames: number, ring: Float64Array) {
    this.#delayFrames = delayFrames;
    this.#ring = ring;
  }

  run(source: SignalRun, target: SignalRun): void {
    const ring = this.#ring;
    const { count, start } = source.clock;
    for (let i = 0; i < count; i++) ring[(start + i) % ring.length] = source.control.values[i];
    const { control, clock } = target;
    for (let i = 0; i < clock.count; i++) {
      const frame = clock.start + i - this.#delayFrames;
      control.values[i] = ring[(frame + ring.length) % ring.length];
    }
    control.isConstant = false;
    control.value = control.values[0];
  }

  carryFrom(old: ControlBlock): void {
    if (old.#ring.length === this.#ring.length) this.#ring.set(old.#ring);
  }
}
