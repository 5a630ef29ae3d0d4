// Mark: sixteen different models in one patch play in a browser without one dropout of ours.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from '../../core/patch.ts';
import type { Mark } from '../mark.ts';
import { makePatch } from '../patches/make-patch.ts';
import { sixteenModels } from '../patches/models.ts';
import { productFolder } from '../places.ts';
import type { Played } from './played.ts';

const SECONDS = 60;
const QUICK_SECONDS = 3;

declare const benchPlay: (patch: Patch, seconds: number) => Promise<Played>;

/** One oscillator into sixteen models, two mixers of eight behind them. */
function patchOf(files: readonly string[]): Patch {
  const ids = files.map(file => file.replace('.onnx', ''));
  const mixerOf = (at: number): string => `mixer-${at < 8 ? 1 : 2}`;
  const patch = makePatch(
    [
      ['source', 'source/oscillator', { shape: 'sawtooth', frequency: 110, level: -12 }],
      ...ids.map(id => [id, 'neural/neural-model'] as const),
      ['mixer-1', 'mix/mixer', { inputs: '8' }],
      ['mixer-2', 'mix/mixer', { inputs: '8' }],
      ['quiet', 'dynamics/gain', { level: -24 }],
      ['out', 'output/audio-output'],
    ],
    [
      ...ids.flatMap((id, at) => [`source.out > ${id}.in`, `${id}.out > ${mixerOf(at)}.in${(at % 8) + 1}`]),
      'mixer-1.out > quiet.in',
      'mixer-2.out > quiet.in',
      'quiet.out > out.in',
    ],
  );
  const models = ids.map((id, at) => [id, { ...patch.nodes[id], resources: { model: files[at] } }] as const);
  return { ...patch, nodes: { ...patch.nodes, ...Object.fromEntries(models) } };
}

export const sixteenModelsMark: Mark = {
  id: 'sixteen-models',
  title: 'Sixteen models',
  text: `Sixteen different nets (GRU, LSTM, convolutions, dense) in one patch, ${SECONDS} s in Chromium, in blocks of 128.`,
  peers: [],
  heats: 2,
  goals: [
    { figure: 'late blocks', words: 'late blocks, most of all heats', atMost: 0, isWorst: true },
    { figure: 'skipped frames', words: 'frames that were skipped, most of all heats', atMost: 0, isWorst: true },
    {
      figure: 'late calls',
      words: 'late results of models in the worker, most of all heats',
      atMost: 0,
      isWorst: true,
    },
  ],
  async heat(bench) {
    const models = sixteenModels();
    const files = Object.fromEntries(Object.entries(models).map(([name, bytes]) => [`/files/${name}`, bytes]));
    const built = (name: string): Uint8Array => readFileSync(join(productFolder, name));
    const page = await bench.page('sixteen-models', {
      files: () => ({
        ...files,
        '/worklet.js': built('worklet.wjs'),
        '/worker.js': built('worker.wjs'),
        '/ort-wasm-simd-threaded.wasm': built('ort-wasm-simd-threaded.wasm'),
      }),
    });
    if (!page) return { figures: {} };
    const seconds = bench.isQuick ? QUICK_SECONDS : SECONDS;
    const patch = patchOf(Object.keys(models)) as never;
    const played = await page.evaluate(([p, s]) => benchPlay(p, s), [patch, seconds] as const);
    return {
      figures: {
        'late blocks': played.lateBlocks,
        'skipped frames': played.skippedFrames,
        'late calls': played.lateCalls,
        'gaps of the device': played.deviceGaps ?? undefined,
        'models in the worker': played.inWorker,
        'mean load, %': 100 * played.loadMean,
      },
      lines: [{ contestant: 'ours in the audio thread', blockUs: (played.loadMean * 128 * 1e6) / 48000 }],
    };
  },
};
