// STFT: a sound becomes spectra, one every hop. Owns "spectral/stft". Item k is the transform of frames (k+1)h − W … (k+1)h − 1,
// windowed; it leaves as soon as its hop is full. Windows, weights and their playing are src/dsp/stft.ts.
import { defineNode } from '../../src/core/define-node.ts';
import type { NodeContext, Place, ShapeContext } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio, spectrum } from '../../src/core/port.ts';
import type { StftTables } from '../../src/core/spectrum-kernels.ts';
import { ringLength, writeRing } from '../../src/dsp/ring.ts';
import { flushState } from '../../src/dsp/safe.ts';
import {
  analysisWeights,
  type SpectrumScaling,
  stftTables,
  type WindowForm,
  type WindowShape,
} from '../../src/dsp/stft.ts';

const SIZES = ['64', '128', '256', '512', '1024', '2048', '4096', '8192'];
const HOPS = ['window/2', 'window/4', 'window/8', 'frames'];
const HOP_FRAMES_MIN = 16;

interface Tables {
  readonly stft: StftTables;
  readonly lines: readonly string[];
  /** Those states; found anew for each call, so that none allocates. */
  readonly states: Float32Array[];
}

const windowFrames = ({ values }: Pick<ShapeContext, 'values'>): number => Number(values.window ?? 1024);

/** Frames from one spectrum to the next; never more than a window, or frames between would be lost. */
function hopFrames(ctx: Pick<ShapeContext, 'values'>): number {
  const size = windowFrames(ctx);
  const hop = String(ctx.values.hop ?? HOPS[0]);
  if (hop !== 'frames') return size / Number(hop.slice('window/'.length));
  return Math.min(size, Math.max(HOP_FRAMES_MIN, Math.round(Number(ctx.values.hopFrames ?? 512))));
}

/** Names of the states, by channel. */
const linesOf = (ctx: NodeContext): string[] =>
  Array.from({ length: ctx.channels.in ?? 1 }, (_, channel) => `line${channel}`);

function makeTables(ctx: NodeContext, place: Place): Tables {
  const weights = analysisWeights({
    windowFrames: windowFrames(ctx),
    hopFrames: hopFrames(ctx),
    shape: ctx.values.shape as WindowShape,
    form: ctx.values.form as WindowForm,
    scaling: ctx.values.scaling as SpectrumScaling,
    rateHz: ctx.rateHz,
  });
  const lines = linesOf(ctx);
  return { stft: stftTables(weights, place), lines, states: lines.map(() => new Float32Array(0)) };
}

export default defineNode<Tables>({
  version: 1,
  label: 'STFT',
  help:
    'Turns sound into spectra, one for every hop. What happens to them is up to a Spectral Mask or a Neural Model; an ISTFT with the same window ' +
    'and scaling makes sound of them again, exactly the sound that came if nothing has changed them. A long window tells close notes ' +
    'apart and smears what is sudden. The latency is the ISTFT’s: the window less what the hop shares with the host’s calls.',
  words: ['fft', 'fourier', 'spectrum', 'frequency', 'analysis', 'window', 'hop', 'transform', 'bins'],
  view: 'resampler',
  ports: ctx => ({
    in: audio('inlet', { block: 0 }),
    out: spectrum('outlet', { block: hopFrames(ctx), shape: [windowFrames(ctx) / 2 + 1] }),
  }),
  params: {
    window: choice({
      label: 'Window',
      choices: SIZES,
      default: '1024',
      isStructural: true,
      help: 'Frames in one spectrum; a spectrum has half as many bins, and one more.',
    }),
    hop: choice({
      label: 'Hop',
      choices: HOPS,
      default: HOPS[0],
      isStructural: true,
      help: 'Frames from one spectrum to the next: a share of the window, or the number below.',
    }),
    hopFrames: param({
      label: 'Hop frames',
      unit: 'samples',
      min: HOP_FRAMES_MIN,
      max: 8192,
      default: 512,
      rate: 'event',
      isStructural: true,
      help: 'The hop, where Hop says “frames”; at most the window.',
    }),
    shape: choice({
      label: 'Shape',
      choices: ['hann', 'root-hann', 'none'],
      default: 'root-hann',
      isStructural: true,
      help: 'How each stretch is faded in and out: a Hann window, its root, or not at all.',
    }),
    form: choice({
      label: 'Form',
      choices: ['periodic', 'symmetric'],
      default: 'periodic',
      isStructural: true,
      help: 'Periodic windows add up evenly; symmetric ones end as they begin. Take the one that a model was trained with.',
    }),
    scaling: choice({
      label: 'Scaling',
      choices: ['none', 'amplitude', 'power', 'unitary'],
      default: 'none',
      isStructural: true,
      help: 'None: sums. Amplitude: a full sine has 0.5. Power: squares are per Hz. Unitary: energy is kept.',
    }),
  },
  tables: makeTables,
  state: ctx =>
    Object.fromEntries(
      linesOf(ctx).map(name => [
        name,
        { shape: [ringLength(windowFrames(ctx) + hopFrames(ctx) + ctx.maxFrames)], dtype: 'f32' as const },
      ]),
    ),
  kernel(io, _p, s, frames) {
    const { stft, lines, states } = io.tables;
    const items = io.itemsOut.out;
    const hop = io.ctx.outBlockFrames;
    for (let channel = 0; channel < lines.length; channel++) {
      const line = s[lines[channel]] as Float32Array;
      const input = io.audioIn.in[channel];
      for (let i = 0; i < frames; i++) writeRing(line, io.frame + i, flushState(input[i]));
      states[channel] = line;
    }
    for (let done = 0, at = 0; done < io.outFrames; done += hop, at += stft.size + 2)
      io.kernels.analyse(stft, states, io.outFrame + done + hop - stft.size, items, at);
  },
  lower(g, io) {
    const { weights } = (io.tables as Tables).stft;
    const size = weights.length;
    const hop = g.i64(io.ctx.outBlockFrames);
    // `heard` begins size − 1 frames before the first of this call's inlet frames: an item's hop may have begun in the call before.
    const heard = g.history('line', io.audioIn.in, io.ctx.channels.in ?? 1, size - 1);
    const scalar = (x: number): string => g.constant('i64', [x], []);
    const range = (count: string): string => g.op('Range', [scalar(0), g.op('Squeeze', [count, g.i64(0)]), scalar(1)]);
    const begin = g.add(g.sub(io.outFrame, io.frame), g.i64(io.ctx.outBlockFrames - 1));
    const starts = g.add(begin, g.mul(range(g.div(io.outFrames, hop)), hop));
    const offsets = g.constant(
      'i64',
      Array.from({ length: size }, (_, o) => o),
      [1, size],
    );
    const stretches = g.op('Gather', [heard, g.add(g.op('Unsqueeze', [starts, g.i64(1)]), offsets)], { axis: 1n });
    // In f32 the transform would be off by −123 dB.
    const weighted = g.mul(g.cast(stretches, 'f64'), g.constant('f64', weights, [size]));
    const transformed = g.op('DFT', [g.op('Unsqueeze', [weighted, g.i64(3)])], { axis: 2n, inverse: 0n, onesided: 1n });
    return { out: g.cast(transformed, 'f32') };
  },
  cases: [
    {
      name: 'a click at the end of the first hop is flat',
      params: { window: '64', hop: 'window/2', shape: 'none' },
      in: { in: [Array.from({ length: 64 }, (_, n) => (n === 0 ? 1 : 0))] },
      // Frame 0 is frame 32 of the first window: e^(−πi·bin).
      out: { out: [Array.from({ length: 66 }, (_, at) => (at % 2 === 1 ? 0 : at % 4 === 0 ? 1 : -1))] },
      tolerance: 1e-6,
      reference: 'X[b] = e^(−2πi·32b/64)',
    },
    {
      name: 'a cosine of four periods in a window without fades, scaled to amplitude: half of it in bin 4',
      params: { window: '64', hop: 'frames', hopFrames: 64, shape: 'none', scaling: 'amplitude' },
      in: { in: [Array.from({ length: 64 }, (_, n) => Math.cos((2 * Math.PI * 4 * n) / 64))] },
      out: { out: [Array.from({ length: 66 }, (_, at) => (at === 8 ? 0.5 : 0))] },
      tolerance: 1e-7,
      reference: 'Σ cos(2π·4n/64)·e^(−2πi·bn/64) / 64',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110 } });
    patch.add('spectral/stft', 'stft', { params: { window: '2048', hop: 'window/4', shape: 'hann' } });
    patch.add('spectral/spectral-mask', 'mask', { params: { high: 2000 } });
    patch.add('spectral/istft', 'istft', { params: { shape: 'hann' } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'stft.in');
    patch.connect('stft.out', 'mask.in');
    patch.connect('mask.out', 'istft.in');
    patch.connect('istft.out', 'out.in');
  },
});
