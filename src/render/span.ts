// A part of a call: what a kernel sees when its call is split because an event param moves. Owns the views; allocates a few small
// objects, only in calls in which something moves. Must not know when calls are split.
import type { ControlSignal } from '../core/node-type.ts';
import type { MutableIo } from './node-run.ts';

type Channels = Readonly<Record<string, readonly Float32Array[]>>;

const mapRecord = <T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, name: string) => U,
): Record<string, U> => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

const spanOfControl = ({ isConstant, value, values }: ControlSignal, from: number): ControlSignal =>
  isConstant || values.length <= from
    ? { isConstant, value, values: values.subarray(Math.min(from, values.length - 1)) }
    : { isConstant, value: values[from], values: values.subarray(from) };

/** `frames` frames of a call from frame `from` on, of a node whose inlets and outlets share one clock. `itemSizes`: by port. */
export function spanOfIo(
  io: MutableIo,
  from: number,
  frames: number,
  itemSizes: Readonly<Record<string, number>>,
): MutableIo {
  const audio = (channels: Channels): Channels =>
    mapRecord(channels, list => list.map(values => values.subarray(from)));
  const items = (channels: Channels): Channels =>
    mapRecord(channels, (list, name) => {
      const first = (from / Math.max(1, io.ctx.blockFrames)) * (itemSizes[name] ?? 0);
      return list.map(values => values.subarray(first));
    });
  return {
    ...io,
    audioIn: audio(io.audioIn),
    audioOut: audio(io.audioOut),
    itemsIn: items(io.itemsIn),
    itemsOut: items(io.itemsOut),
    controlIn: mapRecord(io.controlIn, control => spanOfControl(control, from)),
    // A node writes `value` and `isConstant` of what it gives: those of the whole call stay with the whole call.
    controlOut: mapRecord(io.controlOut, control => ({ ...control, values: control.values.subarray(from) })),
    frame: io.frame + from,
    outFrame: io.outFrame + from,
    outFrames: frames,
  };
}

export const spanOfParams = (
  params: Readonly<Record<string, ControlSignal>>,
  from: number,
): Readonly<Record<string, ControlSignal>> =>
  mapRecord(params, param => (param.values.length > 1 ? spanOfControl(param, from) : param));
