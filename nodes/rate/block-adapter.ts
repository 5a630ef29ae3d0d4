// Block Adapter: between a stream and blocks of a fixed size. Owns "rate/block-adapter": latency, kernel, lowering, cases, help.
// Which frames are due when is the engine's clock; a model of a fixed block is nodes/neural/neural-model.
import { defineNode } from '../../src/core/define-node.ts';
import type { NodeContext } from '../../src/core/node-type.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { gcd } from '../../src/dsp/clock.ts';
import { readRing, ringLength, writeRing } from '../../src/dsp/ring.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

const BLOCK_FRAMES_MAX = 65536;
const BLOCK_FRAMES_DEFAULT = 512;

interface Tables {
  readonly delayFrames: number;
  readonly lines: readonly string[];
}

/**
 * Least delay with which no frame is asked for before its block is full: frames leave in steps of c and arrive in blocks of m, so
 * m − gcd(c, m) (S. Letz, "Callback adaptation techniques", 2001). c is the block of the outlet, the host's for a stream whose
 * calls are all of one size, and otherwise 1.
 */
function delayFrames(ctx: NodeContext): number {
  const m = ctx.blockFrames;
  if (m === 0) return 0;
  return m - gcd(ctx.outBlockFrames || ctx.callFrames || 1, m);
}

const makeTables = (ctx: NodeContext): Tables => ({
  delayFrames: delayFrames(ctx),
  lines: Array.from({ length: ctx.channels.in ?? 1 }, (_, channel) => `line${channel}`),
});

/** How far back a frame may lie when it leaves: the delay, and the part of a block that is not full yet. */
const pastFrames = (ctx: NodeContext): number => delayFrames(ctx) + ctx.outBlockFrames;

export default defineNode<Tables>({
  version: 1,
  label: 'Block Adapter',
  help:
    'Carries sound between a stream and blocks of a fixed size. Put one before a model that takes exactly so many frames at once, ' +
    'and one with block 0, a stream, behind it. The way back waits for whole blocks: it costs the least latency there is, the ' +
    'block less what it shares with the size of the host’s calls. Listen to a drum through blocks of 16384: it comes late, and nothing else changes.',
  words: ['buffer', 'block size', 'fixed', 'frame', 'queue', 'fifo', 'latency', 'stream'],
  ports: ctx => ({
    in: audio('inlet'),
    out: audio('outlet', { block: Math.round(Number(ctx.values.block ?? BLOCK_FRAMES_DEFAULT)) }),
  }),
  params: {
    block: param({
      label: 'Block',
      unit: 'samples',
      min: 0,
      max: BLOCK_FRAMES_MAX,
      default: BLOCK_FRAMES_DEFAULT,
      rate: 'event',
      isStructural: true,
      help: 'Frames that leave at once; 0 = a stream.',
    }),
  },
  tables: makeTables,
  state: ctx =>
    Object.fromEntries(
      makeTables(ctx).lines.map(name => [
        name,
        { shape: [ringLength(pastFrames(ctx) + ctx.maxFrames)], dtype: 'f32' as const },
      ]),
    ),
  view: 'resampler',
  latency: ctx => ({ buffering: delayFrames(ctx) }),
  kernel(io, _p, s, frames) {
    const { delayFrames: delay, lines } = io.tables;
    for (let channel = 0; channel < lines.length; channel++) {
      const line = s[lines[channel]] as Float32Array;
      const input = io.audioIn.in[channel];
      const output = io.audioOut.out[channel];
      for (let i = 0; i < frames; i++) writeRing(line, io.frame + i, finiteOrZero(input[i]));
      for (let i = 0; i < io.outFrames; i++) output[i] = readRing(line, io.outFrame + i, delay);
    }
  },
  lower(g, io) {
    const { delayFrames: delay } = io.tables as Tables;
    const past = pastFrames(io.ctx);
    if (past === 0) return { out: io.audioIn.in };
    // `heard` begins `past` frames before the first of this call's inlet frames.
    const heard = g.history('line', io.audioIn.in, io.ctx.channels.in ?? 1, past);
    const first = g.add(g.sub(io.outFrame, io.frame), g.i64(past - delay));
    return { out: g.slice(heard, 1, first, g.add(first, io.outFrames)) };
  },
  cases: [
    {
      name: 'into blocks of 4: nothing is late, and what fills no block is not there yet',
      params: { block: 4 },
      in: { in: [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] },
      out: { out: [[1, 2, 3, 4, 5, 6, 7, 8]] },
      tolerance: 0,
      reference: 'identity on whole blocks',
    },
    {
      name: 'from a stream to a stream it is a wire',
      params: { block: 0 },
      in: {
        in: [
          [0.5, -1],
          [0, 1],
        ],
      },
      out: {
        out: [
          [0.5, -1],
          [0, 1],
        ],
      },
      tolerance: 0,
      reference: 'identity',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc');
    patch.add('rate/block-adapter', 'to-blocks', { params: { block: 2048 } });
    patch.add('dynamics/gain', 'quieter');
    patch.add('rate/block-adapter', 'to-stream', { params: { block: 0 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'to-blocks.in');
    patch.connect('to-blocks.out', 'quieter.in');
    patch.connect('quieter.out', 'to-stream.in');
    patch.connect('to-stream.out', 'out.in');
  },
});
