// Random sounds that hang together: chains of nodes with all params drawn, in rate regions, block regions, between STFT and ISTFT, in
// loops, with parallel ways, controls on params, bypassed nodes. Owns test data only; what is wrong in them is mended by their fixes.

import { addNode, connect, setAligned } from '../../src/core/edits.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Param, ParamValue } from '../../src/core/param.ts';
import { emptyPatch, type Patch, type PatchNode } from '../../src/core/patch.ts';
import type { ModelResource, Resources } from '../../src/core/resource.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import type { RenderEvent } from '../../src/render/render-patch.ts';
import type { Random } from '../core/random.ts';
import { registry } from '../render/helpers.ts';

/** One inlet for sound, one outlet: what a chain is made of. No quantiser: it makes a step of any rounding. */
const CHAIN = [
  'dynamics/gain',
  'dynamics/waveshaper',
  'dynamics/compressor',
  'dynamics/limiter',
  'dynamics/noise-gate',
  'filter/biquad-filter',
  'filter/one-pole',
  'filter/dc-blocker',
  'time/delay',
  'analysis/level-meter',
  'math/add',
  'math/multiply',
];
const CONTROLS = ['control/knob', 'control/lfo', 'control/parameter-storm', 'control/envelope'];
const SHAPERS = ['control/smoother', 'control/quantizer', 'control/map-range'];
const RATES = ['8000', '16000', '22050', '32000', '44100', '48000', '88200', '96000'];
const PATCH_RATES_HZ = [48000, 48000, 44100, 22050, 96000];
const BLOCKS = [2, 16, 48, 100, 128, 512];
const DEPTH_MAX = 3;

/** A value of a param within its range. */
function draw(random: Random, param: Param): ParamValue {
  if (param.kind === 'choice') return random.pick(param.choices);
  if (param.kind === 'text') return param.default;
  const { min, max, scale, unit, default: usual } = param;
  // Controls whose unit is any reach from −100000 to 100000.
  if (random.next() < 0.4 || min <= -1e5) return usual;
  // Levels that neither run away nor leave nothing to be heard.
  const [low, high] = unit === 'dB' && min < -18 && max > -18 ? [Math.max(min, -18), Math.min(max, 6)] : [min, max];
  return scale === 'log' ? low * (high / low) ** random.next() : low + (high - low) * random.next();
}

export interface RandomSound {
  readonly patch: Patch;
  readonly resources: ResourceBook;
}

class Sound {
  patch: Patch;
  readonly resources: Record<string, Resources> = {};
  readonly #random: Random;
  readonly #models: Readonly<Record<string, ModelResource>>;
  #count = 0;
  readonly #controlled: string[] = [];

  constructor(random: Random, models: Readonly<Record<string, ModelResource>>) {
    this.#random = random;
    this.#models = models;
    this.patch = { ...emptyPatch('random'), sampleRateHz: random.pick(PATCH_RATES_HZ) };
  }

  add(type: string, fixed: Readonly<Record<string, ParamValue>> = {}): string {
    const definition = registry.get(type);
    if (!definition) throw new Error(`no ${type}`);
    const id = `${type.split('/')[1]}-${this.#count++}`;
    const known = definition.params({ values: fixed, resources: {}, patchRateHz: this.patch.sampleRateHz });
    const drawn = Object.entries(known)
      .filter(([name]) => !(name in fixed) && name !== 'keepState' && name !== 'runsIn' && name !== 'slack')
      .map(([name, param]) => {
        if (param.kind === 'number' && param.rate === 'a' && this.#random.next() < 0.2)
          this.#controlled.push(`${id}.${name}`);
        return [name, draw(this.#random, param)] as const;
      });
    const params = { ...Object.fromEntries(drawn), ...fixed };
    const { version } = definition;
    const smoothingMs = Object.fromEntries(
      drawn
        .filter(([name]) => known[name].rate === 'a' && this.#random.next() < 0.2)
        .map(([name]) => [name, this.#random.pick([0, 1, 50])]),
    );
    const node = { id, type, version, position: [0, 0] as const, params, smoothingMs };
    this.patch = applyTransaction(this.patch, addNode(node)).patch;
    return id;
  }

  wire(from: string, to: string): void {
    this.patch = applyTransaction(this.patch, connect(from, to)).patch;
  }

  model(name: string, from: string, inlet = 'in'): string {
    const id = this.add('neural/neural-model');
    this.resources[id] = { model: this.#models[name] };
    this.wire(from, `${id}.${inlet}`);
    return `${id}.out`;
  }

  through(type: string, from: string, fixed: Readonly<Record<string, ParamValue>> = {}, inlet = 'in'): string {
    const id = this.add(type, fixed);
    this.wire(from, `${id}.${inlet}`);
    return `${id}.out`;
  }

  /** A few nodes and regions one after the other. `isStream`: loops are possible. */
  chain(from: string, depth: number, isStream: boolean): string {
    let at = from;
    const length = 1 + this.#random.below(3);
    for (let k = 0; k < length; k++) at = this.#link(at, depth, isStream);
    return at;
  }

  #link(from: string, depth: number, isStream: boolean): string {
    const random = this.#random;
    if (depth < DEPTH_MAX && random.next() < 0.5) {
      const kinds = isStream ? ['rate', 'block', 'spectra', 'loop', 'parallel', 'lanes'] : ['parallel', 'lanes'];
      const kind = random.pick(kinds) as 'parallel';
      return this[kind](from, depth + 1, isStream);
    }
    if (random.next() < 0.2) return this.model(random.pick(['identity', 'delay-1', 'lstm']), from);
    if (random.next() < 0.1) return this.convolution(from);
    const type = random.pick(CHAIN);
    return this.through(type, from, {}, type.startsWith('math/') ? 'a' : 'in');
  }

  convolution(from: string): string {
    const random = this.#random;
    const length = random.pick([1, 100, 700]);
    const tail = Float32Array.from({ length }, (_, n) => ((random.next() - 0.5) * 0.5) / (1 + n / 20));
    const out = this.through('filter/convolution', from);
    const impulse = {
      kind: 'audio',
      path: 'ir.wav',
      sha256: out,
      sampleRateHz: this.patch.sampleRateHz,
      channels: [tail],
    };
    this.resources[out.replace('.out', '')] = { impulse: impulse as Resources[string] };
    return out;
  }

  rate(from: string, depth: number): string {
    const quality = this.#random.pick(['low-latency', 'standard']);
    const inside = this.through('rate/resampler', from, { to: this.#random.pick(RATES), quality });
    const back = { to: String(this.patch.sampleRateHz), quality };
    return this.through('rate/resampler', this.chain(inside, depth, true), back);
  }

  block(from: string, depth: number): string {
    const block = this.#random.pick(BLOCKS);
    const isCoded = this.#random.next() < 0.2;
    let at = this.through('rate/block-adapter', from, { block: isCoded ? 128 : block });
    if (isCoded) {
      at = this.through('neural/latent-transform', this.model('encoder-128', at));
      at = this.model('decoder-128', at);
    } else at = this.chain(at, depth, false);
    return this.through('rate/block-adapter', at, { block: 0 });
  }

  spectra(from: string): string {
    const random = this.#random;
    const same = {
      shape: random.pick(['hann', 'root-hann']),
      form: 'periodic',
      scaling: random.pick(['none', 'amplitude', 'unitary']),
    };
    const sizes = {
      window: '256',
      hop: random.pick(['window/2', 'window/4', 'frames']),
      hopFrames: random.pick([40, 100, 128]),
    };
    const stft = (source: string): string => this.through('spectral/stft', source, { ...sizes, ...same });
    let at = stft(from);
    const hop = sizes.hop === 'window/2' ? 128 : 0;
    if (random.next() < 0.3) {
      const other = this.through('dynamics/limiter', from);
      const id = this.add('spectral/spectral-mask');
      this.wire(at, `${id}.in`);
      this.wire(stft(other), `${id}.in`);
      at = `${id}.out`;
    }
    for (let k = random.below(3); k > 0; k--) {
      const kind = random.pick(['mask', 'model', 'masked']);
      if (kind === 'model' && hop === 128) at = this.model('settling-spectrum', at);
      else {
        const before = at;
        at = this.through('spectral/spectral-mask', at);
        if (kind === 'masked' && hop === 128) this.wire(this.model('mask-129', before), at.replace('.out', '.mask'));
      }
    }
    return this.through('spectral/istft', at, same);
  }

  loop(from: string, depth: number): string {
    const mix = this.add('dynamics/gain', { level: -6 });
    this.wire(from, `${mix}.in`);
    const inside = this.chain(`${mix}.out`, depth, true);
    const time = this.#random.pick([0, 0.05, 0.5, 3, 11]);
    const delay = this.through('time/delay', inside, { time, feedback: this.#random.pick([0, 0.3]), mix: 100 });
    this.wire(this.through('dynamics/gain', delay, { level: -14 }), `${mix}.in`);
    return inside;
  }

  parallel(from: string, depth: number, isStream: boolean): string {
    const dry = this.chain(from, depth, isStream);
    const wet = this.chain(from, depth, isStream);
    const first = this.#random.next() < 0.5 ? from : dry;
    const [type, a, b] = this.#random.pick([
      ['mix/dry-wet', 'dry', 'wet'],
      ['mix/mixer', 'in1', 'in2'],
      ['mix/switch', 'a', 'b'],
      ['analysis/null-test', 'a', 'b'],
      ['math/multiply', 'a', 'b'],
    ]);
    const id = this.add(type);
    this.wire(first, `${id}.${a}`);
    this.wire(wet, `${id}.${b}`);
    const connection = this.patch.connections[`${first}>${id}.${a}`];
    if (connection && this.#random.next() < 0.1)
      this.patch = applyTransaction(this.patch, setAligned(connection, false)).patch;
    return `${id}.out`;
  }

  lanes(from: string, depth: number, isStream: boolean): string {
    const id = this.add('time/latency-align', { lanes: '2' });
    this.wire(from, `${id}.in1`);
    this.wire(this.chain(from, depth, isStream), `${id}.in2`);
    return this.#random.next() < 0.5 ? `${id}.out1` : `${id}.out2`;
  }

  /** Controls on some params, now and then one for several, or one made of another. */
  control(): void {
    const made: string[] = [];
    for (const target of this.#controlled.slice(0, 6)) {
      const random = this.#random;
      if (made.length === 0 || random.next() < 0.6) {
        const id = this.add(random.pick(CONTROLS));
        made.push(`${id}.out`);
        if (id.startsWith('envelope')) this.#gate(id);
        if (random.next() < 0.4) made.push(this.through(random.pick(SHAPERS), `${id}.out`));
      }
      this.wire(random.pick(made), target);
    }
  }

  #gate(id: string): void {
    const gate = this.add('control/lfo', { shape: 'square' });
    const names = Object.keys(
      registry.get('control/envelope')!.ports({ values: {}, resources: {}, patchRateHz: 48000 }),
    );
    if (names.includes('gate')) this.wire(`${gate}.out`, `${id}.gate`);
  }

  bypass(): void {
    for (const [id, node] of Object.entries(this.patch.nodes)) {
      if (this.#random.next() > 0.08 || /input|output|stft|resampler|adapter|delay/.test(id)) continue;
      this.patch = { ...this.patch, nodes: { ...this.patch.nodes, [id]: { ...node, isBypassed: true } as PatchNode } };
    }
  }
}

/** Sources, a chain each, one or two outputs. `models`: fixtures by name. */
export function randomSound(random: Random, models: Readonly<Record<string, ModelResource>>): RandomSound {
  const sound = new Sound(random, models);
  sound.patch = applyTransaction(
    sound.patch,
    addNode({
      id: 'input',
      type: 'source/audio-input',
      version: 1,
      position: [0, 0],
      params: { channels: random.pick(['mono', 'stereo']) },
    }),
  ).patch;
  const ways = [sound.chain('input.out', 0, true)];
  if (random.next() < 0.4)
    ways.push(
      sound.chain(`${sound.add(random.pick(['source/oscillator', 'source/noise', 'source/sine-sweep']))}.out`, 1, true),
    );
  for (const way of ways) sound.wire(way, `${sound.add('output/audio-output')}.in`);
  sound.control();
  if (random.next() < 0.5) sound.bypass();
  return sound;
}

/** Moves of a few params at odd frames, each to a value of its range; those that follow no plan of their own. */
export function randomMoves(random: Random, { patch }: RandomSound, frames: number): RenderEvent[] {
  const movable = Object.values(patch.nodes).flatMap(node =>
    Object.entries(
      registry.get(node.type)?.params({ values: node.params ?? {}, resources: {}, patchRateHz: 48000 }) ?? {},
    )
      .filter(([, param]) => !param.isStructural)
      .map(([name, param]) => ({ nodeId: node.id, name, param })),
  );
  if (movable.length === 0) return [];
  return Array.from({ length: random.below(12) }, () => {
    const { nodeId, name, param } = random.pick(movable);
    return { kind: 'param' as const, frame: random.below(frames), nodeId, param: name, value: draw(random, param) };
  }).sort((a, b) => a.frame - b.frame);
}
