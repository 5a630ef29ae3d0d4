// The lowering of one node as a model of its own, run by onnxruntime-web in Node with its states carried from call to call.
// Owns that little graph; what a whole patch becomes is src/compile's. Same runs and results as kernel-harness.ts.
import type { LowerParam, OnnxDtype, StateInit, Value } from '../../src/core/lower.ts';
import type { NodeType } from '../../src/core/node-type.ts';
import { paramNumber } from '../../src/core/param.ts';
import { carriesFrames } from '../../src/core/port.ts';
import type { NodeShape } from '../../src/core/registry.ts';
import { OnnxGraphBuilder } from '../../src/onnx/builder.ts';
import { f32, f64, i64, open, type Tensor } from '../onnx/ort.ts';
import { callEnds, framesAt, type NodeRun, type NodeSetup, nodeContext, numbersIn } from './kernel-harness.ts';

export type LoweredRun = (run: NodeRun) => Promise<{
  audio: Record<string, Float32Array[]>;
  control: Record<string, Float64Array>;
  state: Record<string, Tensor>;
}>;

const TENSORS = { f32, f64, i64, bool: i64 } as const;
const ID = 'node';
const COUNTERS = ['frames', 'outFrames', 'frame', 'outFrame'] as const;

function startTensor(shape: NodeShape, dtype: OnnxDtype, dims: readonly number[], init: StateInit): Tensor {
  const size = dims.reduce((product, length) => product * length, 1);
  if (Array.isArray(init)) return TENSORS[dtype](init as number[], dims);
  const value =
    typeof init === 'number'
      ? init
      : paramNumber(shape.params[(init as { param: string }).param], shape.values[(init as { param: string }).param]);
  return TENSORS[dtype](new Array(size).fill(value), dims);
}

/** Interleaves nothing: row-major from a stretch of channels; `dims` behind the channels. */
const rows = (channels: readonly ArrayLike<number>[], from: number, count: number, dims: readonly number[]): Tensor => {
  const data = new Float32Array(channels.length * count);
  channels.forEach((values, channel) => {
    for (let i = 0; i < count; i++) data[channel * count + i] = values[from + i];
  });
  return { data, dims: [channels.length, ...dims] };
};

/**
 * Writes the lowering of a node and opens it. `inChannels` names the connected audio inlets, as in NodeSetup; the others get
 * silence of one channel. `a` params and controls are fed as f64 [N], as if already smoothed.
 */
export async function openLowered(type: NodeType, setup: NodeSetup): Promise<LoweredRun> {
  if (type.lowering.kind !== 'graph')
    throw new RangeError(`${type.id}: has no graph to run, got ${type.lowering.kind}.`);
  const { shape, ctx } = nodeContext(type, setup);
  const builder = new OnnxGraphBuilder();
  const counters = Object.fromEntries(COUNTERS.map(name => [name, builder.input(name, 'i64', [1])])) as Record<
    (typeof COUNTERS)[number],
    Value
  >;
  const audioIn: Record<string, Value> = {};
  const itemsIn: Record<string, Value> = {};
  const controlIn: Record<string, Value> = {};
  const sizesOf = (name: string): readonly number[] =>
    shape.ports[name].type === 'spectrum' ? [...ctx.itemShapes[name], 2] : ctx.itemShapes[name];
  /** Axes of a port that carries frames, behind its channels. */
  const dimsOf = (name: string, frames: number, blockFrames: number): readonly number[] =>
    shape.ports[name].type === 'audio' ? [frames] : [blockFrames === 0 ? 0 : frames / blockFrames, ...sizesOf(name)];
  const isConnected: Record<string, boolean> = {};
  for (const [name, port] of Object.entries(shape.ports)) {
    const channels = setup.inChannels?.[name];
    isConnected[name] = channels !== undefined || (setup.controls?.includes(name) ?? false);
    if (port.direction !== 'inlet') continue;
    if (port.type === 'audio') audioIn[name] = builder.input(`x_${name}`, 'f32', [channels ?? 1, 'N']);
    else if (carriesFrames(port))
      itemsIn[name] = builder.input(`x_${name}`, 'f32', [ctx.channels[name], 'K', ...sizesOf(name)]);
    if (port.type === 'control') controlIn[name] = builder.input(`c_${name}`, 'f64', ['N']);
  }
  const params: Record<string, LowerParam> = {};
  for (const [name, definition] of Object.entries(shape.params)) {
    const value = builder.input(`p_${name}`, definition.kind === 'choice' ? 'i64' : 'f64', [
      definition.rate === 'a' ? 'N' : 1,
    ]);
    params[name] = { value };
  }
  const io = { ctx, tables: type.tables(ctx, array => array), audioIn, itemsIn, controlIn, isConnected, ...counters };
  const results = type.lowering.lower(builder.scope(ID), io, params);
  for (const [name, port] of Object.entries(shape.ports)) {
    if (port.direction !== 'outlet') continue;
    if (port.type === 'audio') builder.output(`y_${name}`, results[name], 'f32', [ctx.channels[name], 'M']);
    else if (carriesFrames(port))
      builder.output(`y_${name}`, results[name], 'f32', [ctx.channels[name], 'L', ...sizesOf(name)]);
    else builder.output(`y_${name}`, results[name], 'f64', ['M']);
  }
  const session = await open(builder.toBytes());

  return async run => {
    const inAt = (t: number): number => framesAt(t, ctx.rateHz, ctx.blockFrames, ctx.patchRateHz);
    const outAt = (t: number): number => framesAt(t, ctx.outRateHz, ctx.outBlockFrames, ctx.patchRateHz);
    const outLength = outAt(run.frames);
    const numbers = (name: string, frames: number): number => numbersIn(shape, ctx, name, frames);
    const audio: Record<string, Float32Array[]> = {};
    const control: Record<string, Float64Array> = {};
    for (const [name, port] of Object.entries(shape.ports)) {
      if (port.direction !== 'outlet') continue;
      if (carriesFrames(port))
        audio[name] = Array.from({ length: ctx.channels[name] }, () => new Float32Array(numbers(name, outLength)));
      else control[name] = new Float64Array(outLength);
    }
    const state: Record<string, Tensor> = {};
    for (const { in: name, dtype, shape: dims, init } of builder.states)
      state[name] = startTensor(shape, dtype, dims, init);
    const values: Record<string, number> = {};
    for (const [name, definition] of Object.entries(shape.params))
      values[name] = paramNumber(definition, shape.values[name]);
    const moves = [...(run.moves ?? [])].sort((a, b) => a.frame - b.frame);
    let start = 0;
    for (const end of callEnds(run, Math.floor(((ctx.maxFrames - ctx.blockFrames) * ctx.patchRateHz) / ctx.rateHz))) {
      const frame = inAt(start);
      const outFrame = outAt(start);
      const frames = inAt(end) - frame;
      const outFrames = outAt(end) - outFrame;
      for (; moves.length > 0 && moves[0].frame <= start; moves.shift())
        values[moves[0].param] = paramNumber(shape.params[moves[0].param], moves[0].value);
      const feeds: Record<string, Tensor> = {
        frames: i64([frames]),
        outFrames: i64([outFrames]),
        frame: i64([frame]),
        outFrame: i64([outFrame]),
        ...state,
      };
      for (const name of [...Object.keys(audioIn), ...Object.keys(itemsIn)]) {
        const [first, count] = [numbers(name, frame), numbers(name, frames)];
        const given = run.audio?.[name] ?? [new Float32Array(first + count)];
        feeds[`x_${name}`] = rows(given, first, count, dimsOf(name, frames, ctx.blockFrames));
      }
      for (const name of Object.keys(controlIn)) {
        const given = run.control?.[name];
        feeds[`c_${name}`] = f64(Array.from({ length: frames }, (_, i) => given?.[frame + i] ?? 0));
      }
      for (const [name, definition] of Object.entries(shape.params)) {
        const given = run.signals?.[name];
        if (definition.kind === 'choice') feeds[`p_${name}`] = i64([values[name]]);
        else if (definition.rate === 'event') feeds[`p_${name}`] = f64([values[name]]);
        else feeds[`p_${name}`] = f64(Array.from({ length: frames }, (_, i) => given?.[frame + i] ?? values[name]));
      }
      const outputs = await session(feeds);
      for (const [name, channels] of Object.entries(audio)) {
        const { data, dims } = outputs[`y_${name}`];
        const wanted = [channels.length, ...dimsOf(name, outFrames, ctx.outBlockFrames)];
        if (dims.join() !== wanted.join())
          throw new Error(`${type.id}: outlet ${name} has the shape [${dims}], expected [${wanted}]`);
        const count = numbers(name, outFrames);
        channels.forEach((values, channel) => {
          const part = (data as Float32Array).subarray(channel * count, (channel + 1) * count);
          values.set(part, numbers(name, outFrame));
        });
      }
      for (const [name, values] of Object.entries(control))
        values.set(outputs[`y_${name}`].data as Float64Array, outFrame);
      for (const written of builder.states) state[written.in] = outputs[written.out];
      start = end;
    }
    return { audio, control, state };
  };
}
