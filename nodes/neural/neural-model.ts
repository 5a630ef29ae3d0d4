// Neural model: plays an ONNX model as a node. Owns how a model's contract becomes ports and params, kernel, lowering, cases,
// example and help of "neural/neural-model". Must not know how a model is found, checked or run.
import { defineNode } from '../../src/core/define-node.ts';
import { fail } from '../../src/core/errors.ts';
import type { GraphBuilder, LowerIo, Value } from '../../src/core/lower.ts';
import { ANY_BLOCK_FRAMES_MAX, type ModelRunner } from '../../src/core/model-runner.ts';
import type { KernelIo, KernelParams, NodeContext, ShapeContext } from '../../src/core/node-type.ts';
import { choice, param, type Param, type Unit } from '../../src/core/param.ts';
import { audio, type Port } from '../../src/core/port.ts';
import type { ModelAudioPort, ModelContract, ModelParam, ModelResource } from '../../src/core/resource.ts';
import { RUNS_IN, SLACK_FRAMES_MAX } from '../../src/core/transport.ts';
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

interface AudioBinding {
  readonly port: string;
  readonly tensor: string;
  readonly channels: number;
  readonly interleaved: boolean;
}
interface ParamBinding {
  readonly name: string;
  readonly tensor: string;
  readonly isSignal: boolean;
}
/** Which port and param of the node feeds which tensor. */
interface Tables {
  readonly inlets: readonly AudioBinding[];
  readonly outlets: readonly AudioBinding[];
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

/** Params keep the contract's ids; a lone inlet or outlet is `in` or `out`, several are called after their tensors. */
function bind(contract: ModelContract): Tables {
  const taken = new Set(['keepState', 'runsIn', 'slack']);
  const params = contract.params.map(({ id, tensor, rate }) => ({
    name: takeName(taken, id),
    tensor,
    isSignal: rate === 'a',
  }));
  const bindPort =
    (wish: string) =>
    (port: ModelAudioPort, _at: number, all: readonly ModelAudioPort[]): AudioBinding => ({
      port: takeName(
        taken,
        all.length === 1 ? wish : port.tensor.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || wish,
      ),
      tensor: port.tensor,
      channels: port.channels,
      interleaved: isInterleaved(port.layout),
    });
  return { inlets: contract.inputs.map(bindPort('in')), outlets: contract.outputs.map(bindPort('out')), params };
}

function portsOf(ctx: ShapeContext): Record<string, Port> {
  const model = modelOf(ctx);
  if (!model) return { in: audio('inlet', { channels: 1 }), out: audio('outlet', { channels: 1 }) };
  const { inlets, outlets } = bind(model.contract);
  const rateHz = model.contract.sampleRateHz || 'follow';
  const block = model.contract.blockFrames === 0 ? 'follow' : model.contract.blockFrames;
  const entries = (ports: readonly AudioBinding[], direction: 'inlet' | 'outlet'): [string, Port][] =>
    ports.map(({ port, tensor, channels }) => [
      port,
      audio(direction, {
        channels,
        rateHz,
        // The outlets run in the block that arrives, whichever of several the model takes.
        block: direction === 'inlet' ? block : 'follow',
        label: ports.length > 1 ? tensor : '',
      }),
    ]);
  return Object.fromEntries([...entries(inlets, 'inlet'), ...entries(outlets, 'outlet')]);
}

const toParam = (given: ModelParam): Param =>
  param({
    label: given.label,
    unit: given.unit as Unit,
    min: given.min,
    max: given.max,
    default: given.default,
    scale: given.scale,
    rate: given.rate,
    help: `Input "${given.tensor}" of the model.`,
  });

function paramsOf(ctx: ShapeContext): Record<string, Param> {
  const contract = modelOf(ctx)?.contract;
  const names = contract ? bind(contract).params : [];
  return {
    ...Object.fromEntries(names.map(({ name }, at) => [name, toParam((contract as ModelContract).params[at])])),
    keepState: KEEP_STATE,
    runsIn: RUNS_IN_PARAM,
    slack: SLACK_PARAM,
  };
}

/** Without a model that runs, the sound goes through as it came. */
function passThrough(io: KernelIo<Tables>, frames: number): void {
  for (let at = 0; at < io.tables.outlets.length; at++) {
    const outputs = io.audioOut[io.tables.outlets[at].port];
    const inlet = io.tables.inlets[Math.min(at, io.tables.inlets.length - 1)];
    for (let channel = 0; channel < outputs.length; channel++) {
      const inputs = inlet === undefined ? undefined : io.audioIn[inlet.port];
      for (let i = 0; i < frames; i++)
        outputs[channel][i] = inputs ? inputs[Math.min(channel, inputs.length - 1)][i] : 0;
    }
  }
}

const isAnyBlock = (ctx: NodeContext): boolean => {
  const rule = modelOf(ctx)?.contract.blockFrames ?? 0;
  return rule === 0 || rule === 'whole';
};

/** One call of the model for `frames` frames from `at` on. */
function callModel(io: KernelIo<Tables>, p: KernelParams, runner: ModelRunner, at: number, frames: number): void {
  const { inlets, outlets, params } = io.tables;
  if (p.keepState.value !== KEEPS_STATE) runner.clearStates();
  for (const { tensor, port, interleaved } of inlets)
    packChannels(runner.input(tensor, frames), io.audioIn[port], frames, interleaved, at);
  for (const { tensor, name, isSignal } of params) {
    const target = runner.input(tensor, frames);
    const { isConstant, value, values } = p[name];
    // One number for the call is what the param is at its last frame.
    if (!isSignal) target[0] = isConstant ? value : values[at + frames - 1];
    else for (let i = 0; i < frames; i++) target[i] = values[at + i];
  }
  // A failing call throws; the executor then passes the sound through and reports it once, which no one could from here.
  runner.run(frames);
  for (const { tensor, port, interleaved } of outlets)
    unpackChannels(runner.output(tensor, frames), io.audioOut[port], frames, interleaved, at);
}

const PASSING: Tables = {
  inlets: [{ port: 'in', tensor: '', channels: 1, interleaved: false }],
  outlets: [{ port: 'out', tensor: '', channels: 1, interleaved: false }],
  params: [],
};

/** y[n] = gain · x[n − 1] as an ONNX file of 319 bytes with one state; written by test/nodes/make_case_model.py. */
const CASE_MODEL_HEX =
/** Frames of one call of the model among `frames`: where it wants blocks, they are what arrives. */
function callFrames(ctx: NodeContext, frames: number): number {
  const rule = modelOf(ctx)?.contract.blockFrames ?? 0;
  if (rule === 'whole') return frames;
  return rule === 0 ? Math.min(frames, ANY_BLOCK_FRAMES_MAX) : ctx.blockFrames;
}

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

export default defineNode<Tables>({
  version: 1,
  label: 'Neural model',
  help:
    'Plays a trained network, from any ONNX file. Choose a file in the inspector: its audio inputs and outputs become ports, its other ' +
    'inputs become knobs, and what it remembers is carried from block to block. A model sounds right only at the rate that it ' +
    'was trained at: put Resamplers around it where the patch has another. Compare it with the dry sound through a Dry/wet node.',
  words: ['onnx', 'network', 'neural', 'ai', 'amp', 'amplifier', 'tube', 'distortion', 'model', 'deep learning'],
  view: 'model',
  resources: { model: { kind: 'model', label: 'Model', isRequired: true } },
  ports: portsOf,
  params: paramsOf,
  tables: ctx => {
    const model = modelOf(ctx);
    return model ? bind(model.contract) : PASSING;
  },
  latency: ctx => ({
    model: modelOf(ctx)?.contract.latencySamples ?? 0,
    inference: modelOf(ctx) ? ctx.slackFrames : 0,
  }),
  kernel(io, p, _s, frames) {
    const runner = io.models.model;
    if (runner === undefined) {
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
    for (const { port, tensor } of inlets) inputs[tensor] = io.audioIn[port];
    for (const { name, tensor } of params) inputs[tensor] = g.cast(p[name].value, 'f32');
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
