// Filter, shaper and echo in a row, stereo: what peers' languages are given to write as well. Must not know who plays it.
import type { Patch } from '../../core/patch.ts';
import { makePatch } from './make-patch.ts';

export function echoChain(): Patch {
  return makePatch(
    [
      ['in', 'source/audio-input', { channels: 'stereo' }],
      ['filter', 'filter/biquad-filter', { type: 'low-pass', cutoff: 2000, q: 0.9 }],
      ['shaper', 'dynamics/waveshaper', { shape: 'tanh', drive: 6, level: 0 }],
      ['delay', 'time/delay', { time: 250, feedback: 0.3, maxTime: '0.5 s' }],
      ['mix', 'mix/dry-wet', { mix: 0.3 }],
      ['out', 'output/audio-output'],
    ],
    [
      'in.out > filter.in',
      'filter.out > shaper.in',
      'shaper.out > delay.in',
      'shaper.out > mix.dry',
      'delay.out > mix.wet',
      'mix.out > out.in',
    ],
  );
}

/** The same in Faust. */
export const ECHO_FAUST = `
import("stdfaust.lib");
echo(d, fb, mix) = _ <: *(1 - mix), (mem : (+ : @(d - 1)) ~ *(fb) : *(mix)) :> _;
channel = fi.resonlp(2000, 0.9, 1) : *(ba.db2linear(6)) : ma.tanh : echo(12000, 0.3, 0.3);
process = par(i, 2, channel);
`;
