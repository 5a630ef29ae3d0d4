// Mark: the resampler in its best quality, streaming one channel in blocks of 128, beside libsamplerate-js and soxr.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { KernelForm } from '../../core/kernels.ts';
import type { Patch } from '../../core/patch.ts';
import { noiseAt } from '../../dsp/noise.ts';
import { registry } from '../../generated/registry.ts';
import { Executor } from '../../render/executor.ts';
import type { Bench, Contestant, Line, Mark, Work } from '../mark.ts';
import { makePatch } from '../patches/make-patch.ts';
import { PEERS } from '../peers.ts';
import { planOf } from '../play.ts';

const BLOCK = 128;
const NOISE_FRAMES = 512 * BLOCK;
const AMPLITUDE = 0.9;
const SHARED_HZ = 1000;
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

/** The noise that all in JavaScript play, in blocks whose views are made before anything counts. */
function noiseBlocks(): Float32Array[] {
  const noise = Float32Array.from({ length: NOISE_FRAMES }, (_, at) => 0.2 * noiseAt(0, at));
  return Array.from({ length: NOISE_FRAMES / BLOCK }, (_, at) => noise.subarray(at * BLOCK, (at + 1) * BLOCK));
}

/** The node behind an input, in a patch of the rate that comes in: so a block is 128 frames for all. */
const patchOf = ({ inRateHz, outRateHz }: Rates): Patch => ({
  ...makePatch(
    [
      ['in', 'source/audio-input'],
      ['resampler', 'rate/resampler', { to: String(outRateHz), quality: 'best' }],
    ],
    ['in.out > resampler.in'],
  ),
  sampleRateHz: inRateHz,
});

/** Plays the node as a patch does; what comes out is looked at, as by a scope, since no output takes another rate than the patch's. */
function playOurs({ kernelForm, ...rates }: Rates & { readonly kernelForm?: KernelForm }): Work {
  const plan = planOf({ patch: patchOf(rates) });
  const outlet = plan.nodes.resampler.outlets.out;
  const start = () => {
    const executor = new Executor({ plan, registry, resources: {}, ...(kernelForm ? { kernelForm } : {}) });
    executor.watch(outlet);
    const [[input], [heard]] = [plan.inputs[0].signal, outlet].map(signal => executor.audio(signal));
    const play = (block: Float32Array): number => {
      input.set(block);
      executor.process(BLOCK);
      return executor.framesAt(rates.outRateHz);
    };
    return { executor, heard, play };
  };
  const blocks = noiseBlocks();
  const { play } = start();
  let block = 0;
  return {
    unit: () => void play(blocks[block++ % blocks.length]),
    sound([input]) {
      const fresh = start();
      const heard: number[] = [];
      for (let at = 0; at + BLOCK <= input.length; at += BLOCK) {
        const frames = fresh.play(input.subarray(at, at + BLOCK));
        heard.push(...fresh.heard.subarray(0, frames));
      }
      const [fault] = fresh.executor.takeFaults();
      if (fault) throw new Error(`bench: a node failed: ${fault.message}`);
      fresh.executor.dispose();
      return [Float32Array.from(heard)];
    },
    ask: () => ({ latencyFrames: plan.nodes.resampler.latency.filter }),
  };
}

/** The part of libsamplerate-js that is called. */
interface Libsamplerate {
  readonly ConverterType: { readonly SRC_SINC_MEDIUM_QUALITY: number };
  create(channels: number, inRateHz: number, outRateHz: number, options: object): Promise<Converter>;
}
interface Converter {
  full(input: Float32Array, output: Float32Array, written: { frames: number }): Float32Array;
}

/** Streams the same blocks into an array of ours, so that nothing is made in a call; a call costs it next to nothing. */
async function playLibsamplerate({
  modules,
  inRateHz,
  outRateHz,
}: Rates & { readonly modules: string }): Promise<Work> {
  const load = createRequire(join(modules, 'x.js'));
  const library = load('@alexanderolsen/libsamplerate-js') as Libsamplerate;
  const converterType = library.ConverterType.SRC_SINC_MEDIUM_QUALITY;
  const create = (): Promise<Converter> => library.create(1, inRateHz, outRateHz, { converterType });
  const converter = await create();
  const output = new Float32Array(2 * BLOCK);
  const written = { frames: 0 };
  const blocks = noiseBlocks();
  let block = 0;
  return {
    unit: () => void converter.full(blocks[block++ % blocks.length], output, written),
    async sound([input]) {
      const fresh = await create();
      const heard: number[] = [];
      for (let at = 0; at + BLOCK <= input.length; at += BLOCK) {
        fresh.full(input.subarray(at, at + BLOCK), output, written);
        heard.push(...output.subarray(0, written.frames));
      }
      return [Float32Array.from(heard)];
    },
  };
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
    AMPLITUDE * Math.sin(2 * Math.PI * hz * (frame / outRateHz - latencyFrames / inRateHz));
  let toneDb = Number.POSITIVE_INFINITY;
  for (const hz of TONES_HZ) toneDb = Math.min(toneDb, -(await levelDb(hz, delayed(hz))));
  let aliasDb = Number.NEGATIVE_INFINITY;
  for (const hz of ALIASES_HZ) if (hz < inRateHz / 2) aliasDb = Math.max(aliasDb, await levelDb(hz, () => 0));
  return { toneDb, aliasDb };
}

/** Ours beside a peer, in dB: a tone that all let through, given to the peer as much later as ours comes out. Both are full of it. */
async function differenceDb(bench: Bench, ours: Contestant, peer: Contestant | undefined, { inRateHz }: Rates) {
  if (!peer) return undefined;
  const { latencyFrames } = (await ours.ask('latency')) as { latencyFrames: number };
  const tone = (delay: number): Float32Array =>
    Float32Array.from({ length: 96 * BLOCK }, (_, at) => Math.sin((2 * Math.PI * SHARED_HZ * (at - delay)) / inRateHz));
  const [[heard], [wanted]] = [await ours.sound([tone(0)]), await peer.sound([tone(latencyFrames)])];
  return bench.compare.differenceDb([heard.subarray(2000, 10_000)], [wanted.subarray(2000, 10_000)]);
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
      [`beside libsamplerate-js, ${way}`]: await differenceDb(bench, ours, theirs, rates),
      [`beside soxr, ${way}`]: await differenceDb(bench, ours, soxr, rates),
      ...(Number.isFinite(aliasDb) ? { [`alias, ${way}`]: aliasDb } : {}),
    },
    lines: race.lines().map(line => ({ ...line, variant: way, rateHz: inRateHz })),
  };
}

export const resamplerMark: Mark = {
  id: 'resampler',
  title: 'Resampler',
  text: 'Our node in its best quality, in a patch, streaming one channel in blocks of 128; beside libsamplerate-js in medium quality, streaming as well, and soxr HQ with seconds at once.',
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
      ...(['libsamplerate', 'soxr'] as const).map(peer => ({
        figure: `beside ${PEERS[peer].title}, ${nameOf(way)}`,
        words: `dB beside ${PEERS[peer].title} at 1 kHz, ${nameOf(way)}`,
        atMost: -110,
        isSound: true,
        peer,
      })),
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
