// Ten effects in a row, stereo, as pedalboard's chain of the same names and params has them (peers/ten_effects.py).
// Its delay mixes dry and wet; its limiter (JUCE's) is two compressors, a gain and a clip.
import type { Patch } from '../../core/patch.ts';
import { makePatch, type NodeSpec } from './make-patch.ts';

/** Make-up of JUCE's limiter: 0.75 · 10/40 of a factor of ten, and the threshold of −10 dB given back. */
const LIMITER_GAIN_DB = 20 * 0.1875 + 10;

/** How a Compressor is one of JUCE's. */
const AS_JUCE = { detector: 'classic', link: 'per channel', knee: 0 };

const NODES: readonly NodeSpec[] = [
  ['in', 'source/audio-input', { channels: 'stereo' }],
  ['gain', 'dynamics/gain', { level: -3 }],
  ['high-pass', 'filter/one-pole', { type: 'high-pass', cutoff: 80 }],
  ['distortion', 'dynamics/waveshaper', { shape: 'tanh', drive: 6, level: 0 }],
  ['low-pass', 'filter/one-pole', { type: 'low-pass', cutoff: 6000 }],
  ['delay', 'time/delay', { time: 250, feedback: 0.3, maxTime: '0.5 s' }],
  ['mix', 'mix/dry-wet', { mix: 0.3 }],
  ['compressor', 'dynamics/compressor', { threshold: -20, ratio: 4, attack: 1, release: 100, ...AS_JUCE }],
  ['peak', 'filter/biquad-filter', { type: 'peak', cutoff: 1000, gain: 3, q: 1 }],
  ['low-shelf', 'filter/biquad-filter', { type: 'low-shelf', cutoff: 200, gain: 2 }],
  ['high-shelf', 'filter/biquad-filter', { type: 'high-shelf', cutoff: 5000, gain: -2 }],
  ['limit', 'dynamics/compressor', { threshold: -10, ratio: 4, attack: 2, release: 200, ...AS_JUCE }],
  [
    'ceiling',
    'dynamics/compressor',
    { threshold: -10, attack: 0, release: 100, ...AS_JUCE, detector: 'classic 1000:1' },
  ],
  ['make-up', 'dynamics/gain', { level: LIMITER_GAIN_DB }],
  ['clip', 'dynamics/waveshaper', { shape: 'hard clip', drive: 0, level: 0 }],
  ['out', 'output/audio-output'],
];

export function tenEffects(): Patch {
  return makePatch(NODES, [
    'in.out > gain.in',
    'gain.out > high-pass.in',
    'high-pass.out > distortion.in',
    'distortion.out > low-pass.in',
    'low-pass.out > delay.in',
    'low-pass.out > mix.dry',
    'delay.out > mix.wet',
    'mix.out > compressor.in',
    'compressor.out > peak.in',
    'peak.out > low-shelf.in',
    'low-shelf.out > high-shelf.in',
    'high-shelf.out > limit.in',
    'limit.out > ceiling.in',
    'ceiling.out > make-up.in',
    'make-up.out > clip.in',
    'clip.out > out.in',
  ]);
}
