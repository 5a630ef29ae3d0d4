// The bare kernel of one node, with everything it sees built by hand: no plan, no executor, no arena.
// Owns an instance of a node for tests. Rates, channels and splits follow the contracts in src/core, and nothing else.

import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type {
  ControlSignal,
  KernelIo,
  KernelState,
  NodeCase,
  NodeContext,
  NodeType,
  StateArray,
  StateSpec,
} from '../../src/core/node-type.ts';
import { type ParamValue, type ParamValues, paramNumber } from '../../src/core/param.ts';
import { carriesFrames, type Port } from '../../src/core/port.ts';
import { type NodeShape, shapeNode } from '../../src/core/registry.ts';
import type { Resources } from '../../src/core/resource.ts';
import { leastBlock, portBlock } from '../../src/core/signal-rules.ts';
import { framesUntil, itemsIn } from '../../src/dsp/clock.ts';
import { scalarKernels } from '../../src/dsp/scalar-kernels.ts';

/** Where a node stands: what a plan would have decided. */
export interface NodeSetup {
  readonly params?: ParamValues;
  readonly resources?: Resources;
  readonly patchRateHz?: number;
  /** Rate of inlets that follow; default: the patch's. */
  readonly rateHz?: number;
  /** Block of inlets that follow, 0 = a stream; inlets that demand one have the least that they take. Default for items: 32. */
  readonly blockFrames?: number;
  /** Sizes of one item at ports for spectra and tensors that follow; default: 33, what a window of 64 frames gives. */
  readonly itemShapes?: Readonly<Record<string, readonly number[]>>;
  /** Channels of each CONNECTED inlet for audio, spectra or tensors; the others are silent and not connected. */
  readonly inChannels?: Readonly<Record<string, number>>;
  /** Connected control inlets. */
  readonly controls?: readonly string[];
  readonly maxFrames?: number;
  /** Fraction of the path latency at the inlets, in patch samples; default 0. */
  readonly arrivalFraction?: number;
  /** Runs model resources; without it a node finds no model loaded. */
  readonly inference?: Inference;
}

/** An event param changes at an absolute patch frame; the call is split there. */
export interface Move {
  readonly frame: number;
  readonly param: string;
  readonly value: ParamValue;
}

/** One run over a signal. */
export interface NodeRun extends Omit<NodeSetup, 'inChannels' | 'controls'> {
  /**
   * Audio by inlet; spectra and tensors as numbers, one item after the other. A name that is an OUTLET is put there before the
   * call, as the executor does for a live input.
   */
  readonly audio?: Readonly<Record<string, readonly ArrayLike<number>[]>>;
  /** Control inlets, one value per frame. */
  readonly control?: Readonly<Record<string, ArrayLike<number>>>;
  /** `a` params per frame, as if already smoothed. Others stand still. */
  readonly signals?: Readonly<Record<string, ArrayLike<number>>>;
  readonly moves?: readonly Move[];
  /** Patch frames in all and per call (repeated); default: calls as long as maxFrames allows. */
  readonly frames: number;
  readonly schedule?: readonly number[];
  /** Pretends that params which stand still are moving: both forms of a kernel must agree. */
  readonly hidesConstants?: boolean;
}

export interface NodeOutput {
  /** Spectra and tensors too, one item after the other. */
  readonly audio: Record<string, Float32Array[]>;
  readonly control: Record<string, Float64Array>;
  readonly state: KernelState;
}

/** A control signal as tests may write it. */
type MutableSignal = { value: number; isConstant: boolean; values: Float64Array };
type MutableIo = { -readonly [Key in keyof KernelIo]: KernelIo[Key] };

export interface NodeInstance {
  readonly type: NodeType;
  readonly shape: NodeShape;
  readonly ctx: NodeContext;
  readonly state: KernelState;
  readonly p: Readonly<Record<string, MutableSignal>>;
  readonly io: MutableIo;
}

/** The engine's one clock: frames at a rate and block after so many patch frames. */
export function framesAt(patchFrames: number, rateHz: number, blockFrames: number, patchRateHz: number): number {
  const frames = framesUntil(patchFrames, rateHz, patchRateHz);
  return blockFrames > 0 ? frames - (frames % blockFrames) : frames;
}

const SENTINEL = 4711;
const ITEM_BLOCK = 32;
const ITEM_SHAPE: readonly number[] = [33];
const isItem = ({ type }: Port): boolean => type === 'spectrum' || type === 'tensor';
const isCarrier = (port: Port, direction: Port['direction']) => carriesFrames(port) && port.direction === direction;

/** Numbers of one channel of a port that carries frames in so many of them. */
export function numbersIn(shape: NodeShape, ctx: NodeContext, name: string, frames: number): number {
  const port = shape.ports[name];
  if (!isItem(port)) return frames;
  const size = ctx.itemShapes[name].reduce((a, b) => a * b, port.type === 'spectrum' ? 2 : 1);
  return Math.ceil(itemsIn(frames, port.direction === 'inlet' ? ctx.blockFrames : ctx.outBlockFrames)) * size;
}

/** What is constant for the life of a plan: shape, rates and channels. */
export function nodeContext(type: NodeType, setup: NodeSetup): { shape: NodeShape; ctx: NodeContext } {
  const patchRateHz = setup.patchRateHz ?? 48000;
  const resources = setup.resources ?? {};
  const shape = shapeNode(
    type,
    { id: 'node', type: type.id, version: type.version, position: [0, 0], params: setup.params },
    resources,
    patchRateHz,
  );
  const ports = Object.entries(shape.ports);
  const hasFollowInlet = ports.some(([, port]) => isCarrier(port, 'inlet') && port.rateHz === 'follow');
  const followHz = hasFollowInlet ? (setup.rateHz ?? patchRateHz) : patchRateHz;
  const rateOf = (port: Port | undefined) =>
    port === undefined || port.rateHz === 'follow' ? followHz : port.rateHz === 'patch' ? patchRateHz : port.rateHz;
  const inlet = ports.find(([, port]) => isCarrier(port, 'inlet'))?.[1];
  const outlet = ports.find(([, port]) => isCarrier(port, 'outlet'))?.[1];
  const widest = Math.max(
    1,
    ...ports
      .filter(([, port]) => isCarrier(port, 'inlet') && port.channels === 'follow')
      .map(([name]) => setup.inChannels?.[name] ?? 1),
  );
  const channels: Record<string, number> = {};
  for (const [name, port] of ports) {
    if (!carriesFrames(port)) continue;
    channels[name] = port.channels === 'follow' ? widest : port.channels;
    const given = setup.inChannels?.[name];
    if (given !== undefined && given !== channels[name])
      throw new RangeError(`${type.id}.${name}: expected ${channels[name]} channels, got ${given}`);
  }
  const takesItems = inlet !== undefined && isItem(inlet);
  const nodeBlock = (inlet && leastBlock(inlet.block)) || (setup.blockFrames ?? (takesItems ? ITEM_BLOCK : 0));
  const blockFrames = inlet ? portBlock(inlet, nodeBlock) : 0;
  const arriving = (type: Port['type']): readonly number[] =>
    ports.flatMap(([name, port]) => (port.type === type ? [setup.itemShapes?.[name]] : [])).find(shape => shape) ??
    ITEM_SHAPE;
  const ctx: NodeContext = {
    rateHz: rateOf(inlet ?? outlet),
    outRateHz: rateOf(outlet ?? inlet),
    patchRateHz,
    maxFrames: (setup.maxFrames ?? 4096) + blockFrames,
    arrivalFraction: setup.arrivalFraction ?? 0,
    blockFrames,
    outBlockFrames: outlet ? portBlock(outlet, nodeBlock) : nodeBlock,
    callFrames: 0,
    slackFrames: 0,
    channels,
    itemShapes: Object.fromEntries(
      ports
        .filter(([, port]) => isItem(port))
        .map(([name, port]) => [
          name,
          port.shape === 'follow' ? (setup.itemShapes?.[name] ?? arriving(port.type)) : port.shape,
        ]),
    ),
    values: shape.values,
    resources,
  };
  return { shape, ctx };
}

const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array };

function startValue(shape: NodeShape, spec: StateSpec): number {
  if (typeof spec.init !== 'object') return spec.init ?? 0;
  return paramNumber(shape.params[spec.init.param], shape.values[spec.init.param]);
}

/** A node ready to be called, at its start. */
export function createInstance(type: NodeType, setup: NodeSetup = {}): NodeInstance {
  const { shape, ctx } = nodeContext(type, setup);
  const state: Record<string, StateArray> = {};
  for (const [name, spec] of Object.entries(type.state(ctx))) {
    const size = spec.shape.reduce((product, length) => product * length, 1);
    state[name] = new ARRAYS[spec.dtype](size).fill(startValue(shape, spec));
  }
  const outMax = Math.ceil((ctx.maxFrames * ctx.outRateHz) / ctx.rateHz) + 1 + ctx.outBlockFrames;
  const newSignal = (value: number, length = ctx.maxFrames): MutableSignal => ({
    value,
    isConstant: true,
    values: new Float64Array(length).fill(value),
  });
  const audioIn: Record<string, Float32Array[]> = {};
  const audioOut: Record<string, Float32Array[]> = {};
  const itemsIn: Record<string, Float32Array[]> = {};
  const itemsOut: Record<string, Float32Array[]> = {};
  const controlIn: Record<string, ControlSignal> = {};
  const controlOut: Record<string, ControlSignal> = {};
  const isConnected: Record<string, boolean> = {};
  for (const [name, port] of Object.entries(shape.ports)) {
    isConnected[name] =
      setup.inChannels?.[name] !== undefined ||
      (setup.controls?.includes(name) ?? false) ||
      port.direction === 'outlet';
    if (carriesFrames(port)) {
      const isInlet = port.direction === 'inlet';
      const most = numbersIn(shape, ctx, name, isInlet ? ctx.maxFrames : outMax) + 1;
      const buffers = Array.from({ length: ctx.channels[name] }, () => new Float32Array(most));
      if (isItem(port)) (isInlet ? itemsIn : itemsOut)[name] = buffers;
      else (isInlet ? audioIn : audioOut)[name] = buffers;
    } else if (port.type === 'control') {
      (port.direction === 'inlet' ? controlIn : controlOut)[name] = newSignal(0);
    }
  }
  const p: Record<string, MutableSignal> = {};
  for (const [name, definition] of Object.entries(shape.params)) {
    // As in the engine, an event param has one number only.
    p[name] = newSignal(paramNumber(definition, shape.values[name]), definition.rate === 'a' ? undefined : 1);
    isConnected[name] = false;
  }
  const models: Record<string, ModelRunner> = {};
  for (const [slot, resource] of Object.entries(ctx.resources)) {
    if (resource?.kind === 'model' && setup.inference)
      models[slot] = setup.inference.createRunner(resource, ctx.maxFrames);
  }
  const io: MutableIo = {
    audioIn,
    audioOut,
    itemsIn,
    itemsOut,
    controlIn,
    controlOut,
    isConnected,
    ctx,
    tables: type.tables(ctx, array => array),
    kernels: scalarKernels,
    models,
    frame: 0,
    outFrame: 0,
    outFrames: 0,
    hasMoved: true,
  };
  return { type, shape, ctx, state, p, io };
}

/** Where the node of a case stands. */
export const caseSetup = ({ params, resources, rateHz, blockFrames, itemShapes }: NodeCase): NodeSetup => ({
  params,
  resources,
  patchRateHz: rateHz,
  blockFrames,
  itemShapes,
});

/** Frames of a case: as long as what goes in, or else as what comes out. */
export function caseFrames(type: NodeType, entry: NodeCase): number {
  const { shape, ctx } = nodeContext(type, caseSetup(entry));
  const [name, [values]] = Object.entries(entry.in ?? {})[0] ?? Object.entries(entry.out)[0];
  const port = shape.ports[name];
  if (!isItem(port)) return values.length;
  const block = port.direction === 'inlet' ? ctx.blockFrames : ctx.outBlockFrames;
  return (values.length / numbersIn(shape, ctx, name, block)) * block;
}

/** What a case gives its inlets, by the kind of the port: an inlet of control signals has one channel. */
export function caseSignals(type: NodeType, entry: NodeCase): Required<Pick<NodeRun, 'audio' | 'control'>> {
  const { shape } = nodeContext(type, caseSetup(entry));
  const given = Object.entries(entry.in ?? {});
  const isControl = (name: string): boolean => shape.ports[name]?.type === 'control';
  return {
    audio: Object.fromEntries(given.filter(([name]) => !isControl(name))),
    control: Object.fromEntries(given.filter(([name]) => isControl(name)).map(([name, [values]]) => [name, values])),
  };
}

/** Copies a stretch into a control signal and says whether it stands still. */
function fillSignal(target: MutableSignal, source: ArrayLike<number>, from: number, frames: number): void {
  target.isConstant = true;
  for (let i = 0; i < frames; i++) {
    target.values[i] = source[from + i];
    if (target.values[i] !== target.values[0]) target.isConstant = false;
  }
  if (frames > 0) target.value = target.values[0];
}

/** Ends of the calls in patch frames: the schedule, split at moves. */
export function callEnds(run: NodeRun, maxFrames: number): number[] {
  const ends = new Set<number>();
  const schedule = run.schedule ?? [maxFrames];
  for (let end = 0, n = 0; end < run.frames; n++) {
    end = Math.min(run.frames, end + Math.min(maxFrames, schedule[n % schedule.length]));
    ends.add(end);
  }
  for (const move of run.moves ?? []) if (move.frame > 0 && move.frame < run.frames) ends.add(move.frame);
  return [...ends].sort((a, b) => a - b);
}

/** Plays a node over a whole signal. Throws when a kernel writes past its frames. */
export function runNode(type: NodeType, run: NodeRun): NodeOutput {
  const inChannels: Record<string, number> = {};
  const { shape } = nodeContext(type, run);
  const given = Object.entries(run.audio ?? {});
  for (const [name, channels] of given)
    if (shape.ports[name]?.direction === 'inlet') inChannels[name] = channels.length;
  return playInstance(createInstance(type, { ...run, inChannels, controls: Object.keys(run.control ?? {}) }), run);
}

/** Plays an instance from its present state; `run`'s params are ignored, its signals and moves are not. */
export function playInstance(instance: NodeInstance, run: NodeRun): NodeOutput {
  const { type, shape, ctx, state, p, io } = instance;
  const inAt = (t: number): number => framesAt(t, ctx.rateHz, ctx.blockFrames, ctx.patchRateHz);
  const outAt = (t: number): number => framesAt(t, ctx.outRateHz, ctx.outBlockFrames, ctx.patchRateHz);
  const outLength = outAt(run.frames);
  const audio: Record<string, Float32Array[]> = {};
  const control: Record<string, Float64Array> = {};
  const outlets = Object.entries({ ...io.audioOut, ...io.itemsOut });
  const numbers = (name: string, frames: number): number => numbersIn(shape, ctx, name, frames);
  for (const [name, buffers] of outlets) audio[name] = buffers.map(() => new Float32Array(numbers(name, outLength)));
  for (const name of Object.keys(io.controlOut)) control[name] = new Float64Array(outLength);
  const moves = [...(run.moves ?? [])].sort((a, b) => a.frame - b.frame);
  const patchMaxFrames = Math.floor(((ctx.maxFrames - ctx.blockFrames) * ctx.patchRateHz) / ctx.rateHz);
  let start = 0;
  for (const end of callEnds(run, patchMaxFrames)) {
    const from = inAt(start);
    const outFrom = outAt(start);
    const frames = inAt(end) - from;
    const outFrames = outAt(end) - outFrom;
    while (moves.length > 0 && moves[0].frame <= start) {
      const { param, value } = moves.shift() as Move;
      const signal = p[param];
      signal.value = paramNumber(shape.params[param], value);
      signal.values.fill(signal.value);
    }
    for (const [name, values] of Object.entries(run.signals ?? {})) fillSignal(p[name], values, from, frames);
    for (const [name, values] of Object.entries(run.control ?? {}))
      fillSignal(io.controlIn[name] as MutableSignal, values, from, frames);
    if (run.hidesConstants)
      for (const [name, definition] of Object.entries(shape.params))
        if (definition.rate === 'a') p[name].isConstant = false;
    for (const [, buffers] of outlets) for (const buffer of buffers) buffer.fill(SENTINEL);
    for (const [name, channels] of Object.entries(run.audio ?? {})) {
      const isLive = io.audioOut[name] !== undefined;
      (io.audioOut[name] ?? io.audioIn[name] ?? io.itemsIn[name]).forEach((buffer, channel) => {
        const [first, count] = (isLive ? [outFrom, outFrames] : [from, frames]).map(n => numbers(name, n));
        for (let i = 0; i < count; i++) buffer[i] = channels[channel][first + i];
      });
    }
    io.frame = from;
    io.outFrame = outFrom;
    io.outFrames = outFrames;
    type.kernel(io, p, state, frames);
    for (const [name, buffers] of outlets) {
      const count = numbers(name, outFrames);
      buffers.forEach((buffer, channel) => {
        if (buffer[count] !== SENTINEL)
          throw new Error(`${type.id}: writes outlet ${name} past its ${outFrames} frames`);
        audio[name][channel].set(buffer.subarray(0, count), numbers(name, outFrom));
      });
    }
    for (const [name, signal] of Object.entries(io.controlOut))
      control[name].set(signal.values.subarray(0, outFrames), outFrom);
    start = end;
  }
  return { audio, control, state };
}
