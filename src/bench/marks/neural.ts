// Mark: small nets in blocks of 128 frames on the SIMD kernels, beside onnxruntime-web's wasm called directly and native onnxruntime.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noiseAt } from '../../dsp/noise.ts';
import { loadModel } from '../../onnx/load.ts';
import { bringRelaxed } from '../../simd/module.ts';
import type { Goal, Line, Mark, Work } from '../mark.ts';
import { NETS, type NetName, netFile } from '../patches/nets.ts';
import { productFolder } from '../places.ts';
import { RELAXED, readRelaxed, startRelaxed } from '../relaxed.ts';
import { BLOCK, playNet } from './net-work.ts';

const SOUND_FRAMES = 64 * BLOCK;
const WANTED: Readonly<Record<NetName, number>> = { 'GRU-32': 2, 'LSTM-32': 2, 'TCN 8×16': 2, WaveNet: 3 };

const readOrt = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(join(productFolder, 'ort-wasm-simd-threaded.wasm')));

async function playHere({ net, isKernels }: { readonly net: NetName; readonly isKernels: boolean }): Promise<Work> {
  return playNet({ model: loadModel(netFile(net), `${net}.onnx`), isKernels }, await readOrt());
}

async function playRelaxed({ net }: { readonly net: NetName }): Promise<Work> {
  bringRelaxed(await readRelaxed());
  return playNet({ model: loadModel(netFile(net), `${net}.onnx`), isKernels: true, form: 'relaxed' }, await readOrt());
}

const goalsOf = (net: NetName): Goal[] => [
  {
    figure: `${net}: × web, audio thread`,
    words: `× onnxruntime-web in Chromium’s audio thread, ${net}`,
    atLeast: WANTED[net],
  },
  { figure: `${net}: × web, Node`, words: `× onnxruntime-web in Node, ${net}`, atLeast: WANTED[net] },
  {
    figure: `${net}: × native`,
    words: `× native onnxruntime, from the audio thread, ${net}`,
    atLeast: 1,
    peer: 'onnxruntime',
  },
  {
    figure: `${net}: difference to native`,
    words: `dB beside native onnxruntime, ${net}`,
    atMost: -100,
    isSound: true,
    peer: 'onnxruntime',
  },
  { figure: `${net}: difference`, words: `dB beside onnxruntime-web, ${net}`, atMost: -100, isSound: true },
];

export const neuralMark: Mark = {
  id: 'neural',
  title: 'Small nets',
  text: 'GRU and LSTM of 32 units, a TCN of 8 layers of 16 channels and NAM’s standard WaveNet, one call of 128 frames: the SIMD kernels beside onnxruntime-web’s wasm (called directly, without its interface in JavaScript) in Node and in Chromium’s audio thread, and beside native onnxruntime with one thread.',
  peers: ['onnxruntime'],
  works: { net: playHere, relaxed: playRelaxed },
  whenMissed: [
    'WaveNet: what is left are multiply-adds, nearly all of them; fused ones are faster (relaxed × ours), but a log has to render to the very samples on every machine. Tried: constants as globals, a loop of its own for convolutions of one tap, several accumulators. Left: the condition’s convolution and the curve inside the layer’s.',
  ],
  goals: NETS.flatMap(goalsOf),
  async heat(bench) {
    const figures: Record<string, number | undefined> = {};
    const lines: Line[] = [];
    const notes: string[] = [];
    const files = Object.fromEntries(NETS.map(net => [net, netFile(net)]));
    const thread = await bench.audioThread('neural', { data: { ...files, ort: await readOrt() } });
    const input = [Float32Array.from({ length: SOUND_FRAMES }, (_, at) => 0.3 * noiseAt(1, at))];
    const folder = await mkdtemp(join(tmpdir(), 'neuropatch-nets-'));
    for (const net of NETS) {
      const ours = await bench.node('net', { net, isKernels: true }, 'ours');
      const web = await bench.node('net', { net, isKernels: false }, 'onnxruntime-web');
      // By a file: the library does not start under a command line as long as a model.
      const model = join(folder, `${NETS.indexOf(net)}.onnx`);
      await writeFile(model, files[net]);
      const native = await bench.python('neural', 'onnxruntime', { model }, 'onnxruntime');
      const relaxed = await startRelaxed('Node', () => bench.node('relaxed', { net }, RELAXED), notes);
      const race = await bench.race([ours, web, relaxed]);
      figures[`${net}: × web, Node`] = race.times('ours', 'onnxruntime-web');
      figures[`${net}: relaxed × ours, Node`] = race.times(RELAXED, 'ours');
      figures[`${net}: difference`] = bench.compare.differenceDb(await ours.sound(input), await web.sound(input));
      if (native)
        figures[`${net}: difference to native`] = bench.compare.differenceDb(
          await ours.sound(input),
          await native.sound(input),
        );
      lines.push(...race.lines().map(line => ({ ...line, variant: `${net}, Node` })));
      if (!thread) continue;
      const { bytes: _, ...loaded } = loadModel(files[net], `${net}.onnx`);
      const [inThread, webInThread] = [
        await thread.work('net', { file: net, model: loaded, isKernels: true }, 'ours'),
        await thread.work('net', { file: net, model: loaded, isKernels: false }, 'onnxruntime-web'),
      ];
      const threadRace = await bench.race([inThread, webInThread, native], { roundMs: 150, rounds: 9 });
      figures[`${net}: × native`] = threadRace.times('ours', 'onnxruntime');
      figures[`${net}: × web, audio thread`] = threadRace.times('ours', 'onnxruntime-web');
      const placeOf = (contestant: string): string => (contestant === 'onnxruntime' ? 'native' : 'audio thread');
      const threadLines = threadRace.lines();
      lines.push(...threadLines.map(line => ({ ...line, variant: `${net}, ${placeOf(line.contestant)}` })));
    }
    await rm(folder, { recursive: true });
    return { figures, lines, notes };
  },
};
