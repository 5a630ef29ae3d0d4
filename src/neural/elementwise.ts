// Functions of numbers, one by one, over tensors in any order. Owns which kernel takes which, and what may be done in place.
import type { BinaryKind, NetStep, UnaryKind } from '../core/net.ts';
import { at, isSameShape } from '../onnx/net/size.ts';
import { addressOf, axesInMemory, expanded, F32, naturalOrder, type Place } from './place.ts';
import { type Axis, axesOf, lastAxes, overAxes } from './rows.ts';
import type { Site } from './site.ts';

type StepOf<K extends NetStep['kind']> = Extract<NetStep, { kind: K }>;

const UNARY: readonly UnaryKind[] = ['relu', 'leaky-relu', 'elu', 'softplus', 'exp', 'log', 'sqrt', 'abs', 'neg'];
const BINARY: readonly BinaryKind[] = ['add', 'sub', 'mul', 'div', 'min', 'max'];

/** Rows of all places, if each has its numbers side by side (or one number all along, where that is allowed). */
function rowsOf(places: readonly Place[]): Axis[] | undefined {
  const axes = axesOf(...places);
  const inner = axes.at(-1);
  const isFit = inner?.steps.every((step, k) => step === F32 || (k > 0 && step === 0)) ?? true;
  return isFit && (inner?.steps.slice(1).some(step => step !== 0) ?? true) ? axes : undefined;
}

/** Inputs spread to the result's sizes, each as it lies or as a copy whose rows fit. */
function fit(site: Site, inputs: readonly Place[], y: Place) {
  const order = axesInMemory(y);
  const inner = order.at(-1) as number;
  const isSpread = (place: Place): boolean => order.length > 0 && place.steps[inner] === 0;
  const spread = inputs.map(place => expanded(place, y.sizes));
  const fitted = spread.map((place, k) => {
    if (order.length === 0 || place.steps[inner] === F32) return { place, release: () => {} };
    if (isSpread(place) && spread.some((other, m) => m !== k && !isSpread(other)) && inputs.length > 1)
      return { place, release: () => {} };
    return site.sideBySide(place, order);
  });
  return { places: fitted.map(({ place }) => place), release: () => fitted.forEach(({ release }) => void release()) };
}

/** A result that lies as its first input does that has its sizes; in that one's place where nobody else reads it. */
function resultPlace(site: Site, step: NetStep): Place {
  const { layout } = site;
  const [tensor] = step.outputs;
  const { sizes } = layout.net.tensors[tensor];
  const model = step.inputs.find(
    input =>
      !layout.isConstant(input) &&
      isSameShape(layout.net.tensors[input].sizes, sizes) &&
      layout.place(input).steps.every(one => one > 0),
  );
  return site.target(tensor, model === undefined ? naturalOrder(sizes) : axesInMemory(layout.place(model)));
}

/** In place: the result takes over the block that only this step still reads. */
function takeOver(site: Site, step: NetStep): Place | undefined {
  const { layout } = site;
  const [tensor] = step.outputs;
  const { sizes } = layout.net.tensors[tensor];
  for (const input of new Set(step.inputs)) {
    if (layout.isConstant(input) || site.isJoined(tensor) || !layout.isLastUse(input)) continue;
    const place = layout.place(input);
    if (!place.isPadded || !isSameShape(place.sizes, sizes) || rowsOf([place]) === undefined) continue;
    layout.put(tensor, place);
    return place;
  }
  return undefined;
}

function emit(site: Site, step: NetStep, inputs: readonly Place[], kernel: Kernel): void {
  const y = (step.inputs.length > 0 && takeOver(site, step)) || resultPlace(site, step);
  const { places, release } = fit(site, inputs, y);
  const axes = axesOf(y, ...places);
  const [rows, row] = lastAxes(axes, 2);
  const [a, b = a] = places;
  site.runs.push(
    overAxes(axes, 2, (offsets, frames) =>
      kernel(
        addressOf(a, frames) + offsets[1],
        rows.steps[1],
        row.steps[1],
        addressOf(b, frames) + (places.length > 1 ? offsets[2] : offsets[1]),
        rows.steps[2] ?? rows.steps[1],
        row.steps[2] ?? row.steps[1],
        addressOf(y, frames) + offsets[0],
        rows.steps[0],
        at(rows.length, frames),
        at(row.length, frames),
      ),
    ),
  );
  release();
}

/** Address, bytes to the next row, and to the next number, of both inputs; then the result, rows and numbers in a row. */
type Kernel = (
  a: number,
  aPitch: number,
  aStep: number,
  b: number,
  bPitch: number,
  bStep: number,
  y: number,
  yPitch: number,
  rows: number,
  count: number,
) => void;

export function unary(site: Site, step: StepOf<'unary'>): void {
  if (gateOf(site, step)) return;
  const { tanhRows, sigmoidRows, unaryRows } = site.wasm;
  const { of, alpha } = step;
  const kind = UNARY.indexOf(of);
  const kernel: Kernel =
    of === 'tanh'
      ? (x, xPitch, _s, _b, _p, _t, y, yPitch, rows, count) => void tanhRows(x, xPitch, y, yPitch, rows, count)
      : of === 'sigmoid'
        ? (x, xPitch, _s, _b, _p, _t, y, yPitch, rows, count) => void sigmoidRows(x, xPitch, y, yPitch, rows, count)
        : (x, xPitch, _s, _b, _p, _t, y, yPitch, rows, count) =>
            void unaryRows(kind, alpha, x, xPitch, y, yPitch, rows, count);
  emit(site, step, [site.layout.place(step.inputs[0])], kernel);
  site.layout.done(step.inputs);
}

/** The product of tanh and sigmoid that this step is one of, when nothing else reads either: done when both are there. */
function gateOf(site: Site, step: NetStep): [tanh: NetStep, sigmoid: NetStep] | undefined {
  const product = step.kind === 'binary' ? step : site.onlyReader(step.outputs[0]);
  if (product?.kind !== 'binary' || product.of !== 'mul') return undefined;
  const parts = product.inputs.map(input => (site.layout.usesOf(input) === 1 ? site.producer(input) : undefined));
  const find = (of: UnaryKind) => parts.find(part => part?.kind === 'unary' && part.of === of);
  const [tanh, sigmoid] = [find('tanh'), find('sigmoid')];
  if (!tanh || !sigmoid) return undefined;
  const { tensors } = site.layout.net;
  const isSame = [tanh, sigmoid].every(part =>
    isSameShape(tensors[part.outputs[0]].sizes, tensors[product.outputs[0]].sizes),
  );
  return isSame ? [tanh, sigmoid] : undefined;
}

export function binary(site: Site, step: StepOf<'binary'>): void {
  const { layout, wasm } = site;
  const gate = gateOf(site, step);
  if (gate) {
    const inputs = gate.map(part => part.inputs[0]);
    const { gateRows } = wasm;
    const gated = { ...step, inputs };
    emit(
      site,
      gated,
      inputs.map(input => layout.place(input)),
      (a, aPitch, _s, b, bPitch, _t, y, yPitch, rows, count) =>
        void gateRows(a, aPitch, b, bPitch, y, yPitch, rows, count),
    );
    layout.done(inputs);
    return;
  }
  const { binaryRows } = wasm;
  const kind = BINARY.indexOf(step.of);
  emit(
    site,
    step,
    step.inputs.map(input => layout.place(input)),
    (a, aPitch, aStep, b, bPitch, bStep, y, yPitch, rows, count) =>
      void binaryRows(kind, a, aPitch, aStep * 4, b, bPitch, bStep * 4, y, yPitch, rows, count),
  );
  layout.done(step.inputs);
}

/** Sums along an axis, one number at a time. */
export function sum(site: Site, step: StepOf<'sum'>): void {
  const { layout, wasm } = site;
  const x = layout.place(step.inputs[0]);
  const y = site.target(step.outputs[0]);
  const { axis, factor } = step;
  const length = x.sizes[axis].fixed;
  const pitch = x.steps[axis];
  const axes = axesOf(y, { ...x, sizes: y.sizes });
  const [outer, inner] = lastAxes(axes, 2);
  const run = overAxes(axes, 2, (offsets, frames) => {
    const [from, to] = [addressOf(x, frames) + offsets[1], addressOf(y, frames) + offsets[0]];
    const [n0, n1] = [at(outer.length, frames), at(inner.length, frames)];
    wasm.sumAxis(
      from,
      outer.steps[1],
      inner.steps[1],
      pitch,
      to,
      outer.steps[0],
      inner.steps[0],
      n0,
      n1,
      length,
      factor,
    );
  });
  site.runs.push(run);
  layout.done(step.inputs);
}
