// The buffers of a plan's signals: reserved in the arena, one a channel, shared where the plan says so. Owns their sizes.

import type { StateArray } from '../core/node-type.ts';
import { itemsIn } from '../dsp/clock.ts';
import type { SharedBuffers } from '../plan/passes/reuse-buffers.ts';
import type { Plan, PlanSignal } from '../plan/plan.ts';
import type { ArenaLayout } from './arena.ts';
import type { Clocks } from './clocks.ts';
import { NO_CONTROL, type SignalRun } from './signal-calls.ts';

function placed(room: Int32Array, numbers: readonly number[]): Int32Array {
  room.set(numbers);
  return room;
}

/** First half: reserves memory. The returned second half makes the signals once the memory is there. */
export function reserveSignals(
  { signals }: Plan,
  { buffers, like }: SharedBuffers,
  clocks: Clocks,
  layout: ArenaLayout,
): (views: readonly StateArray[]) => SignalRun[] {
  const numbersMax = (signal: PlanSignal): number =>
    signal.itemSize === 0
      ? clocks.framesMax(signal)
      : Math.ceil(itemsIn(clocks.framesMax(signal), signal.blockFrames)) * signal.itemSize;
  const audioViews = like.map(signal => layout.reserve('f32', numbersMax(signals[signal])));
  const controlViews = signals.map(signal =>
    signal.kind === 'control' ? layout.reserve('f64', clocks.framesMax(signal)) : -1,
  );
  const addressViews = buffers.map(list => layout.reserve('i32', list.length));
  return views =>
    signals.map((signal, id) => ({
      channels: buffers[id].map(buffer => views[audioViews[buffer]] as Float32Array),
      addresses: placed(
        views[addressViews[id]] as Int32Array,
        buffers[id].map(buffer => views[audioViews[buffer]].byteOffset),
      ),
      control:
        controlViews[id] < 0
          ? NO_CONTROL
          : { value: 0, isConstant: true, values: views[controlViews[id]] as Float64Array },
      clock: clocks.find(signal.rateHz, signal.blockFrames),
      itemSize: signal.itemSize,
      // Memory begins as zeros; whoever writes says what it is then.
      isSilent: signal.kind !== 'control',
      isWatched: false,
    }));
}
