// Layers with weights: convolutions and dense ones (recurrent.ts has the others). Owns which kernel runs each, in which order its weights
// lie, and what it computes along the way (an addition behind it).
import type { NetStep } from '../core/net.ts';
import { at, isSameShape } from '../onnx/net/size.ts';
import { flip, packColumns, packConv, packDots, packRows, roundUp } from './pack.ts';
import { addressOf, axesInMemory, F32, naturalOrder, type Place } from './place.ts';
import { axesOf, lastAxes, overAxes } from './rows.ts';
import type { Site } from './site.ts';

type StepOf<K extends NetStep['kind']> = Extract<NetStep, { kind: K }>;

/** Results so few that each is computed by itself. */
const FEW = 3;

/** What is added behind a layer, if it can be added by it: the tensor, and the step that is done with it. */
function additionOf(site: Site, step: NetStep): { tensor: number; add: NetStep } | undefined {
  const { layout } = site;
  const add = site.onlyReader(step.outputs[0]);
  if (add?.kind !== 'binary' || add.of !== 'add') return undefined;
  const tensor = add.inputs[0] === step.outputs[0] ? add.inputs[1] : add.inputs[0];
  const { sizes } = layout.net.tensors[add.outputs[0]];
  const isFit = [tensor, step.outputs[0]].every(one => isSameShape(layout.net.tensors[one].sizes, sizes));
  const place = layout.places.get(tensor);
  const inner = naturalOrder(sizes).at(-1);
  if (!isFit || tensor === step.outputs[0] || !site.isThereBefore(tensor, step)) return undefined;
  if (!place || inner === undefined || place.steps[inner] !== F32) return undefined;
  return { tensor, add };
}

export function conv(site: Site, step: StepOf<'conv'>): void {
  const { layout, wasm } = site;
  const { dilation, stride, groups } = step;
  const [input, kernel, offset] = step.inputs;
  const { sizes } = layout.net.tensors[kernel];
  const [outs, ins, taps] = sizes.map(({ fixed }) => fixed);
  const [weight, bias] = [
    layout.constant(kernel),
    offset === undefined || offset < 0 ? undefined : layout.constant(offset),
  ];
  const addition = stride === 1 && groups === 1 ? additionOf(site, step) : undefined;
  const result = addition ? addition.add.outputs[0] : step.outputs[0];
  const given = site.sideBySide(layout.place(input), [1, 2]);
  const x = given.place;
  const y = site.target(result, [1, 2]);
  const frames = y.sizes[2];
  const start = addition ? layout.place(addition.tensor) : undefined;
  const [xPitch, yPitch, startPitch] = [x.steps[1], y.steps[1], start?.steps[1] ?? 0];
  const outsOfGroup = outs / groups;
  for (let group = 0; group < groups; group++) {
    const own = weight.subarray(group * outsOfGroup * ins * taps, (group + 1) * outsOfGroup * ins * taps);
    const ownBias = bias?.subarray(group * outsOfGroup, (group + 1) * outsOfGroup);
    const [xAt, yAt] = [group * ins * xPitch, group * outsOfGroup * yPitch];
    if (stride === 1 && outsOfGroup === 1) {
      const w = layout.fill(packRows(own, ownBias, 1, ins * taps));
      site.runs.push(
        n =>
          void wasm.convRow(
            addressOf(x, n) + xAt,
            xPitch,
            addressOf(y, n) + yAt,
            w.address,
            ins,
            taps,
            F32 * dilation,
            at(frames, n),
            start ? addressOf(start, n) : 0,
          ),
      );
      continue;
    }
    const w = layout.fill(packConv(own, ownBias, outsOfGroup, ins * taps));
    site.runs.push(
      stride === 1
        ? n =>
            void wasm.conv(
              addressOf(x, n) + xAt,
              xPitch,
              addressOf(y, n) + yAt,
              yPitch,
              w.address,
              ins,
              taps,
              F32 * dilation,
              outsOfGroup,
              at(frames, n),
              start ? addressOf(start, n) : 0,
              startPitch,
            )
        : n =>
            void wasm.convStrided(
              addressOf(x, n) + xAt,
              xPitch,
              addressOf(y, n) + yAt,
              yPitch,
              w.address,
              ins,
              taps,
              F32 * dilation,
              outsOfGroup,
              at(frames, n),
              F32 * stride,
            ),
    );
  }
  given.release();
  layout.done([input]);
  if (addition) {
    layout.done([addition.tensor]);
    site.skipped.add(addition.add);
  }
}

export function dense(site: Site, step: StepOf<'dense'>): void {
  const { layout } = site;
  const [input, kernel, offset] = step.inputs;
  const [ins, outs] = layout.net.tensors[kernel].sizes.map(({ fixed }) => fixed);
  const [weight, bias] = [
    layout.constant(kernel),
    offset === undefined || offset < 0 ? undefined : layout.constant(offset),
  ];
  denseOf(site, layout.place(input), step.axis, weight, bias, ins, outs, order => site.target(step.outputs[0], order));
  layout.done([input]);
}

/** Sums along `axis` of x: which kernel depends on whether its numbers or those of the other axis lie side by side. */
function denseOf(
  site: Site,
  x: Place,
  axis: number,
  weight: Float32Array,
  bias: Float32Array | undefined,
  ins: number,
  outs: number,
  target: (order: readonly number[]) => Place,
): void {
  const { layout, wasm } = site;
  const others = axesInMemory(x).filter(other => other !== axis);
  const isAlongRows = others.length > 0 && x.steps[others.at(-1) as number] === F32 && (ins > 1 || outs > 1);
  const isFew = !isAlongRows && outs <= FEW && (x.steps[axis] === F32 || ins === 1);
  const last = others.slice(-1);
  // Sizes long in the result only or in x only do not matter: an axis of one is at step 0.
  const order = isAlongRows || isFew ? [...others.slice(0, -1), axis, ...last] : [...others, axis];
  const y = target(order.filter(one => one !== axis || outs > 1));
  const shared = { ...x, sizes: x.sizes.map((one, at) => (at === axis ? { perFrame: 0, fixed: 1 } : one)) };
  const axes = axesOf(shared, { ...y, sizes: shared.sizes });
  const [rows] = lastAxes(axes, 1);
  const [xStep, yStep] = [x.steps[axis], y.steps[axis]];
  const [xPitch, yPitch] = rows.steps;
  const count = (n: number): number => at(rows.length, n);
  if (isAlongRows) {
    const flipped = flip(weight, ins, outs);
    const w = layout.fill(outs === 1 ? packRows(flipped, bias, 1, ins) : packConv(flipped, bias, outs, ins));
    site.runs.push(
      overAxes(axes, 1, (offsets, n) => {
        const [from, to] = [addressOf(x, n) + offsets[0], addressOf(y, n) + offsets[1]];
        if (outs === 1) wasm.convRow(from, xStep, to, w.address, ins, 1, 0, count(n), 0);
        else wasm.conv(from, xStep, to, yStep, w.address, ins, 1, 0, outs, count(n), 0, 0);
      }),
    );
    return;
  }
  if (isFew) {
    const w = layout.fill(packDots(weight, bias, ins, outs));
    site.runs.push(
      overAxes(
        axes,
        1,
        (offsets, n) =>
          void wasm.dots(
            addressOf(x, n) + offsets[0],
            xPitch,
            addressOf(y, n) + offsets[1],
            yPitch,
            yStep,
            w.address,
            ins,
            outs,
            count(n),
          ),
      ),
    );
    return;
  }
  const bytes = F32 * roundUp(outs, 4);
  const w = layout.fill(packColumns(weight, ins, outs));
  const start = layout.fill(Float32Array.from({ length: roundUp(outs, 4) }, (_, at) => bias?.[at] ?? 0));
  site.runs.push(
    overAxes(
      axes,
      1,
      (offsets, n) =>
        void wasm.dense(
          addressOf(x, n) + offsets[0],
          xPitch,
          xStep,
          addressOf(y, n) + offsets[1],
          yPitch,
          bytes,
          start.address,
          w.address,
          bytes,
          ins,
          count(n),
        ),
    ),
  );
}
