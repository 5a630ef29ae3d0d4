// Neural Model: plays an ONNX model as a node. Owns how a model's contract becomes ports and params, kernel, lowering, cases,
// example and help of "neural/neural-model". Must not know how a model is found, checked or run.
import { defineNode } from '../../src/core/define-node.ts';
import { fail } from '../../src/core/errors.ts';
import type { GraphBuilder, LowerIo, Value } from '../../src/core/lower.ts';
import { hasItems, isItemPort, nodePort, tensorSize } from '../../src/core/model-ports.ts';
import { ANY_BLOCK_FRAMES_MAX, type ModelRunner } from '../../src/core/model-runner.ts';
import type { KernelIo, KernelParams, NodeContext, ShapeContext } from '../../src/core/node-type.ts';
import { choice, type Param, type ParamValues, param, text, type Unit } from '../../src/core/param.ts';
import { audio, type Port } from '../../src/core/port.ts';
import type { ModelContract, ModelParam, ModelPort, ModelResource } from '../../src/core/resource.ts';
import { RUNTIME_WISHES } from '../../src/core/runtime-choice.ts';
import { textNumbers } from '../../src/core/text.ts';
import { RUNS_IN, SLACK_FRAMES_MAX } from '../../src/core/transport.ts';
import { itemsIn } from '../../src/dsp/clock.ts';
import { type ItemOrder, packItem, unpackItem } from '../../src/dsp/item-layout.ts';
import { isInterleaved, packChannels, unpackChannels } from '../../src/dsp/layout.ts';

const KEEP_STATE = choice({
  label: 'Memory',
  choices: ['on', 'off'],
  default: 'on',
  isStructural: true,
  help:
    'Off: the model forgets everything at the start of each block, so the sound depends on the block size. For learning why ' +
    'memory matters; can’t be exported.',
});
const KEEPS_STATE = KEEP_STATE.choices.indexOf('on');

const RUNS_IN_PARAM = choice({
  label: 'Runs in',
  choices: RUNS_IN,
  default: 'auto',
  isStructural: true,
  help:
    'In the audio thread a model adds no delay, but must be quick. In a worker it may take its time and comes late by its slack. ' +
    'Auto: measured at each start. A render and a bundle wait for the model wherever it runs.',
});
const RUNTIME_PARAM = choice({
  label: 'Runtime',
  choices: RUNTIME_WISHES,
  default: 'auto',
  isStructural: true,
  help:
    'Auto: small networks run on the engine’s own kernels, which are quicker; ONNX Runtime runs all others, and what is left of a ' +
    'network that is worth sharing. The node shows which. ' +
    'Both sound the same within −100 dB. A bundle always runs on ONNX Runtime.',
});
const SLACK_PARAM = param({
  label: 'Slack',
  unit: 'samples',
  min: 0,
  max: SLACK_FRAMES_MAX,
  default: 0,
  rate: 'event',
  isStructural: true,
  smoothingMs: 0,
  help: 'How late a model in the worker comes, in samples of the patch; 0: measured at the start. What is later still is silent.',
});

interface PortBinding {
  readonly port: string;
  readonly tensor: string;
  readonly given: ModelPort;
  /** Audio: the values of one frame lie side by side. */
  readonly interleaved: boolean;
  /** Spectra and tensors: how an item lies in the model's tensor, and how many numbers it has at the node's port. */
  readonly order: ItemOrder | undefined;
  readonly itemSize: number;
}
interface ParamBinding {
  readonly name: string;
  readonly tensor: string;
  readonly isSignal: boolean;
  /** What the tensor of a text gets. */
  readonly bytes: Float32Array | undefined;
}
/** Which port and param of the node feeds which tensor. */
interface Tables {
  readonly inlets: readonly PortBinding[];
  readonly outlets: readonly PortBinding[];
  readonly params: readonly ParamBinding[];
}

const modelOf = (ctx: Pick<ShapeContext, 'resources'>): ModelResource | undefined =>
  ctx.resources.model?.kind === 'model' ? ctx.resources.model : undefined;

/** The wish, or the wish with the first free number from 2 on. */
function takeName(taken: Set<string>, wish: string): string {
  let name = wish;
  for (let number = 2; taken.has(name); number++) name = `${wish}-${number}`;
  taken.add(name);
  return name;
}

/** How an item lies in the model's tensor; undefined for sound. A magnitude that leaves is a row of numbers. */
function orderOf(given: ModelPort, isInlet: boolean): ItemOrder | undefined {
  if (!isItemPort(given)) return undefined;
  if (given.kind === 'spectrum') return given.layout.indexOf('p') < given.layout.indexOf('f') ? 'planar' : 'plain';
  return given.kind === 'magnitude' && isInlet ? 'magnitude' : 'plain';
}

/** Params keep the contract's ids; a lone inlet or outlet is `in` or `out`, several are called after their tensors. */
function bind(contract: ModelContract, values: ParamValues = {}): Tables {
  const taken = new Set(['keepState', 'runsIn', 'runtime', 'slack']);
  const params = contract.params.map(({ id, tensor, rate, text: words, shape }) => {
    const name = takeName(taken, id);
    const bytes = words && textNumbers(String(values[name] ?? words.default), shape?.[0] ?? 0);
    return { name, tensor, isSignal: rate === 'a', bytes };
  });
  const bindPort =
    (wish: 'in' | 'out') =>
    (given: ModelPort, _at: number, all: readonly ModelPort[]): PortBinding => {
      const { tensor, layout } = given;
      const order = orderOf(given, wish === 'in');
      return {
        port: takeName(
          taken,
          all.length === 1 ? wish : tensor.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || wish,
        ),
        tensor,
        given,
        interleaved: isInterleaved(layout),
        order,
        itemSize: order === undefined ? 0 : tensorSize(given, 1) * (order === 'magnitude' ? 2 : 1),
      };
    };
  return { inlets: contract.inputs.map(bindPort('in')), outlets: contract.outputs.map(bindPort('out')), params };
}

function portsOf(ctx: ShapeContext): Record<string, Port> {
  const model = modelOf(ctx);
  if (!model) return { in: audio('inlet', { channels: 1 }), out: audio('outlet', { channels: 1 }) };
  const { inlets, outlets } = bind(model.contract);
  const rateHz = model.contract.sampleRateHz || 'follow';
  const block = model.contract.blockFrames === 0 ? 'follow' : model.contract.blockFrames;
  const entries = (ports: readonly PortBinding[], direction: 'inlet' | 'outlet'): [string, Port][] =>
    ports.map(({ port, tensor, given }) => [
      port,
      nodePort(given, direction, {
        rateHz,
        // The outlets run in the block that arrives, whichever of several the model takes.
        block: direction === 'inlet' ? block : 'follow',
        label: ports.length > 1 ? tensor : '',
      }),
    ]);
  return Object.fromEntries([...entries(inlets, 'inlet'), ...entries(outlets, 'outlet')]);
}

function toParam({
  label,
  unit,
  min,
  max,
  default: start,
  scale,
  rate,
  tensor,
  choices,
  text: words,
  shape,
}: ModelParam): Param {
  const help = `Input "${tensor}" of the model.`;
  if (words) return text({ label, default: words.default, maxBytes: shape?.[0] ?? 0, help });
  if (choices) return choice({ label, choices, default: choices[start], help });
  return param({ label, unit: unit as Unit, min, max, default: start, scale, rate, help });
}

function paramsOf(ctx: ShapeContext): Record<string, Param> {
  const contract = modelOf(ctx)?.contract;
  const names = contract ? bind(contract).params : [];
  return {
    ...Object.fromEntries(names.map(({ name }, at) => [name, toParam((contract as ModelContract).params[at])])),
    keepState: KEEP_STATE,
    runsIn: RUNS_IN_PARAM,
    runtime: RUNTIME_PARAM,
    slack: SLACK_PARAM,
  };
}

/** Without a model that runs, the sound goes through as it came, and what is no sound as zeros. */
function passThrough(io: KernelIo<Tables>, frames: number): void {
  for (let at = 0; at < io.tables.outlets.length; at++) {
    const { port, order, itemSize } = io.tables.outlets[at];
    if (order !== undefined) {
      io.itemsOut[port][0].fill(0, 0, itemsIn(io.outFrames, io.ctx.outBlockFrames) * itemSize);
      continue;
    }
    const outputs = io.audioOut[port];
    const given = io.tables.inlets[Math.min(at, io.tables.inlets.length - 1)];
    const inlet = given?.order === undefined ? given : undefined;
    for (let channel = 0; channel < outputs.length; channel++) {
      const inputs = inlet === undefined ? undefined : io.audioIn[inlet.port];
      for (let i = 0; i < frames; i++)
        outputs[channel][i] = inputs ? inputs[Math.min(channel, inputs.length - 1)][i] : 0;
    }
  }
}

/** All frames in one call of the model: it takes any number, and none of its ports stands for a block. */
const isAnyBlock = (ctx: NodeContext): boolean => {
  const contract = modelOf(ctx)?.contract;
  if (contract === undefined) return true;
  return (contract.blockFrames === 0 || contract.blockFrames === 'whole') && !hasItems(contract);
};

/** Frames of one call of the model among `frames`: where it wants blocks, they are what arrives. */
function callFrames(ctx: NodeContext, frames: number): number {
  if (!isAnyBlock(ctx)) return ctx.blockFrames;
  return modelOf(ctx)?.contract.blockFrames === 'whole' ? frames : Math.min(frames, ANY_BLOCK_FRAMES_MAX);
}

/** One call of the model for `frames` frames from `at` on. */
function callModel(io: KernelIo<Tables>, p: KernelParams, runner: ModelRunner, at: number, frames: number): void {
  const { inlets, outlets, params } = io.tables;
  if (p.keepState.value !== KEEPS_STATE) runner.clearStates();
  for (const { tensor, port, interleaved, order, itemSize } of inlets) {
    const target = runner.input(tensor, frames);
    if (order === undefined) packChannels(target, io.audioIn[port], frames, interleaved, at);
    else packItem(target, io.itemsIn[port][0], (at / frames) * itemSize, order);
  }
  for (const { tensor, name, isSignal, bytes } of params) {
    const target = runner.input(tensor, frames);
    if (bytes) {
      target.set(bytes);
      continue;
    }
    const { isConstant, value, values } = p[name];
    // One number for the call is what the param is at its last frame.
    if (!isSignal) target[0] = isConstant ? value : values[at + frames - 1];
    else for (let i = 0; i < frames; i++) target[i] = values[at + i];
  }
  // A failing call throws; the executor then passes the sound through and reports it once, which no one could from here.
  runner.run(frames);
  for (const { tensor, port, interleaved, order, itemSize } of outlets) {
    const source = runner.output(tensor, frames);
    if (order === undefined) unpackChannels(source, io.audioOut[port], frames, interleaved, at);
    else unpackItem(source, io.itemsOut[port][0], (at / frames) * itemSize, order);
  }
}

const MONO = {
  given: { tensor: '', channels: 1, layout: 'n' },
  tensor: '',
  interleaved: false,
  order: undefined,
  itemSize: 0,
};
const PASSING: Tables = { inlets: [{ port: 'in', ...MONO }], outlets: [{ port: 'out', ...MONO }], params: [] };

/** y[n] = gain · x[n − 1] as an ONNX file of 319 bytes with one state; written by test/nodes/make_case_model.py. */
const CASE_MODEL_HEX =
  '08083ab4020a1e0a017a0a01781201712206436f6e6361742a0b0a04617869731802a001020a160a01710a01300a014c0a01321201642205' +
  '536c6963650a1a0a01710a014c0a01450a013212057a5f6f75742205536c6963650a110a01640a046761696e12017922034d756c1201672a' +
  '11080110074201304a0800000000000000002a110801100742014c4a08ffffffffffffffff2a11080110074201324a080200000000000000' +
  '2a11080110074201454a08ffffff7f000000005a180a017812130a110801120d0a0208010a0208010a0312014e5a120a046761696e120a0a' +
  '08080112040a0208015a170a017a12120a100801120c0a0208010a0208010a02080162180a017912130a110801120d0a0208010a0208010a' +
  '0312014e621b0a057a5f6f757412120a100801120c0a0208010a0208010a02080142040a001011';
const CASE_MODEL: ModelResource = {
  kind: 'model',
  path: 'builtin:one-sample-late',
  sha256: 'b4d793f595e94d278b8fd6d4d4395c34a86c1c0a3362c2b3aa86ca061af98c2e',
  bytes: Uint8Array.from(CASE_MODEL_HEX.match(/../g) ?? [], byte => Number.parseInt(byte, 16)),
  contract: {
    inputs: [{ tensor: 'x', channels: 1, layout: 'bcn' }],
    outputs: [{ tensor: 'y', channels: 1, layout: 'bcn' }],
    params: [
      {
        tensor: 'gain',
        id: 'gain',
        label: 'Gain',
        unit: '×',
        min: -2,
        max: 2,
        default: 1,
        scale: 'linear',
        rate: 'event',
        layout: '1',
      },
    ],
    states: [{ input: 'z', output: 'z_out', shape: [1, 1, 1], dtype: 'f32' }],
    sampleRateHz: 0,
    blockFrames: 0,
    latencySamples: 1,
  },
  card: {
    name: 'One sample late',
    description: 'y[n] = gain · x[n − 1]',
    licence: 'BSD-3-Clause',
    source: '',
    weights: 0,
    opset: 17,
    irVersion: 8,
    ops: ['Concat', 'Mul', 'Slice'],
  },
};

/** What leaves a model that is never called: silence, or no item. */
function lowerNothing(g: GraphBuilder, io: LowerIo, given: ModelPort): Value {
  const sizes = isItemPort(given)
    ? g.i64(1, 0, ...(given.kind === 'spectrum' ? [...given.shape, 2] : given.shape))
    : g.concat([g.i64(given.channels), io.frames], 0);
  return g.op('Expand', [g.constant('f32', [0], []), sizes]);
}

export default defineNode<Tables>({
  version: 1,
  label: 'Neural Model',
  help:
    'Plays a trained network, from any ONNX file. Choose a file in the inspector: its inputs and outputs for sound, spectra and tensors ' +
    'become ports, its other inputs become knobs, and what it remembers is carried from block to block. A model sounds right only at ' +
    'the rate that it was trained at: put Resamplers around it where the patch has another, and an STFT and an ISTFT where it works ' +
    'on spectra. Compare it with the dry sound through a Dry/wet node.',
  words: ['onnx', 'network', 'neural', 'ai', 'amp', 'amplifier', 'tube', 'distortion', 'model', 'deep learning'],
  view: 'model',
  resources: { model: { kind: 'model', label: 'Model', isRequired: true } },
  ports: portsOf,
  params: paramsOf,
  tables: ctx => {
    const model = modelOf(ctx);
    return model ? bind(model.contract, ctx.values) : PASSING;
  },
  latency: ctx => ({
    model: modelOf(ctx)?.contract.latencySamples ?? 0,
    inference: modelOf(ctx) ? ctx.slackFrames : 0,
  }),
  kernel(io, p, _s, frames) {
    const runner = io.models.model;
    // Spectra and tensors that nobody sends are in no block.
    if (runner === undefined || (!isAnyBlock(io.ctx) && io.ctx.blockFrames === 0)) {
      passThrough(io, frames);
      return;
    }
    const block = callFrames(io.ctx, frames);
    for (let at = 0; at < frames; at += block) callModel(io, p, runner, at, Math.min(block, frames - at));
  },
  lower(g, io, p) {
    const model = modelOf(io.ctx);
    if (!model) return { out: io.audioIn.in };
    if (io.ctx.values.keepState === 'off') {
      const advice = 'Turn Memory on: without it the sound depends on the block size.';
      fail('E-LOWER', 'params.keepState', `keepState: expected "on" in a bundle, got "off". ${advice}`);
    }
    const { inlets, outlets, params } = io.tables as Tables;
    const inputs: Record<string, Value> = {};
    for (const { port, tensor, order } of inlets)
      inputs[tensor] = (order === undefined ? io.audioIn : io.itemsIn)[port];
    if (!isAnyBlock(io.ctx) && io.ctx.blockFrames === 0)
      return Object.fromEntries(outlets.map(({ port, given }) => [port, lowerNothing(g, io, given)]));
    for (const { name, tensor, bytes } of params)
      inputs[tensor] = bytes ? g.constant('f32', bytes, [bytes.length]) : g.cast(p[name].value, 'f32');
    const outputs = g.splice(model, inputs, io.frames, isAnyBlock(io.ctx) ? 0 : io.ctx.blockFrames);
    return Object.fromEntries(outlets.map(({ port, tensor }) => [port, outputs[tensor]]));
  },
  cases: [
    {
      name: 'without a model the sound passes',
      in: { in: [[0.5, -1, 0.25]] },
      out: { out: [[0.5, -1, 0.25]] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'a model with a knob and a memory',
      params: { gain: -0.5 },
      resources: { model: CASE_MODEL },
      in: { in: [[1, 0.5, 0.25, 0]] },
      out: { out: [[0, -0.5, -0.25, -0.125]] },
      tolerance: 0,
      reference: 'y[n] = gain · x[n − 1]',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc');
    // The amplifier was trained at 44.1 kHz, the patch runs at 48.
    patch.add('rate/resampler', 'down', { params: { to: '44100' } });
    patch.add('neural/neural-model', 'amp', { resources: { model: 'builtin:models/tube-amp-gru32.onnx' } });
    patch.add('rate/resampler', 'up', { params: { to: '48000' } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'down.in');
    patch.connect('down.out', 'amp.in');
    patch.connect('amp.out', 'up.in');
    patch.connect('up.out', 'out.in');
  },
});
