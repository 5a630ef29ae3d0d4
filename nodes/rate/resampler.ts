// Resampler: carries a sound from one sample rate to another by an exact ratio. Owns kernel, lowering, cases, example and help
// of "rate/resampler". The filter is src/dsp/resampler.ts, its playing src/dsp/polyphase.ts; when a frame is due is the engine's clock.
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import type { PolyphaseBank } from '../../src/core/fir-kernels.ts';
import type { NodeContext, Place, ShapeContext } from '../../src/core/node-type.ts';
import { choice } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { reduceRatio } from '../../src/dsp/clock.ts';
import { polyphaseBank, polyphaseWindow } from '../../src/dsp/polyphase.ts';
import type { ResamplerDesign, ResamplerQuality } from '../../src/dsp/resampler.ts';
import { resamplerLatency, resamplerTaps, shareResampler } from '../../src/dsp/resampler.ts';

const RATES_HZ = SAMPLE_RATES_HZ.map(String);
const QUALITIES: readonly ResamplerQuality[] = ['low-latency', 'standard', 'best'];
const TO_DEFAULT = '48000';

/** Frames of one row that the lowering gathers at once; taps are padded to a multiple of it. */
const ROW_FRAMES = 16;

interface Tables {
  readonly design: ResamplerDesign;
  readonly bank: PolyphaseBank;
  /** Names of the states, by channel. */
  readonly names: readonly string[];
  /** Those states; found anew for each call, so that none allocates. */
  readonly histories: Float32Array[];
}

const toRateHz = (ctx: ShapeContext): number => Number(ctx.values.to ?? TO_DEFAULT);

const optionsOf = (ctx: NodeContext) => ({
  inRateHz: ctx.rateHz,
  outRateHz: ctx.outRateHz,
  patchRateHz: ctx.patchRateHz,
  quality: (ctx.values.quality ?? 'standard') as ResamplerQuality,
  // Back at the patch's rate the whole path is made a whole number of samples, which only a filter can do.
  arrivalFraction: ctx.outRateHz === ctx.patchRateHz ? (ctx.arrivalFraction ?? 0) : 0,
});

const stateNames = (ctx: NodeContext): string[] =>
  Array.from({ length: ctx.channels.in ?? 1 }, (_, channel) => `history${channel}`);

function makeTables(ctx: NodeContext, place: Place): Tables {
  const design = shareResampler(optionsOf(ctx));
  const bank = polyphaseBank(design, ctx.maxFrames);
  const names = stateNames(ctx);
  return {
    design,
    bank: { ...bank, taps: place(bank.taps), starts: place(bank.starts), lines: place(bank.lines) },
    names,
    histories: names.map(() => bank.lines),
  };
}

/** Coefficients [phases, taps], each row padded in front with zeros to a multiple of ROW_FRAMES. */
function paddedRows(design: ResamplerDesign): { readonly values: Float32Array; readonly taps: number } {
  const taps = Math.ceil(design.tapsPerPhase / ROW_FRAMES) * ROW_FRAMES;
  const values = new Float32Array(design.phases * taps);
  for (let phase = 0; phase < design.phases; phase++) {
    const row = design.coefficients.subarray(phase * design.tapsPerPhase, (phase + 1) * design.tapsPerPhase);
    values.set(row, (phase + 1) * taps - design.tapsPerPhase);
  }
  return { values, taps };
}

export default defineNode<Tables>({
  version: 1,
  label: 'Resampler',
  help:
    'Changes the sample rate without changing pitch or speed. Put one before a model that was trained at another rate and one ' +
    'behind it to come back. Quality trades latency for cleanness: "best" keeps everything up to 20 kHz, "low-latency" is for ' +
    'playing live. Listen to cymbals through a trip to 16 kHz and back: all above 8 kHz is gone, the pitch stays exact.',
  words: ['sample rate', 'convert', 'rate', '44100', '48000', 'upsample', 'downsample'],
  view: 'resampler',
  // A stream: a block of one rate is full at other times than one of another.
  ports: ctx => ({ in: audio('inlet', { block: 0 }), out: audio('outlet', { rateHz: toRateHz(ctx), block: 0 }) }),
  params: {
    to: choice({
      label: 'To',
      choices: RATES_HZ,
      default: TO_DEFAULT,
      isStructural: true,
      help: 'Sample rate of the outlet in Hz.',
    }),
    quality: choice({
      label: 'Quality',
      choices: QUALITIES,
      default: 'standard',
      isStructural: true,
      help:
        'Length of the filter: a longer one is cleaner and later. Half of it is the delay: 10, 32 or 88 frames of the lower ' +
        'rate. At 10 kHz, between 44.1 and 48 kHz, errors lie 60, 118 or 140 dB below the sound.',
    }),
  },
  tables: makeTables,
  state(ctx) {
    const { numerator: inStep, denominator: phases } = reduceRatio(ctx.rateHz, ctx.outRateHz);
    const window = polyphaseWindow({ inStep, phases, tapsPerPhase: resamplerTaps(optionsOf(ctx)) });
    return Object.fromEntries(stateNames(ctx).map(name => [name, { shape: [window], dtype: 'f32' as const }]));
  },
  latency: ctx => ({ filter: (resamplerLatency(optionsOf(ctx)) * ctx.rateHz) / ctx.patchRateHz }),
  rest: { empty: stateNames },
  kernel(io, _p, s, frames) {
    const { bank, names, histories } = io.tables;
    for (let channel = 0; channel < names.length; channel++) histories[channel] = s[names[channel]] as Float32Array;
    // The clock, not the state, says where the outputs lie: a node that joins a playing patch starts on the common grid.
    const { kernels, audioIn, audioOut } = io;
    kernels.resample(bank, histories, audioIn.in, io.frame, frames, audioOut.out, io.outFrame, io.outFrames);
  },
  lower(g, io) {
    const { design } = io.tables as Tables;
    const x = io.audioIn.in;
    if (io.ctx.rateHz === io.ctx.outRateHz) return { out: x };
    const rows = paddedRows(design);
    const heard = g.history('history', x, io.ctx.channels.in ?? 1, rows.taps);
    // Every stretch of ROW_FRAMES frames as one row, so that the frames of an output are a few gathered rows.
    const stretches: Value[] = [];
    for (let k = 0; k < ROW_FRAMES; k++) {
      const stretch = k === ROW_FRAMES - 1 ? g.slice(heard, 1, k) : g.slice(heard, 1, k, k + 1 - ROW_FRAMES);
      stretches.push(g.op('Unsqueeze', [stretch, g.i64(2)]));
    }
    const unfolded = g.concat(stretches, 2);
    // Whole periods are taken off first, as in the kernel, so that no product overflows however long the patch plays.
    const phases = g.i64(design.phases);
    const inStep = g.i64(design.inStep);
    const scalar = (value: Value): Value => g.op('Squeeze', [value, g.i64(0)]);
    const counted = g.op('Range', [g.constant('i64', [0], []), scalar(io.outFrames), g.constant('i64', [1], [])]);
    const position = g.mul(g.add(g.op('Mod', [io.outFrame, phases], { fmod: 0n }), counted), inStep);
    const base = g.sub(g.mul(g.div(io.outFrame, phases), inStep), io.frame);
    // Newest frame counted from the call's first; the oldest of `taps` frames then lies one further in `heard`.
    const oldest = g.add(g.add(base, g.div(position, phases)), g.i64(1));
    const starts: number[] = [];
    for (let k = 0; k < rows.taps; k += ROW_FRAMES) starts.push(k);
    const indices = g.add(g.op('Unsqueeze', [oldest, g.i64(1)]), g.i64(...starts));
    const windows = g.op('Gather', [unfolded, indices], { axis: 1n });
    const table = g.constant('f32', rows.values, [design.phases, rows.taps / ROW_FRAMES, ROW_FRAMES]);
    const coefficients = g.op('Gather', [table, g.op('Mod', [position, phases], { fmod: 0n })], { axis: 0n });
    // Rows first, then what is left of them: sums of sums, because a runtime may add hundreds of f32 one after the other.
    const total = (values: Value): Value =>
      g.op('ReduceSum', [values, g.i64(2)], { keepdims: 0n, noop_with_empty_axes: 0n });
    return { out: total(total(g.mul(windows, coefficients))) };
  },
  cases: [
    {
      name: 'equal rates are a wire',
      params: { to: '48000' },
      rateHz: 48000,
      in: {
        in: [
          [0.5, -1, 0.25],
          [0, 1, 0],
        ],
      },
      out: {
        out: [
          [0.5, -1, 0.25],
          [0, 1, 0],
        ],
      },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: '48000 → 24000 Hz: the windowed sinc of two frames',
      params: { to: '24000', quality: 'low-latency' },
      rateHz: 48000,
      in: {
        in: [
          [
            1, -0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          ],
        ],
      },
      out: {
        out: [
          [
            0, 0.0002088891173, -0.0006664820124, 0.001559245771, -0.003109458915, 0.005619510331, -0.00955278954,
            0.01578445059, -0.02649593896, 0.04969579914, 0.342037838, -0.1580270128, 0.04969579914, -0.02649593896,
            0.01578445059, -0.00955278954, 0.005619510331, -0.003109458915, 0.001559245771, -0.0006664820124,
            0.0002088891173, 0, 0, 0,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'the defining sum with numpy.sinc and numpy.i0, test/nodes/make_reference.py',
    },
    {
      name: '44100 → 48000 Hz: the windowed sinc of two frames',
      params: { to: '48000', quality: 'low-latency' },
      rateHz: 44100,
      in: {
        in: [[1, -0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
      },
      out: {
        out: [
          [
            0, -0.0003630068571, 0.002095950954, -0.00639481943, 0.01486144202, -0.02897102152, 0.04974113504,
            -0.0776122602, 0.1131637904, -0.160938908, 0.2578961181, 0.9243023985, -0.5231247724, -0.05467462426,
            0.06889593608, -0.06371224753, 0.05101007433, -0.03633166798, 0.02299410441, -0.01271955385, 0.005936418822,
            -0.002171698193, 0.0003796770866, 0, 0, 0, 0,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'the defining sum with numpy.sinc and numpy.i0, test/nodes/make_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc');
    patch.add('rate/resampler', 'down', { params: { to: '16000', quality: 'best' } });
    patch.add('rate/resampler', 'up', { params: { to: '48000', quality: 'best' } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'down.in');
    patch.connect('down.out', 'up.in');
    patch.connect('up.out', 'out.in');
  },
});
