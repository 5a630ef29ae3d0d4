// Patches that the engine's tests play.
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
