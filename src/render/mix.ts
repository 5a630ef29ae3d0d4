// Sums of signals between nodes, and the channel rule: what a wire does to sound. Owns their room in the arena. Must not know why signals
// meet. Its twin is src/compile/lower-plan.
import type { Kernels } from '../core/kernels.ts';
import type { StateArray } from '../core/node-type.ts';
import type { ArenaLayout } from './arena.ts';
import { areSilent, NO_CONTROL, numbersIn, type SignalRun, silence } from './signal-calls.ts';

type Channels = readonly Float32Array[];
const F32_MAX = (2 - 2 ** -23) * 2 ** 127;

/** Asks for room to mix `count` channels into one; gives the indices of the views that `Mix` wants. */
export const reserveMix = (layout: ArenaLayout, count: number): number[] => [
  layout.reserve('f64', count),
  layout.reserve('i32', count),
];

/** target = gain · sum of sources, of channels in which nodes put finite numbers. */
class Mix {
  readonly #sources: readonly SignalRun[];
  readonly #target: SignalRun;
  /** What goes into each channel of the target. */
  readonly #parts: readonly Channels[];
  readonly #gains: Float64Array;
  readonly #addresses: Int32Array;
  readonly #kernels: Kernels;

  constructor(
    sources: readonly SignalRun[],
    target: SignalRun,
    parts: readonly Channels[],
    gain: number,
    views: readonly StateArray[],
    kernels: Kernels,
  ) {
    this.#sources = sources;
    this.#target = target;
    this.#parts = parts;
    this.#gains = (views[0] as Float64Array).fill(gain);
    this.#addresses = views[1] as Int32Array;
    this.#kernels = kernels;
  }

  run(): void {
    const target = this.#target;
    if (areSilent(this.#sources)) {
      silence(target);
      return;
    }
    const { channels, addresses } = target;
    const numbers = numbersIn(target);
    for (let c = 0; c < channels.length; c++)
      this.#kernels.sum(this.#gains, this.#parts[c], this.#addresses, channels[c], numbers);
    const peak = this.#kernels.peak(channels, addresses, numbers);
    target.isSilent = peak === 0;
    // Two numbers of a runaway loop may be more than f32 holds.
    if (!(peak < Number.POSITIVE_INFINITY)) bound(channels, numbers);
  }
}

function bound(channels: Channels, numbers: number): void {
  for (const channel of channels)
    for (let i = 0; i < numbers; i++) channel[i] = Math.min(F32_MAX, Math.max(-F32_MAX, channel[i]));
}

/** The step target = sum of inputs; `views` as reserveMix asks for them, which signals of control do not need. */
export function makeSum(
  inputs: readonly SignalRun[],
  target: SignalRun,
  views: readonly StateArray[],
  kernels: Kernels,
): { run(): void } {
  if (target.control !== NO_CONTROL) return { run: () => sumControls(inputs, target) };
  const parts = target.channels.map((_, c) => inputs.map(({ channels }) => channels[c]));
  return new Mix(inputs, target, parts, 1, views, kernels);
}

function sumControls(inputs: readonly SignalRun[], { control, clock }: SignalRun): void {
  const { values } = control;
  values.fill(0, 0, clock.count);
  control.isConstant = true;
  for (let k = 0; k < inputs.length; k++) {
    const source = inputs[k].control;
    for (let i = 0; i < clock.count; i++) values[i] += source.values[i];
    control.isConstant &&= source.isConstant;
  }
  control.value = values[0];
}

/** The step of the channel rule: many into one are averaged, for which it needs `views` as makeSum does; one into many is copied. */
export function makeChannels(
  source: SignalRun,
  target: SignalRun,
  views: readonly StateArray[],
  kernels: Kernels,
): { run(): void } {
  const [from, to] = [source.channels, target.channels];
  if (to.length === 1) return new Mix([source], target, [from], 1 / from.length, views, kernels);
  return {
    run() {
      target.isSilent = source.isSilent;
      const numbers = numbersIn(target);
      for (let c = 0; c < to.length; c++) kernels.scale(1, from[Math.min(c, from.length - 1)], to[c], numbers);
    },
  };
}
