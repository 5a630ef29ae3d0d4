// ISTFT: spectra become sound again by overlap-add. Owns "spectral/istft". With the window of the STFT and spectra that nothing has
// changed, frame n is frame n − L of the sound that came, L = W − gcd(host's call, hop): the least that cannot come up short, since the last
// spectrum over a frame is there up to W − 1 frames later, and calls end at multiples of the divisor.
import { defineNode } from '../../src/core/define-node.ts';
import type { NodeContext, NodePlace, Place } from '../../src/core/node-type.ts';
import { choice } from '../../src/core/param.ts';
import { audio, spectrum } from '../../src/core/port.ts';
import type { StftTables } from '../../src/core/spectrum-kernels.ts';
import { gcd } from '../../src/dsp/clock.ts';
import { ringLength } from '../../src/dsp/ring.ts';
import {
  overlapEvenness,
  type SpectrumScaling,
  stftTables,
  synthesisWeights,
  type WindowForm,
  type WindowShape,
} from '../../src/dsp/stft.ts';

/** With less of it rounding would be heard 30 dB louder. */
const LEAST_EVENNESS = 1e-3;

interface Tables {
  readonly design: Design | undefined;
  readonly lines: readonly string[];
  /** Those states; found anew for each call, so that none allocates. */
  readonly states: Float64Array[];
}
interface Design {
  readonly delayFrames: number;
  /** Weights: what the frames of an inverse transform are multiplied by. */
  readonly stft: StftTables;
}

/** Frames of a window with so many bins; 0 where there is none, or none that the transform takes. */
function windowFrames({ itemShapes }: Pick<NodeContext, 'itemShapes'>): number {
  const size = 2 * ((itemShapes.in?.[0] ?? 1) - 1);
  return size >= 2 && Number.isInteger(Math.log2(size)) ? size : 0;
}

const windowOf = ({ values }: Pick<NodeContext, 'values'>) => ({
  shape: values.shape as WindowShape,
  form: values.form as WindowForm,
});

/** How much of the hop must be waited for besides the window, in frames. */
const bufferingFrames = (ctx: NodeContext): number => ctx.blockFrames - gcd(ctx.callFrames || 1, ctx.blockFrames);
const overlapFrames = (ctx: NodeContext): number => Math.max(0, windowFrames(ctx) - ctx.blockFrames);

/** There are spectra, and they can be made sound of. */
const hasSpectra = (ctx: NodeContext): boolean => windowFrames(ctx) > 0 && ctx.blockFrames > 0;

function makeDesign(ctx: NodeContext, place: Place): Design | undefined {
  if (!hasSpectra(ctx)) return undefined;
  const weights = synthesisWeights({
    windowFrames: windowFrames(ctx),
    hopFrames: ctx.blockFrames,
    ...windowOf(ctx),
    scaling: ctx.values.scaling as SpectrumScaling,
    rateHz: ctx.rateHz,
  });
  return { delayFrames: bufferingFrames(ctx) + overlapFrames(ctx), stft: stftTables(weights, place) };
}

const linesOf = (ctx: NodeContext): string[] =>
  Array.from({ length: ctx.channels.in ?? 1 }, (_, channel) => `line${channel}`);

function judge(place: NodePlace) {
  const bins = place.itemShapes.in?.[0];
  if (bins === undefined || place.blockFrames === 0) return undefined;
  const size = windowFrames(place);
  if (size === 0) {
    return {
      code: 'E-SHAPE',
      what: `expected spectra of 2ⁿ + 1 bins, got ${bins}`,
      advice: 'Give them the bins of a window of 2, 4, 8 … frames.',
    } as const;
  }
  const hop = place.blockFrames;
  if (overlapEvenness({ windowFrames: size, hopFrames: hop, ...windowOf(place) }) >= LEAST_EVENNESS) return undefined;
  return {
    code: 'E-WINDOW',
    what: `expected windows that lie over every frame, got ${place.values.shape} windows of ${size} frames every ${hop}`,
    advice: 'Make the hop half of the window or less, or the shape none.',
  } as const;
}

export default defineNode<Tables>({
  version: 1,
  label: 'ISTFT',
  help:
    'Makes sound of spectra, by overlap-add. Give it the window and the scaling of the STFT: then spectra that nothing has changed give back ' +
    'exactly the sound that came, later by the window less what the hop shares with the host’s calls. Size and hop come with the spectra. ' +
    'What a mask takes out of single spectra is faded by the window.',
  words: ['ifft', 'inverse', 'fourier', 'spectrum', 'synthesis', 'overlap', 'add', 'resynthesis'],
  view: 'resampler',
  ports: { in: spectrum('inlet'), out: audio('outlet', { block: 0 }) },
  params: {
    shape: choice({
      label: 'Shape',
      choices: ['hann', 'root-hann', 'none'],
      default: 'root-hann',
      isStructural: true,
      help: 'The window of the STFT; every stretch is faded by it once more.',
    }),
    form: choice({
      label: 'Form',
      choices: ['periodic', 'symmetric'],
      default: 'periodic',
      isStructural: true,
      help: 'The form of the STFT’s window.',
    }),
    scaling: choice({
      label: 'Scaling',
      choices: ['none', 'amplitude', 'power', 'unitary'],
      default: 'none',
      isStructural: true,
      help: 'The scaling of the STFT, which is taken back.',
    }),
  },
  judge,
  tables: (ctx, place) => ({
    design: makeDesign(ctx, place),
    lines: linesOf(ctx),
    states: linesOf(ctx).map(() => new Float64Array(0)),
  }),
  state: ctx =>
    Object.fromEntries(
      linesOf(ctx).map(name => [
        name,
        { shape: [ringLength(windowFrames(ctx) + ctx.blockFrames + ctx.maxFrames)], dtype: 'f64' as const },
      ]),
    ),
  latency: ctx => (hasSpectra(ctx) ? { buffering: bufferingFrames(ctx), filter: overlapFrames(ctx) } : {}),
  kernel(io, _p, s, frames) {
    const { design, lines, states } = io.tables;
    const outputs = io.audioOut.out;
    if (design === undefined) {
      for (let channel = 0; channel < lines.length; channel++)
        for (let i = 0; i < io.outFrames; i++) outputs[channel][i] = 0;
      return;
    }
    const { stft, delayFrames } = design;
    const hop = io.ctx.blockFrames;
    for (let channel = 0; channel < lines.length; channel++) states[channel] = s[lines[channel]] as Float64Array;
    for (let done = 0, at = 0; done < frames; done += hop, at += stft.size + 2)
      io.kernels.synthesise(stft, io.itemsIn.in, at, states, io.frame + done + hop - stft.size);
    for (let channel = 0; channel < lines.length; channel++) {
      const line = states[channel];
      const output = outputs[channel];
      const mask = line.length - 1;
      for (let i = 0; i < io.outFrames; i++) {
        const at = (io.outFrame + i - delayFrames) & mask;
        output[i] = line[at];
        line[at] = 0;
      }
    }
  },
  lower(g, io) {
    const { design } = io.tables as Tables;
    const channels = io.ctx.channels.in ?? 1;
    if (design === undefined)
      return { out: g.op('Expand', [g.constant('f32', [0], [1, 1]), g.concat([g.i64(channels), io.outFrames], 0)]) };
    const { delayFrames } = design;
    const { weights } = design.stft;
    const size = weights.length;
    const bins = size / 2 + 1;
    const hop = io.ctx.blockFrames;
    const covers = Math.ceil(size / hop);
    const width = covers * hop;
    const past = Math.ceil(delayFrames / hop) + 1;

    // The other half of a real sound's spectrum is this one's mirror image, conjugated.
    const half = g.cast(io.itemsIn.in, 'f64');
    const mirrored = g.op('Slice', [half, g.i64(bins - 2), g.i64(0), g.i64(2), g.i64(-1)]);
    const whole = g.concat([half, g.mul(mirrored, g.f64(1, -1))], 2);
    const sound = g.op('DFT', [whole], { axis: 2n, inverse: 1n, onesided: 0n });
    const real = g.op('Squeeze', [g.slice(sound, 3, 0, 1), g.i64(3)]);
    const stretches = g.cast(g.mul(real, g.constant('f64', weights, [size])), 'f32');
    const joined = g.concat([g.state('stretches', 'f32', [channels, past, size]), stretches], 1);
    g.setState('stretches', g.slice(joined, 1, -past));

    // Every stretch as whole hops, empty ones in front; then one row of frames, with a 0 at its end for what is not there yet.
    const items = g.size(joined, 1);
    const empty = g.op('Expand', [
      g.constant('f32', [0], [1, 1, 1]),
      g.concat([g.i64(channels), items, g.i64(width - size)], 0),
    ]);
    const padded = width === size ? joined : g.concat([empty, joined], 2);
    const length = g.mul(items, g.i64(width));
    const flat = g.op('Reshape', [padded, g.concat([g.i64(channels), length], 0)], { allowzero: 1n });
    const row = g.concat([flat, g.constant('f32', new Float32Array(channels), [channels, 1])], 1);

    // Frame m lies in hop ⌊m/h⌋, over which the stretches ⌊m/h⌋ … ⌊m/h⌋ + covers − 1 lie.
    const scalar = (x: number): string => g.constant('i64', [x], []);
    const count = g.op('Range', [scalar(0), g.op('Squeeze', [io.outFrames, g.i64(0)]), scalar(1)]);
    const m = g.add(count, g.sub(io.outFrame, g.i64(delayFrames)));
    const place = g.op('Mod', [m, g.i64(hop)]);
    const first = g.sub(g.div(io.frame, g.i64(hop)), g.i64(past));
    const stretch = g.sub(g.div(g.sub(m, place), g.i64(hop)), first);
    const at = g.add(g.mul(stretch, g.i64(width)), place);
    // The next stretch begins one width later, and m lies one hop earlier in it.
    const steps = Array.from({ length: covers }, (_, r) => r * width + (covers - 1 - r) * hop);
    const all = g.add(g.op('Unsqueeze', [at, g.i64(1)]), g.constant('i64', steps, [1, covers]));
    const parts = g.op('Gather', [row, g.op('Min', [all, length])], { axis: 1n });
    const sum = g.op('ReduceSum', [g.cast(parts, 'f64'), g.i64(2)], { keepdims: 0n });
    return { out: g.cast(sum, 'f32') };
  },
  cases: [
    {
      name: 'flat spectra without fades are a click at the end of a window',
      params: { shape: 'none' },
      blockFrames: 8,
      itemShapes: { in: [5] },
      // Two items of 5 bins, hop 8 = window 8: e^(−2πi·7b/8) is frame 7.
      in: {
        in: [
          Array.from({ length: 20 }, (_, at) => {
            const turn = (-2 * Math.PI * 7 * Math.floor((at % 10) / 2)) / 8;
            return at % 2 === 0 ? Math.cos(turn) : Math.sin(turn);
          }),
        ],
      },
      // 16 frames, 7 late.
      out: { out: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]] },
      tolerance: 1e-7,
      reference: 'x[n] = Σ_b X[b]·e^(2πi·bn/8) / 8, later by W − 1',
    },
    {
      name: 'nothing wired is silence',
      out: { out: [[0, 0, 0, 0]] },
      tolerance: 0,
      reference: 'silence',
    },
  ],
  example(patch) {
    patch.add('source/noise', 'noise', { params: { level: -24 } });
    patch.add('spectral/stft', 'stft', { params: { window: '512' } });
    patch.add('spectral/spectral-mask', 'mask', { params: { low: 900, high: 1100 } });
    patch.add('spectral/istft', 'istft');
    patch.add('output/audio-output', 'out');
    patch.connect('noise.out', 'stft.in');
    patch.connect('stft.out', 'mask.in');
    patch.connect('mask.out', 'istft.in');
    patch.connect('istft.out', 'out.in');
  },
});
