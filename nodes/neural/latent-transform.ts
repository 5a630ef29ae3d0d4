// Latent transform: moves what an encoder says before a decoder hears it. Owns "neural/latent-transform": y = scale·z + offset for
// each latent. Latents are the last axis but one of a tensor ([1, latents, steps]), or its only axis.
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import { lowerBlockEnds } from '../../src/core/lower-clock.ts';
import type { ShapeContext } from '../../src/core/node-type.ts';
import { type Param, param } from '../../src/core/param.ts';
import { itemNumbers, tensor } from '../../src/core/port.ts';

const LATENTS_MAX = 16;
const LATENTS_DEFAULT = 4;

/** Names of the params of each latent, from the first on. */
const NAMES = Array.from({ length: LATENTS_MAX }, (_, at) => ({ scale: `scale${at + 1}`, offset: `offset${at + 1}` }));

const latentsOf = ({ values }: Pick<ShapeContext, 'values'>): number =>
  Math.min(LATENTS_MAX, Math.max(1, Math.round(Number(values.latents ?? LATENTS_DEFAULT))));

/** Where the latents stand in an item of these sizes. */
function layoutOf(shape: readonly number[]): Layout {
  const axis = Math.max(0, shape.length - 2);
  const size = shape.length === 0 ? 0 : itemNumbers(shape);
  return { axis, inner: itemNumbers(shape.slice(axis + 1)), count: shape[axis] ?? 0, size };
}

interface Layout {
  readonly axis: number;
  /** Numbers of one latent, one after the other. */
  readonly inner: number;
  readonly count: number;
  /** Numbers of one item; 0 where none arrives. */
  readonly size: number;
}

function paramsOf(ctx: Pick<ShapeContext, 'values'>): Record<string, Param> {
  const params: Record<string, Param> = {
    latents: param({
      label: 'Latents',
      unit: '',
      min: 1,
      max: LATENTS_MAX,
      default: LATENTS_DEFAULT,
      rate: 'event',
      isStructural: true,
      help: 'How many latents have a scale and an offset; further ones pass as they are.',
    }),
  };
  NAMES.slice(0, latentsOf(ctx)).forEach(({ scale, offset }, at) => {
    params[scale] = param({
      label: `Scale ${at + 1}`,
      unit: '×',
      min: -4,
      max: 4,
      default: 1,
      help: `What latent ${at + 1} is multiplied by; 0 forgets it, −1 turns it round.`,
    });
    params[offset] = param({
      label: `Offset ${at + 1}`,
      unit: '',
      min: -4,
      max: 4,
      default: 0,
      help: `What is added to latent ${at + 1} afterwards.`,
    });
  });
  return params;
}

interface Tables {
  readonly layout: Layout;
  readonly names: readonly { readonly scale: string; readonly offset: string }[];
}

export default defineNode<Tables>({
  version: 1,
  label: 'Latent Transform',
  help:
    'Scales and shifts latents between encoder and decoder. A latent is one of the few numbers in which an autoencoder writes down a ' +
    'stretch of sound. Turn a Scale to 0 and hear what the decoder makes up without that latent; move an Offset slowly, by hand or ' +
    'with an LFO, and the sound walks through what the model has learnt.',
  words: ['autoencoder', 'encoder', 'decoder', 'latent space', 'embedding', 'morph', 'RAVE', 'VAE', 'scale', 'bias'],
  ports: { in: tensor('inlet'), out: tensor('outlet') },
  params: paramsOf,
  tables: ctx => ({ names: NAMES.slice(0, latentsOf(ctx)), layout: layoutOf(ctx.itemShapes.in ?? []) }),
  kernel(io, p, _s, frames) {
    const block = io.ctx.blockFrames;
    const { names, layout } = io.tables;
    const { inner, count, size } = layout;
    if (size === 0 || block === 0) return;
    const input = io.itemsIn.in[0];
    const output = io.itemsOut.out[0];
    for (let done = 0, first = 0; done < frames; done += block, first += size) {
      const frame = done + block - 1;
      for (let i = first; i < first + size; i++) output[i] = input[i];
      for (let latent = 0; latent < Math.min(count, names.length); latent++) {
        const scales = p[names[latent].scale].values;
        const offsets = p[names[latent].offset].values;
        for (let at = first + latent * inner; at < first + size; at += count * inner)
          for (let i = at; i < at + inner; i++) output[i] = scales[frame] * input[i] + offsets[frame];
      }
    }
  },
  lower(g, io, p) {
    const { names, layout } = io.tables as Tables;
    const { axis, count, size } = layout;
    if (size === 0 || io.ctx.blockFrames === 0) return { out: io.itemsIn.in };
    const moved = names.slice(0, count);
    const items = g.div(io.frames, g.i64(io.ctx.blockFrames));
    // What the params are at the last frame of each block, [K, latents], on the axis of the latents; the rest stays.
    const spread = (kind: 'scale' | 'offset', rest: number): Value => {
      const last = moved.map(names => lowerBlockEnds(g, p[names[kind]].value, items, io.ctx.blockFrames));
      if (count > moved.length)
        last.push(g.op('Expand', [g.f64(rest), g.concat([items, g.i64(count - moved.length)], 0)]));
      const ones = io.ctx.itemShapes.in.map((_, at) => (at === axis ? count : 1));
      return g.op('Reshape', [g.concat(last, 1), g.concat([g.i64(1), items, g.i64(...ones)], 0)], { allowzero: 1n });
    };
    const scaled = g.mul(g.cast(io.itemsIn.in, 'f64'), spread('scale', 1));
    return { out: g.cast(g.add(scaled, spread('offset', 0)), 'f32') };
  },
  cases: [
    {
      name: 'each latent by its own scale and offset, over all steps of an item; a latent too many passes',
      params: { latents: 2, scale1: 2, offset1: 1, scale2: -1, offset2: 0 },
      blockFrames: 2,
      itemShapes: { in: [1, 3, 2] },
      in: { in: [[1, 2, 3, 4, 5, 6, 0, 0.5, -1, 1, 7, 8]] },
      out: { out: [[3, 5, -3, -4, 5, 6, 1, 2, 1, -1, 7, 8]] },
      tolerance: 0,
      reference: 'by hand: 2z + 1, −z, z',
    },
    {
      name: 'a plain list of latents',
      params: { offset3: 0.5 },
      blockFrames: 4,
      itemShapes: { in: [4] },
      in: { in: [[1, 2, 3, 4]] },
      out: { out: [[1, 2, 3.5, 4]] },
      tolerance: 0,
      reference: 'by hand',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110 } });
    patch.add('rate/block-adapter', 'to-blocks', { params: { block: 2048 } });
    patch.add('neural/neural-model', 'encoder', { resources: { model: 'builtin:models/autoencoder-encoder.onnx' } });
    patch.add('neural/latent-transform', 'latents', { params: { scale1: -1, offset2: 0.5 } });
    patch.add('neural/neural-model', 'decoder', { resources: { model: 'builtin:models/autoencoder-decoder.onnx' } });
    patch.add('rate/block-adapter', 'to-stream', { params: { block: 0 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'to-blocks.in');
    patch.connect('to-blocks.out', 'encoder.in');
    patch.connect('encoder.out', 'latents.in');
    patch.connect('latents.out', 'decoder.in');
    patch.connect('decoder.out', 'to-stream.in');
    patch.connect('to-stream.out', 'out.in');
  },
});
