// Mark: the resampler in its best quality, streaming one channel in blocks of 128, beside libsamplerate-js and soxr.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { KernelForm } from '../../core/kernels.ts';
import { framesUntil } from '../../dsp/clock.ts';
import { noiseAt } from '../../dsp/noise.ts';
import { polyphaseBank } from '../../dsp/polyphase.ts';
import { designResampler } from '../../dsp/resampler.ts';
import { scalarKernels } from '../../dsp/scalar-kernels.ts';
import { ArenaLayout } from '../../render/arena.ts';
import { simdKernels } from '../../simd/kernels.ts';
import type { Bench, Contestant, Line, Mark, Work } from '../mark.ts';

const BLOCK = 128;
const NOISE_FRAMES = 512 * BLOCK;
const AMPLITUDE = 0.9;
const TONES_HZ = [1000, 10000, 18000];
/** Above half of the lower rate there must be nothing: whatever comes out lies at a wrong frequency. */
const ALIASES_HZ = [22100, 22500, 23000, 23500, 23900];

interface Rates {
  readonly inRateHz: number;
  readonly outRateHz: number;
}
const WAYS = [
  { inRateHz: 44100, outRateHz: 48000, timesLibsamplerate: 15, timesSoxr: 0.4 },
  { inRateHz: 48000, outRateHz: 44100, timesLibsamplerate: 8, timesSoxr: 0.2 },
] as const;
const nameOf = ({ inRateHz, outRateHz }: Rates): string => `${inRateHz / 1000} → ${outRateHz / 1000} kHz`;

const noise = (frames: number): Float32Array => Float32Array.from({ length: frames }, (_, at) => 0.2 * noiseAt(0, at));

/** One channel as the node plays it, its arrays in one memory. */
function playOurs({ inRateHz, outRateHz, kernelForm = 'simd' }: Rates & { readonly kernelForm?: KernelForm }): Work {
  const design = designResampler({ inRateHz, outRateHz, patchRateHz: outRateHz, quality: 'best' });
  const bank = polyphaseBank(design, BLOCK);
  const layout = new ArenaLayout();
  const most = Math.ceil((BLOCK * outRateHz) / inRateHz) + 1;
  const rooms = [bank.taps, bank.starts, bank.lines].map(array => layout.reserveCopy(array));
  const buffers = [bank.window, NOISE_FRAMES, most].map(length => layout.reserve('f32', length));
  const { memory, views } = layout.build();
  const [taps, starts, lines] = rooms.map(view => views[view]) as [Float32Array, Int32Array, Float32Array];
  taps.set(bank.taps);
  starts.set(bank.starts);
  const placed = { ...bank, taps, starts, lines };
  const [history, sound, output] = buffers.map(view => views[view] as Float32Array);
  const kernels = (kernelForm === 'scalar' ? undefined : simdKernels(memory, kernelForm)) ?? scalarKernels;
  // Views are made before anything counts: blocks of one memory, as buffers of a plan are.
  const blocks = Array.from({ length: NOISE_FRAMES / BLOCK }, (_, at) => [
    sound.subarray(at * BLOCK, (at + 1) * BLOCK),
  ]);
  const histories = [history];
  const outputs = [output];
  let frame = 0;
  let outFrame = 0;
  const play = (input: readonly Float32Array[]): number => {
    const outFrames = framesUntil(frame + BLOCK, outRateHz, inRateHz) - outFrame;
    kernels.resample(placed, histories, input, frame, BLOCK, outputs, outFrame, outFrames);
    frame += BLOCK;
    outFrame += outFrames;
    return outFrames;
  };
  sound.set(noise(NOISE_FRAMES));
  return {
    unit: () => void play(blocks[(frame / BLOCK) % blocks.length]),
    sound([input]) {
      frame = 0;
      outFrame = 0;
      history.fill(0);
      const heard: number[] = [];
      for (let at = 0; at + BLOCK <= input.length; at += BLOCK) {
        blocks[0][0].set(input.subarray(at, at + BLOCK));
        heard.push(...output.subarray(0, play(blocks[0])));
      }
      return [Float32Array.from(heard)];
    },
    ask: () => ({ latencyFrames: design.latencyPatchSamples }),
  };
}

/** The part of libsamplerate-js that is called. */
interface Libsamplerate {
  readonly ConverterType: { readonly SRC_SINC_MEDIUM_QUALITY: number };
  create(
    channels: number,
    inRateHz: number,
    outRateHz: number,
    options: object,
  ): Promise<{ full(input: Float32Array): Float32Array }>;
}

/** Streams the same blocks; a call costs it next to nothing. */
async function playLibsamplerate({ modules, ...rates }: Rates & { readonly modules: string }): Promise<Work> {
  const load = createRequire(join(modules, 'x.js'));
  const library = load('@alexanderolsen/libsamplerate-js') as Libsamplerate;
  const converterType = library.ConverterType.SRC_SINC_MEDIUM_QUALITY;
  const converter = await library.create(1, rates.inRateHz, rates.outRateHz, { converterType });
  const sound = noise(NOISE_FRAMES);
  const blocks = Array.from({ length: NOISE_FRAMES / BLOCK }, (_, at) => sound.slice(at * BLOCK, (at + 1) * BLOCK));
  let block = 0;
  return { unit: () => void converter.full(blocks[block++ % blocks.length]) };
}

/** Least ratio of signal to error of tones, in dB, and the loudest of what is nowhere in the sound that went in. */
async function hearTones(
  ours: Contestant,
  { inRateHz, outRateHz }: Rates,
): Promise<{ toneDb: number; aliasDb: number }> {
  const { latencyFrames } = (await ours.ask('latency')) as { latencyFrames: number };
  const full = AMPLITUDE ** 2 / 2;
  // What the sudden start of the tone is heard as lies before the middle.
  const levelDb = async (hz: number, wanted: (frame: number) => number): Promise<number> => {
    const angle = (2 * Math.PI * hz) / inRateHz;
    const tone = Float32Array.from({ length: 96 * BLOCK }, (_, at) => AMPLITUDE * Math.sin(angle * at));
    const [heard] = await ours.sound([tone]);
    let power = 0;
    for (let at = 1000; at < heard.length; at++) power += (heard[at] - wanted(at)) ** 2;
    return 10 * Math.log10(power / (heard.length - 1000) / full);
  };
  const delayed = (hz: number) => (frame: number) =>
    AMPLITUDE * Math.sin((2 * Math.PI * hz * (frame - latencyFrames)) / outRateHz);
  let toneDb = Number.POSITIVE_INFINITY;
  for (const hz of TONES_HZ) toneDb = Math.min(toneDb, -(await levelDb(hz, delayed(hz))));
  let aliasDb = Number.NEGATIVE_INFINITY;
  for (const hz of ALIASES_HZ) if (hz < inRateHz / 2) aliasDb = Math.max(aliasDb, await levelDb(hz, () => 0));
  return { toneDb, aliasDb };
}

/** All of one direction: figures by name, and its lines. */
async function measure(
  bench: Bench,
  rates: Rates,
): Promise<{ figures: Record<string, number | undefined>; lines: Line[] }> {
  const way = nameOf(rates);
  const modules = bench.modules('libsamplerate');
  const { inRateHz, outRateHz } = rates;
  const ours = await bench.node('ours', { inRateHz, outRateHz });
  const scalar = await bench.node('ours', { inRateHz, outRateHz, kernelForm: 'scalar' }, 'scalar twin');
  const theirs = modules
    ? await bench.node('libsamplerate', { inRateHz, outRateHz, modules }, 'libsamplerate-js')
    : undefined;
  const soxr = await bench.python('resampling', 'soxr', { inRateHz, outRateHz }, 'soxr');
  const race = await bench.race([ours, scalar, theirs, soxr]);
  const { toneDb, aliasDb } = await hearTones(ours, rates);
  return {
    figures: {
      [`× libsamplerate-js, ${way}`]: race.times('ours', 'libsamplerate-js'),
      [`× soxr, ${way}`]: race.times('ours', 'soxr'),
      [`× scalar twin, ${way}`]: race.times('ours', 'scalar twin'),
      [`signal to error, ${way}`]: toneDb,
      ...(Number.isFinite(aliasDb) ? { [`alias, ${way}`]: aliasDb } : {}),
    },
    lines: race.lines().map(line => ({ ...line, variant: way, rateHz: inRateHz })),
  };
}

export const resamplerMark: Mark = {
  id: 'resampler',
  title: 'Resampler',
  text: 'Our best quality, streaming one channel in blocks of 128; beside libsamplerate-js in medium quality, streaming as well, and soxr HQ with seconds at once.',
  peers: ['libsamplerate', 'soxr'],
  works: { ours: playOurs, libsamplerate: playLibsamplerate },
  goals: [
    ...WAYS.flatMap(way => [
      {
        figure: `× libsamplerate-js, ${nameOf(way)}`,
        words: `× libsamplerate-js, ${nameOf(way)}`,
        atLeast: way.timesLibsamplerate,
        peer: 'libsamplerate' as const,
      },
      {
        figure: `× soxr, ${nameOf(way)}`,
        words: `× soxr, ${nameOf(way)}`,
        atLeast: way.timesSoxr,
        peer: 'soxr' as const,
      },
      {
        figure: `signal to error, ${nameOf(way)}`,
        words: `dB of signal to error at 1, 10 and 18 kHz, ${nameOf(way)}`,
        atLeast: 138,
        isSound: true,
      },
    ]),
    {
      figure: `alias, ${nameOf(WAYS[1])}`,
      words: `dB of alias above 22.05 kHz, ${nameOf(WAYS[1])}`,
      atMost: -130,
      isSound: true,
    },
  ],
  async heat(bench) {
    const heats = [];
    for (const way of WAYS) heats.push(await measure(bench, way));
    return {
      figures: Object.assign({}, ...heats.map(({ figures }) => figures)),
      lines: heats.flatMap(({ lines }) => lines),
    };
  },
};
