// Recurrent layers: what the input gives to the gates for all frames at once, then one kernel that goes from frame to frame.
// Owns where their states and gates lie.
import type { NetStep } from '../core/net.ts';
import { at } from '../onnx/net/size.ts';
import { type GateOrder, GRU_GATES, LSTM_GATES, packGates, roundUp } from './pack.ts';
import { addressOf, type Block, F32, isLong, naturalOrder, type Place } from './place.ts';
import { copy } from './rows.ts';
import type { Site } from './site.ts';

type StepOf<K extends NetStep['kind']> = Extract<NetStep, { kind: K }>;

/** What all frames of the input give to the gates, in rows of whole parts. */
function gatesOf(site: Site, x: Place, weight: Float32Array, bias: Float32Array, order: GateOrder, units: number) {
  const { layout, wasm } = site;
  const ins = x.sizes[2].fixed;
  const part = roundUp(units, 4);
  const bytes = F32 * order.length * part;
  const frames = x.sizes[0];
  const gates = layout.newPlace([frames, { perFrame: 0, fixed: order.length * part }]);
  const [w, start] = [layout.fill(packGates(weight, order, units, ins)), layout.fill(packGates(bias, order, units, 1))];
  const [xPitch, xStep, pitch] = [isLong(frames) ? x.steps[0] : 0, x.steps[2], gates.steps[0]];
  site.runs.push(
    n =>
      void wasm.dense(
        addressOf(x, n),
        xPitch,
        xStep,
        addressOf(gates, n),
        pitch,
        bytes,
        start.address,
        w.address,
        bytes,
        ins,
        at(frames, n),
      ),
  );
  return { gates, pitch, part: F32 * part, frames };
}

/** A state of its own, whose vectors are filled up with zeros; what it starts with is copied there in each call. */
function stateOf(site: Site, tensor: number | undefined, output: number | undefined, units: number): Block {
  const { layout } = site;
  const sizes = [1, 1, units].map(fixed => ({ perFrame: 0, fixed }));
  const place = layout.newPlace(sizes, naturalOrder(sizes), false);
  const given = tensor === undefined || tensor < 0 ? layout.fill(new Float32Array(units)) : undefined;
  const from = given ? { ...place, block: given } : layout.place(tensor as number);
  site.runs.push(copy(site.wasm, from, place));
  if (output !== undefined) layout.put(output, place, false);
  return place.block;
}

const sumOf = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, at) => value + b[at]);

export function gru(site: Site, step: StepOf<'gru'>): void {
  const { layout, wasm } = site;
  const { units, isResetBefore } = step;
  const [input, kernel, recurrence, offset, h0] = step.inputs;
  const both = offset >= 0 ? layout.constant(offset) : new Float32Array(6 * units);
  const [given, kept] = [both.slice(0, 3 * units), both.slice(3 * units)];
  // The new state's recurrent bias stays apart: where the reset gate acts behind the matrix, it acts on it too.
  const bias = sumOf(given, kept);
  bias.set(given.subarray(2 * units), 2 * units);
  const h = stateOf(site, h0, step.outputs[1], units);
  const { gates, pitch, part, frames } = gatesOf(
    site,
    layout.place(input),
    layout.constant(kernel),
    bias,
    GRU_GATES,
    units,
  );
  const w = layout.fill(packGates(layout.constant(recurrence), GRU_GATES, units, units));
  const kernelBias = layout.fill(packGates(kept.slice(2 * units), [{ gate: 0, factor: 1 }], units, 1));
  const room = layout.borrow(4 * part);
  const y = site.target(step.outputs[0]);
  const yPitch = isLong(frames) ? y.steps[0] : 0;
  const columns = roundUp(units, 2);
  site.runs.push(
    n =>
      void wasm.gru(
        addressOf(gates, n),
        pitch,
        addressOf(y, n),
        yPitch,
        at(frames, n),
        w.address,
        kernelBias.address,
        h.address,
        part,
        columns,
        room.address,
        isResetBefore ? 1 : 0,
      ),
  );
  layout.release(room);
  layout.release(gates.block);
  layout.done([input, h0 ?? -1]);
}

export function lstm(site: Site, step: StepOf<'lstm'>): void {
  const { layout, wasm } = site;
  const { units } = step;
  const [input, kernel, recurrence, offset, h0, c0] = step.inputs;
  const both = offset >= 0 ? layout.constant(offset) : new Float32Array(8 * units);
  const bias = sumOf(both.slice(0, 4 * units), both.slice(4 * units));
  const [h, c] = [stateOf(site, h0, step.outputs[1], units), stateOf(site, c0, step.outputs[2], units)];
  const { gates, pitch, part, frames } = gatesOf(
    site,
    layout.place(input),
    layout.constant(kernel),
    bias,
    LSTM_GATES,
    units,
  );
  const w = layout.fill(packGates(layout.constant(recurrence), LSTM_GATES, units, units));
  const room = layout.borrow(4 * part);
  const y = site.target(step.outputs[0]);
  const yPitch = isLong(frames) ? y.steps[0] : 0;
  const columns = roundUp(units, 2);
  site.runs.push(
    n =>
      void wasm.lstm(
        addressOf(gates, n),
        pitch,
        addressOf(y, n),
        yPitch,
        at(frames, n),
        w.address,
        h.address,
        c.address,
        part,
        columns,
        room.address,
      ),
  );
  layout.release(room);
  layout.release(gates.block);
  layout.done([input, h0 ?? -1, c0 ?? -1]);
}
