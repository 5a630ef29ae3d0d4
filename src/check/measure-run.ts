// One run of a measurement: the patch's own plan through the real executor, with a probe in place of a source, other ways cut
// and an ear at the end. Owns what is put in the place of nodes; every run starts from fresh states.
import type { ResourceBook } from '../core/infer.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { Kernel, KernelIo, NodeType } from '../core/node-type.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import type { Plan, PlanCall, PlanNode, PlanRegion, SignalId } from '../plan/plan.ts';
import { Executor } from '../render/executor.ts';
import type { SoundPath } from './measure-paths.ts';

export interface MeasureScene {
  readonly patch: Patch;
  readonly plan: Plan;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  readonly models: ModelRuntime | undefined;
}

/** Plays a probe (one value per frame, the same in all channels) and gives what is heard, channel by channel. */
export type ProbeRun = (probe: Float32Array) => readonly Float32Array[];

type Kernels = Readonly<Record<string, (kernel: Kernel) => Kernel>>;

/** Frames per call of a plan for any number of them. */
const CALL_FRAMES = 128;
const silent = (io: KernelIo): void => {
  for (const channels of Object.values(io.audioOut)) for (const channel of channels) channel.fill(0, 0, io.outFrames);
  for (const channels of Object.values(io.itemsOut)) for (const channel of channels) channel.fill(0);
};

/** A node failed in a run: what was heard is its bypass and tells nothing. */
export class FaultInRun extends Error {}

/**
 * The plan with other kernels in the place of some nodes. Their names are of this measurement only. Throws FaultInRun when one of
 * the nodes that are listened to, `heard`, fails.
 */
function playWith(
  { plan, registry, resources, models }: MeasureScene,
  changed: Plan,
  kernels: Kernels,
  frames: number,
  heard: readonly string[],
): void {
  const types = new Map<string, NodeType>();
  const nodes: Record<string, PlanNode> = { ...changed.nodes };
  for (const [id, change] of Object.entries(kernels)) {
    const type = registry.get(nodes[id].type) as NodeType;
    const { loop: _, ...rest } = type;
    types.set(`measured:${id}`, { ...rest, loop: undefined, kernel: change(type.kernel) });
    nodes[id] = { ...nodes[id], type: `measured:${id}` };
  }
  const executor = new Executor({
    plan: { ...changed, nodes },
    registry: { ...registry, get: id => types.get(id) ?? registry.get(id) },
    resources,
    // A node that is measured alone gets buffers of its own, outside of the memory that SIMD reads.
    kernelForm: 'scalar',
    // What nodes are run for is changed here: nothing may be left out for what they were.
    passes: new Set(),
    ...(models ? { models } : {}),
  });
  try {
    // A plan for one host block gets nothing else, not even at the end.
    const block = plan.hostBlockFrames || Math.min(CALL_FRAMES, plan.maxFrames);
    for (let done = 0; done < frames; done += block) executor.process(block);
    const fault = executor.takeFaults().find(({ nodeId = '' }) => heard.includes(nodeId));
    if (fault) throw new FaultInRun(fault.message);
  } finally {
    executor.dispose();
  }
}

const playProbe =
  (probe: Float32Array): ((kernel: Kernel) => Kernel) =>
  () =>
  io => {
    for (const channels of Object.values(io.audioOut))
      for (const channel of channels) for (let i = 0; i < io.outFrames; i++) channel[i] = probe[io.outFrame + i] ?? 0;
  };

/** Writes down what passes; grows to as many channels as there are. */
function makeEar(frames: number) {
  const heard: Float32Array[] = [];
  const listen = (channels: readonly Float32Array[], at: number, count: number): void => {
    channels.forEach((channel, c) => {
      heard[c] ??= new Float32Array(frames);
      heard[c].set(channel.subarray(0, Math.max(0, Math.min(count, frames - at))), Math.min(at, frames));
    });
  };
  return { heard, listen };
}

/** A part of a way that only passes on in a run: what reaches its inlet leaves its outlet `delayFrames` of its rate later. */
export interface PassedOver {
  readonly from: { readonly node: string; readonly inlet: string };
  /** The same node, or one further on whose outlet is as the inlet: of sound, or of items of one shape. */
  readonly to: { readonly node: string; readonly outlet: string };
  readonly delayFrames: number;
}

/** Kernels that pass sound on, late by `delayFrames`, or the items of a call as they are. */
function passOn({ from, to, delayFrames }: PassedOver): Kernels {
  const lines: Float32Array[] = [];
  const passSound = (input: readonly Float32Array[], output: readonly Float32Array[], start: number, frames: number) =>
    output.forEach((channel, c) => {
      const source = input[Math.min(c, input.length - 1)];
      const line = (lines[c] ??= new Float32Array(delayFrames));
      for (let i = 0; i < frames; i++) {
        const at = (start + i) % Math.max(1, delayFrames);
        channel[i] = delayFrames === 0 ? source[i] : line[at];
        if (delayFrames > 0) line[at] = source[i];
      }
    });
  let heard: readonly Float32Array[] = [];
  const hear = (io: KernelIo): void => {
    silent(io);
    heard = io.audioIn[from.inlet] ?? io.itemsIn[from.inlet];
  };
  const play = (io: KernelIo): void => {
    silent(io);
    if (io.audioOut[to.outlet]) passSound(heard, io.audioOut[to.outlet], io.outFrame, io.outFrames);
    else io.itemsOut[to.outlet].forEach((items, c) => items.set(heard[Math.min(c, heard.length - 1)]));
  };
  if (from.node !== to.node) return { [from.node]: () => hear, [to.node]: () => play };
  const both: Kernel = io => {
    hear(io);
    play(io);
  };
  return { [from.node]: () => both };
}

/** Keeps, of all that is added up at inlets, only the signals that belong to the way. */
function cutSums(region: PlanRegion, keep: ReadonlyMap<SignalId, ReadonlySet<SignalId>>): PlanRegion {
  const before = new Map<SignalId, SignalId>();
  const originOf = (signal: SignalId): SignalId => {
    const from = before.get(signal);
    return from === undefined ? signal : originOf(from);
  };
  const items = region.items.map((item): PlanCall | PlanRegion => {
    if ('items' in item) return item;
    if ('input' in item) before.set(item.output, item.input);
    const kept = item.kind === 'sum' ? keep.get(item.output) : undefined;
    if (item.kind !== 'sum' || !kept) return item;
    return { ...item, inputs: item.inputs.filter(input => kept.has(originOf(input))) };
  });
  return { ...region, items };
}

/** A run along one path: every other way into its nodes is cut, and some of its parts only pass on. */
export function runPath(scene: MeasureScene, path: SoundPath, passed: readonly PassedOver[]): ProbeRun {
  const { patch, plan } = scene;
  const nodes: Record<string, PlanNode> = { ...plan.nodes };
  const keep = new Map<SignalId, ReadonlySet<SignalId>>();
  const steps = path.connections.map(id => patch.connections[id]);
  for (const { id, to } of steps) {
    const node = plan.nodes[to.node];
    const inlets = Object.fromEntries(
      Object.entries(node.inlets).filter(
        ([name, signal]) => name === to.port || plan.signals[signal].kind === 'control',
      ),
    );
    nodes[to.node] = { ...node, inlets };
    keep.set(node.inlets[to.port], new Set([plan.connections[id].signal]));
  }
  const changed: Plan = { ...plan, nodes, root: cutSums(plan.root, keep) };
  const last = steps[steps.length - 1].to;
  return probe => {
    const { heard, listen } = makeEar(probe.length);
    const ear = (): Kernel => (io, _p, _s, frames) => listen(io.audioIn[last.port], io.frame, frames);
    playWith(
      scene,
      changed,
      { ...Object.assign({}, ...passed.map(passOn)), [path.nodes[0]]: playProbe(probe), [last.node]: ear },
      probe.length,
      path.nodes,
    );
    return heard;
  };
}

/** A run with all ways from one source to one output open; other sources are silent. */
export function runWhole(scene: MeasureScene, source: string, output: string, sources: readonly string[]): ProbeRun {
  const { plan } = scene;
  const port = plan.outputs.find(({ nodeId }) => nodeId === output)?.port as string;
  return probe => {
    const { heard, listen } = makeEar(probe.length);
    const ear = (): Kernel => (io, _p, _s, frames) => listen(io.audioIn[port], io.frame, frames);
    const others = sources.filter(id => id !== source).map(id => [id, () => silent] as const);
    const kernels = { ...Object.fromEntries(others), [source]: playProbe(probe), [output]: ear };
    playWith(scene, plan, kernels, probe.length, Object.keys(plan.nodes));
    return heard;
  };
}

/** A run of one node alone: the probe at one of its audio inlets, silence at the others, an ear at an outlet; at its own rate. */
export function runNode(scene: MeasureScene, id: string, inlet: string, outlet: string): ProbeRun {
  const { plan } = scene;
  const { rateHz } = plan.nodes[id];
  return probe => {
    const { heard, listen } = makeEar(probe.length);
    const alone = (kernel: Kernel): Kernel => {
      const buffers = new Map<string, Float32Array[]>();
      return (io, p, s, frames) => {
        for (const [name, channels] of Object.entries(io.audioIn)) {
          const own = buffers.get(name) ?? channels.map(() => new Float32Array(io.ctx.maxFrames));
          buffers.set(name, own);
          if (name === inlet)
            for (const channel of own) for (let i = 0; i < frames; i++) channel[i] = probe[io.frame + i] ?? 0;
        }
        kernel({ ...io, audioIn: Object.fromEntries(buffers) }, p, s, frames);
        listen(io.audioOut[outlet], io.outFrame, io.outFrames);
      };
    };
    playWith(scene, plan, { [id]: alone }, Math.ceil((probe.length * plan.sampleRateHz) / rateHz), [id]);
    return heard;
  };
}
