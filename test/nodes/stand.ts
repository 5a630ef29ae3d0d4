// A node in a whole patch: sources before it, outputs behind it, through the real plan, executor and bundle.
// Everything follows from the node's own ports, params and resource slots, so that a new node needs nothing here.
import { readFileSync } from 'node:fs';
import { addNode, connect } from '../../src/core/edits.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import { inferPatch } from '../../src/core/infer.ts';
import type { NodeType } from '../../src/core/node-type.ts';
import { isMovable, type ParamValues, type ValueParam } from '../../src/core/param.ts';
import { emptyPatch, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { type Registry, shapeNode } from '../../src/core/registry.ts';
import type { Resource } from '../../src/core/resource.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { RenderEvent } from '../../src/render/render-patch.ts';
import { noise } from './signals.ts';

export const RATE_HZ = 48000;
/** Id of the node under test. */
export const NODE = 'node';
const FIXES_MAX = 8;
/** Spectra for a node that takes them: 129 bins, one every 128 frames. */
const STFT = { window: '256' };
/** Frames of a block of encoder-128 and decoder-128, which stand around a node that takes or gives tensors. */
const BLOCK = 128;

export interface Stand {
  readonly patch: Patch;
  readonly resources: ResourceBook;
  /** Ids of the live inputs with their channels. */
  readonly inputs: Readonly<Record<string, number>>;
}

const recording: Resource = {
  kind: 'audio',
  path: 'noise.wav',
  sha256: 'noise',
  sampleRateHz: RATE_HZ,
  channels: [noise(9000, 71, 0.5), noise(9000, 72, 0.5)],
};
const model = (file: string): Resource =>
  loadModel(new Uint8Array(readFileSync(new URL(`../fixtures/models/${file}.onnx`, import.meta.url))), `${file}.onnx`);

/** What goes into a slot: for models a gain with a knob, one sample of delay, and each kind of port that carries items. */
const FILLINGS: Readonly<Record<Resource['kind'], readonly Resource[]>> = {
  audio: [recording],
  model: ['gain-param', 'delay-1', 'encoder-128', 'decoder-128', 'mask-129', 'settling-spectrum'].map(model),
};

/** Settings worth standing up: the defaults, every word of each structural choice alone, every filling of each slot. */
export interface Variant {
  readonly name: string;
  readonly params: ParamValues;
  readonly resources: Readonly<Record<string, Resource>>;
}

export function variantsOf(type: NodeType): Variant[] {
  const slots = Object.entries(type.resources);
  const first = Object.fromEntries(slots.map(([slot, { kind }]) => [slot, FILLINGS[kind][0]]));
  const params = type.params({ values: {}, resources: first, patchRateHz: RATE_HZ });
  const variants: Variant[] = [{ name: 'as it comes', params: {}, resources: first }];
  for (const [slot, { kind }] of slots) {
    for (const filling of FILLINGS[kind].slice(1))
      variants.push({ name: `${slot} ${filling.path}`, params: {}, resources: { ...first, [slot]: filling } });
  }
  for (const [name, param] of Object.entries(params)) {
    if (!param.isStructural || param.kind !== 'choice') continue;
    for (const word of param.choices)
      if (word !== param.default)
        variants.push({ name: `${name} ${word}`, params: { [name]: word }, resources: first });
  }
  return variants;
}

/** Recordings are at the patch's rate, as they are loaded. */
const atRate = (resources: Readonly<Record<string, Resource>>, sampleRateHz: number): Record<string, Resource> =>
  Object.fromEntries(
    Object.entries(resources).map(([slot, resource]) => [
      slot,
      resource.kind === 'audio' ? { ...resource, sampleRateHz } : resource,
    ]),
  );

/** Builds the patch around one node and mends rates by the product's own fixes. */
export function standUp(type: NodeType, variant: Variant, registry: Registry, rateHz = RATE_HZ): Stand {
  let patch: Patch = { ...emptyPatch('stand'), sampleRateHz: rateHz };
  const inputs: Record<string, number> = {};
  const resources: Record<string, ResourceBook[string]> = { [NODE]: atRate(variant.resources, rateHz) };
  const add = (id: string, typeId: string, params?: PatchNode['params'], file?: string): void => {
    if (file) resources[id] = { model: model(file) };
    patch = applyTransaction(
      patch,
      addNode({
        id,
        type: typeId,
        version: registry.get(typeId)?.version ?? 1,
        position: [0, 0],
        ...(params ? { params } : {}),
      }),
    ).patch;
  };
  const wire = (from: string, to: string): void => {
    patch = applyTransaction(patch, connect(from, to)).patch;
  };
  add(NODE, type.id, variant.params);
  const { ports } = shapeNode(type, patch.nodes[NODE], variant.resources, rateHz);
  for (const [name, port] of Object.entries(ports)) {
    const id = `${port.direction === 'inlet' ? 'to' : 'from'}-${name.toLowerCase()}`;
    const channels = port.channels === 'follow' || port.channels === 2 ? 2 : 1;
    const addInput = (): void => {
      inputs[id] = channels;
      add(id, 'source/audio-input', { channels: channels === 2 ? 'stereo' : 'mono' });
    };
    if (port.direction === 'inlet' && port.type === 'audio') {
      addInput();
      wire(`${id}.out`, `${NODE}.${name}`);
    } else if (port.direction === 'inlet' && port.type === 'spectrum') {
      addInput();
      add(`${id}-stft`, 'spectral/stft', STFT);
      wire(`${id}.out`, `${id}-stft.in`);
      wire(`${id}-stft.out`, `${NODE}.${name}`);
    } else if (port.direction === 'inlet' && port.type === 'tensor') {
      addInput();
      // Beside spectra a tensor is a mask for them.
      const isMask = Object.values(ports).some(other => other.type === 'spectrum' && other.direction === 'inlet');
      if (isMask) add(`${id}-before`, 'spectral/stft', STFT);
      else add(`${id}-before`, 'rate/block-adapter', { block: BLOCK });
      add(`${id}-model`, 'neural/neural-model', {}, isMask ? 'mask-129' : 'encoder-128');
      wire(`${id}.out`, `${id}-before.in`);
      wire(`${id}-before.out`, `${id}-model.in`);
      wire(`${id}-model.out`, `${NODE}.${name}`);
    } else if (port.direction === 'outlet' && port.type === 'tensor') {
      add(id, 'output/audio-output');
      if (port.shape.length === 1) {
        // A mask is heard through what it masks.
        add(`${id}-istft`, 'spectral/istft');
        add(`${id}-mask`, 'spectral/spectral-mask');
        wire(`${Object.keys(inputs)[0]}-stft.out`, `${id}-mask.in`);
        wire(`${NODE}.${name}`, `${id}-mask.mask`);
        wire(`${id}-mask.out`, `${id}-istft.in`);
        wire(`${id}-istft.out`, `${id}.in`);
      } else {
        add(`${id}-model`, 'neural/neural-model', {}, 'decoder-128');
        add(`${id}-stream`, 'rate/block-adapter', { block: 0 });
        wire(`${NODE}.${name}`, `${id}-model.in`);
        wire(`${id}-model.out`, `${id}-stream.in`);
        wire(`${id}-stream.out`, `${id}.in`);
      }
    } else if (port.direction === 'outlet' && port.type === 'spectrum') {
      add(`${id}-istft`, 'spectral/istft');
      add(id, 'output/audio-output');
      wire(`${NODE}.${name}`, `${id}-istft.in`);
      wire(`${id}-istft.out`, `${id}.in`);
    } else if (port.direction === 'inlet' && port.type === 'control') {
      // Every control inlet has something that moves.
      add(id, 'control/lfo', { rate: 7 + Object.keys(patch.nodes).length, most: 2, amount: 2 });
      wire(`${id}.out`, `${NODE}.${name}`);
    } else if (port.direction === 'outlet' && port.type === 'audio') {
      add(id, 'output/audio-output');
      const isBlock = typeof port.block === 'number' && port.block > 0;
      if (isBlock) add(`${id}-stream`, 'rate/block-adapter', { block: 0 });
      wire(`${NODE}.${name}`, `${isBlock ? `${id}-stream` : id}.in`);
      if (isBlock) wire(`${id}-stream.out`, `${id}.in`);
    } else if (port.direction === 'outlet' && port.type === 'control') {
      // A control signal is heard through the level of a gain.
      add(`${id}-tone`, 'source/oscillator', { frequency: 1000 });
      add(`${id}-gain`, 'dynamics/gain', { level: 0 });
      add(id, 'output/audio-output');
      wire(`${id}-tone.out`, `${id}-gain.in`);
      wire(`${NODE}.${name}`, `${id}-gain.level`);
      wire(`${id}-gain.out`, `${id}.in`);
    }
  }
  // A node that only looks on still needs something that sounds beside it.
  const first = Object.keys(inputs)[0];
  if (
    first !== undefined &&
    type.lowering.kind === 'vanish' &&
    !Object.values(ports).some(port => port.direction === 'outlet')
  ) {
    add('beside', 'output/audio-output');
    wire(`${first}.out`, 'beside.in');
  }
  if (type.lowering.kind === 'input' && Object.keys(type.resources).length === 0)
    inputs[NODE] = variant.params.channels === 'stereo' ? 2 : 1;
  for (let n = 0; n < FIXES_MAX; n++) {
    const fix = inferPatch(patch, registry, resources).problems.find(problem => problem.fix)?.fix;
    if (!fix) break;
    patch = applyTransaction(patch, fix.transaction).patch;
  }
  return { patch, resources, inputs };
}

/** One signal for all inputs of a stand, different in each channel. */
export const feed = (stand: Stand, make: (seed: number) => Float32Array): Record<string, Float32Array[]> =>
  Object.fromEntries(
    Object.entries(stand.inputs).map(([id, channels], index) => [
      id,
      Array.from({ length: channels }, (_, c) => make(10 * index + c)),
    ]),
  );

/** Params of the node under test that may move while it plays. */
export function movingParams(type: NodeType, variant: Variant): [string, ValueParam][] {
  const { params } = shapeNode(
    type,
    { id: NODE, type: type.id, version: 1, position: [0, 0], params: variant.params },
    variant.resources,
    RATE_HZ,
  );
  return Object.entries(params).filter((entry): entry is [string, ValueParam] => isMovable(entry[1]));
}

/** Each of them to the ends of its range, to somewhere between and home, at odd frames. */
export function movesOf(type: NodeType, variant: Variant, frames: number): RenderEvent[] {
  return movingParams(type, variant).flatMap(([param, definition], index) => {
    const values =
      definition.kind === 'choice'
        ? [...definition.choices.slice(-2), definition.default]
        : [
            definition.min,
            definition.max,
            definition.min + 0.37 * (definition.max - definition.min),
            definition.default,
          ];
    return values.map(
      (value, step): RenderEvent => ({
        frame: 1 + Math.floor(((step + 1) * frames) / (values.length + 2)) + 37 * index,
        kind: 'param',
        nodeId: NODE,
        param,
        value,
      }),
    );
  });
}
