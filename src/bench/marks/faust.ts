// Mark: filter, shaper and echo beside the same in Faust, compiled by faustwasm and called as its own offline processor does.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { noiseAt } from '../../dsp/noise.ts';
import type { Mark, Work } from '../mark.ts';
import { ECHO_FAUST, echoChain } from '../patches/echo.ts';
import { BLOCK, playPatch } from '../play.ts';

const RATE_HZ = 48000;
const SOUND_FRAMES = 24000;

/** The part of faustwasm that is called. */
interface Processor {
  start(): void;
  compute(input: Float32Array[], output: Float32Array[]): boolean;
}
interface Generator {
  compile(compiler: object, name: string, code: string, options: string): Promise<object | null>;
  createOfflineProcessor(rateHz: number, frames: number): Promise<Processor>;
}
interface FaustModule {
  instantiateFaustModuleFromFile(path: string): Promise<object>;
  readonly LibFaust: new (module: object) => object;
  readonly FaustCompiler: new (library: object) => object & { getErrorMessage(): string };
  readonly FaustMonoDspGenerator: new () => Generator;
}

const noise = (channel: number, frames: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, at) => 0.2 * noiseAt(channel, at));

async function compileFaust(modules: string): Promise<Generator> {
  const folder = join(modules, '@grame/faustwasm');
  const faust = (await import(pathToFileURL(join(folder, 'dist/esm/index.js')).href)) as FaustModule;
  const library = await faust.instantiateFaustModuleFromFile(join(folder, 'libfaust-wasm/libfaust-wasm.js'));
  const compiler = new faust.FaustCompiler(new faust.LibFaust(library));
  const generator = new faust.FaustMonoDspGenerator();
  const isMade = await generator.compile(compiler, 'echo', ECHO_FAUST, '-I libraries/');
  if (!isMade) throw new Error(`faust: ${compiler.getErrorMessage()}`);
  return generator;
}

/** Plays a sound through a fresh processor, block by block. */
async function playSound(generator: Generator, input: readonly Float32Array[]): Promise<Float32Array[]> {
  const processor = await generator.createOfflineProcessor(RATE_HZ, BLOCK);
  processor.start();
  const heard = input.map(channel => new Float32Array(channel.length));
  const block = input.map(() => new Float32Array(BLOCK));
  for (let from = 0; from + BLOCK <= heard[0].length; from += BLOCK) {
    const part = input.map(channel => channel.slice(from, from + BLOCK));
    processor.compute(part, block);
    for (const [c, channel] of heard.entries()) channel.set(block[c], from);
  }
  return heard;
}

async function playFaust({ modules }: { readonly modules: string }): Promise<Work> {
  const generator = await compileFaust(modules);
  const processor = await generator.createOfflineProcessor(RATE_HZ, BLOCK);
  processor.start();
  const blocks = Array.from({ length: 256 }, (_, at) =>
    [0, 1].map(c => noise(c, 256 * BLOCK).slice(at * BLOCK, (at + 1) * BLOCK)),
  );
  const heard = [0, 1].map(() => new Float32Array(BLOCK));
  let at = 0;
  return {
    unit: () => void processor.compute(blocks[at++ % blocks.length], heard),
    sound: input => playSound(generator, input),
  };
}

export const faustMark: Mark = {
  id: 'faust',
  title: 'Faust',
  text: 'Low-pass, tanh and echo in stereo beside the same effect in Faust, compiled to WebAssembly by faustwasm (its default, single precision).',
  peers: ['faust'],
  works: { ours: () => playPatch({ patch: echoChain() }), faust: playFaust },
  goals: [
    { figure: '× faust', words: '× Faust', atLeast: 1.5, peer: 'faust' },
    { figure: 'difference', words: 'largest difference to Faust', atMost: 1e-4, isSound: true, peer: 'faust' },
  ],
  async heat(bench) {
    const modules = bench.modules('faust');
    const ours = await bench.node('ours');
    const faust = modules === undefined ? undefined : await bench.node('faust', { modules }, 'Faust');
    const race = await bench.race([ours, faust]);
    const input = [0, 1].map(c => noise(c, SOUND_FRAMES - (SOUND_FRAMES % BLOCK)));
    const heard = await ours.sound(input);
    return {
      figures: {
        '× faust': race.times('ours', 'Faust'),
        difference: faust && bench.compare.largestDifference(heard, await faust.sound(input)),
      },
      lines: race.lines(),
    };
  },
};
