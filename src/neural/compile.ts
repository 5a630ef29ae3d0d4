// From a net to what runs in each call: every tensor gets its place, every step its kernel. Steps that only rearrange become places.
// Owns the order of that. Done once for each runner; nothing here runs while playing.
import type { Net, NetStep } from '../core/net.ts';
import { binary, sum, unary } from './elementwise.ts';
import type { Heap } from './heap.ts';
import type { History } from './history.ts';
import { conv, dense } from './layers.ts';
import { Layout } from './layout.ts';
import { expanded, groupSizes, type Place, reshaped, sliced, transposed } from './place.ts';
import { gru, lstm } from './recurrent.ts';
import { copy, type Run } from './rows.ts';
import { Site } from './site.ts';
import { packedIn, packedOut, type Tensor } from './tensor.ts';

export interface ProgramState {
  /** Where it lies between calls. */
  readonly place: () => Place;
  readonly init: number | readonly number[];
}

/** A net in memory, ready to be called. */
export interface Program {
  readonly bytes: number;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly states: readonly ProgramState[];
  readonly runs: readonly Run[];
  readonly histories: readonly History[];
  /** Once there is memory, at `base`. */
  settle(base: number, buffer: ArrayBuffer): void;
}

function reshape(site: Site, step: NetStep): void {
  const { layout } = site;
  const [input] = step.inputs;
  const [output] = step.outputs;
  const { sizes } = layout.net.tensors[output];
  const given = layout.place(input);
  const view = reshaped(given, sizes);
  if (view) {
    layout.put(output, view, false);
    return;
  }
  // Axes that are taken as one have to lie without gaps: copied to rows in which each group is one axis.
  const made = layout.newPlace(groupSizes(given.sizes, sizes));
  site.runs.push(copy(site.wasm, given, reshaped(made, given.sizes) as Place));
  layout.put(output, reshaped(made, sizes) as Place);
}

function addStep(site: Site, step: NetStep): void {
  const { layout } = site;
  const [input] = step.inputs;
  const [output] = step.outputs;
  const { sizes } = layout.net.tensors[output];
  switch (step.kind) {
    case 'unary':
      unary(site, step);
      return;
    case 'binary':
      binary(site, step);
      return;
    case 'conv':
      conv(site, step);
      return;
    case 'dense':
      dense(site, step);
      return;
    case 'gru':
      gru(site, step);
      return;
    case 'lstm':
      lstm(site, step);
      return;
    case 'sum':
      sum(site, step);
      return;
    case 'transpose':
      layout.put(output, transposed(layout.place(input), step.order), false);
      break;
    case 'slice':
      layout.put(output, sliced(layout.place(input), step.axis, step.start, step.step, sizes), false);
      break;
    case 'expand':
      layout.put(output, expanded(layout.place(input), sizes), false);
      break;
    case 'reshape':
      reshape(site, step);
      break;
    case 'concat':
      site.concat(step);
      break;
  }
  layout.done(step.inputs);
}

export function compile(net: Net, file: Uint8Array, maxFrames: number, heap: Heap): Program {
  const { wasm } = heap;
  const layout = new Layout(net, file, maxFrames);
  const site = new Site(layout, wasm);
  const inputs: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(net.inputs)) {
    const { place, given, run } = packedIn(layout, wasm, net.tensors[tensor].sizes);
    inputs[name] = given;
    layout.put(tensor, place, false);
    if (run) site.runs.push(run);
  }
  const states: ProgramState[] = net.states.map(({ input, init }, index) => {
    const kept = site.keptStates.get(index);
    if (!kept) layout.put(input, layout.newPlace(net.tensors[input].sizes, undefined, false), false);
    const place = layout.place(input);
    return { place: () => place, init };
  });
  for (const step of net.steps) if (!site.skipped.has(step)) addStep(site, step);
  const outputs: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(net.outputs)) {
    const { given, run } = packedOut(layout, wasm, layout.place(tensor));
    outputs[name] = given;
    site.runs.push(run);
  }
  addStates(site);
  return {
    bytes: layout.bytes,
    inputs,
    outputs,
    states,
    runs: site.runs,
    histories: site.histories,
    settle(base, buffer) {
      layout.settle(base, buffer);
      for (const history of site.histories) history.settle();
    },
  };
}

/** New states take the places of the old ones; one that is another's old one is read before that is overwritten. */
function addStates(site: Site): void {
  const { layout, wasm } = site;
  const moved = layout.net.states.filter((_, index) => !site.keptStates.has(index));
  const olds = new Set(moved.map(({ input }) => layout.place(input).block));
  const news = moved.map(({ output }) => {
    const place = layout.place(output);
    if (!olds.has(place.block)) return place;
    const aside = layout.newPlace(place.sizes, undefined, false);
    site.runs.push(copy(wasm, place, aside));
    return aside;
  });
  for (const [at, { input }] of moved.entries()) site.runs.push(copy(wasm, news[at], layout.place(input)));
}
