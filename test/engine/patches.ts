// Patches that the engine's tests play.
import type { Patch } from '../../src/core/patch.ts';
import { makePatch } from '../render/helpers.ts';
import { withFiles } from './bench.ts';

/** A recording and a tone through a filter into a model at another rate; a dry path beside it that the plan aligns. */
export const ampPatch = withFiles(
  makePatch(
    [
      ['player', 'source/audio-file-player'],
      ['osc', 'source/oscillator', { frequency: 110 }],
      ['filter', 'filter/biquad-filter'],
      ['down', 'rate/resampler', { to: '44100' }],
      ['amp', 'neural/neural-model'],
      ['up', 'rate/resampler', { to: '48000' }],
      ['mix', 'mix/dry-wet', { mix: 0.7 }],
      ['delay', 'time/delay', { time: 40, feedback: 0.3 }],
      ['gain', 'dynamics/gain'],
      ['out', 'output/audio-output'],
    ],
    [
      'player.out > filter.in',
      'osc.out > filter.in',
      'filter.out > down.in',
      'down.out > amp.in',
      'amp.out > up.in',
      'up.out > mix.wet',
      'filter.out > mix.dry',
      'mix.out > delay.in',
      'delay.out > gain.in',
      'gain.out > out.in',
    ],
  ),
  { player: { audio: 'guitar.wav' }, amp: { model: 'amp.onnx' } },
);

/** A tone and a gain: no models, nothing late. */
export const plainPatch = makePatch(
  [
    ['osc', 'source/oscillator'],
    ['gain', 'dynamics/gain'],
    ['out', 'output/audio-output'],
  ],
  ['osc.out > gain.in', 'gain.out > out.in'],
);

/** A tone through models in a row, by node id and file, with the params of some. */
export const modelRow = (
  files: Readonly<Record<string, string>>,
  params: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {},
): Patch => {
  const ids = ['osc', ...Object.keys(files), 'out'];
  return withFiles(
    makePatch(
      [
        ['osc', 'source/oscillator', { frequency: 220 }],
        ...Object.keys(files).map(id => [id, 'neural/neural-model', params[id] ?? {}] as const),
        ['out', 'output/audio-output'],
      ],
      ids.slice(1).map((id, at) => `${ids[at]}.out > ${id}.in`),
    ),
    Object.fromEntries(Object.entries(files).map(([id, model]) => [id, { model }])),
  );
};
