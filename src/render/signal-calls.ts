// What happens to signals between nodes while a plan plays: compensating delays, control rates, copies over a loop's border; sums and
// channel rules are in mix.ts. Owns their buffers and states; when each is called is the executor's. Its twin is src/compile/lower-plan.
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

export function areSilent(signals: readonly SignalRun[]): boolean {
  for (let k = 0; k < signals.length; k++) if (!signals[k].isSilent) return false;
  return true;
}

/** Zeros for all of this call. Not for a control signal. */
export function silence(signal: SignalRun): void {
  const numbers = numbersIn(signal);
  for (let c = 0; c < signal.channels.length; c++) signal.channels[c].fill(0, 0, numbers);
  signal.isSilent = true;
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
  // Outside of a loop a call may be put together of several from inside.
  to.isSilent = from.isSilent && (toOffset === 0 || to.isSilent);
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
  /** How many of the newest are known to be silent in all channels. */
  #silent: number;

  /** `rings`: zeros, one array a channel, as long as the delay. */
  constructor(rings: readonly Float32Array[]) {
    this.#rings = rings;
    this.#silent = this.#samples;
  }

  get #samples(): number {
    return this.#rings[0]?.length ?? 0;
  }

  /** Silent again. */
  clear(): void {
    for (const ring of this.#rings) ring.fill(0);
    this.#position = 0;
    this.#silent = this.#samples;
  }

  /** Delays this call's numbers of a signal. */
  delay(source: SignalRun, target: SignalRun): void {
    const count = numbersIn(source);
    if (source.isSilent && this.#silent === this.#samples) {
      silence(target);
      return;
    }
    const silent = source.isSilent ? Math.min(this.#samples, this.#silent + count) : 0;
    this.run(source.channels, target.channels, count);
    target.isSilent = false;
    this.#silent = silent;
  }

  /** Delays the next `count` numbers of each channel, of which nothing is known; `to` may be `from`. */
  run(from: readonly Float32Array[], to: readonly Float32Array[], count: number): void {
    this.#silent = 0;
    for (let c = 0; c < to.length; c++) delayThrough(this.#rings[c], this.#position, from[c], to[c], count);
    this.#position = (this.#position + count) % this.#samples;
  }

  /** Takes over the newest samples of the same delay in the plan before; false when its past does not reach far enough. */
  carryFrom(old: AlignLine): boolean {
    if (old.#rings.length !== this.#rings.length) return false;
    const known = Math.min(this.#samples, old.#samples);
    this.#position = 0;
    this.#silent = Math.min(known, old.#silent);
    for (let c = 0; c < this.#rings.length; c++) {
      for (let age = 1; age <= known; age++)
        this.#rings[c][this.#samples - age] = old.#rings[c][(old.#position + old.#samples - age) % old.#samples];
    }
    return known === this.#samples;
  }
}

/** One channel through a ring whose oldest number lies at `position`. */
function delayThrough(ring: Float32Array, position: number, from: Float32Array, to: Float32Array, count: number): void {
  for (let done = 0; done < count; ) {
    // Up to the end of the ring, without a question in between.
    const end = Math.min(count, done + ring.length - position);
    for (let i = done, at = position; i < end; i++, at++) {
      const x = from[i];
      to[i] = ring[at];
      ring[at] = x;
    }
    position = end - done + position === ring.length ? 0 : position + end - done;
    done = end;
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
