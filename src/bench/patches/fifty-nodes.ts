// Fifty nodes of mixed types, stereo: a desk of four strips with eleven nodes each, a mixer and a bus. Must not know who plays it.
import type { Patch } from '../../core/patch.ts';
import type { Executor } from '../../render/executor.ts';
import { makePatch, type NodeSpec } from './make-patch.ts';

const STRIPS = [1, 2, 3, 4];

const strip = (n: number): NodeSpec[] => [
  [`trim-${n}`, 'dynamics/gain', { level: -n }],
  [`gate-${n}`, 'dynamics/noise-gate', { threshold: -60 }],
  [`cut-${n}`, 'filter/one-pole', { type: 'high-pass', cutoff: 40 * n }],
  [`tone-${n}`, 'filter/biquad-filter', { type: 'peak', cutoff: 700 * n, gain: 3, q: 1 }],
  [`drive-${n}`, 'dynamics/waveshaper', { shape: n % 2 ? 'tanh' : 'cubic', drive: 3, level: -3 }],
  [`low-${n}`, 'filter/biquad-filter', { type: 'low-shelf', cutoff: 200, gain: 2 }],
  [`squeeze-${n}`, 'dynamics/compressor', { threshold: -24, ratio: 3 }],
  [`echo-${n}`, 'time/delay', { time: 90 * n, feedback: 0.3, maxTime: '0.5 s' }],
  [`wet-${n}`, 'mix/dry-wet', { mix: 0.2 }],
  [`air-${n}`, 'filter/biquad-filter', { type: 'high-shelf', cutoff: 6000, gain: -2 }],
  [`level-${n}`, 'dynamics/gain', { level: -3 }],
];

const stripWires = (n: number): string[] => [
  `in.out > trim-${n}.in`,
  `trim-${n}.out > gate-${n}.in`,
  `gate-${n}.out > cut-${n}.in`,
  `cut-${n}.out > tone-${n}.in`,
  `tone-${n}.out > drive-${n}.in`,
  `drive-${n}.out > low-${n}.in`,
  `low-${n}.out > squeeze-${n}.in`,
  `squeeze-${n}.out > echo-${n}.in`,
  `squeeze-${n}.out > wet-${n}.dry`,
  `echo-${n}.out > wet-${n}.wet`,
  `wet-${n}.out > air-${n}.in`,
  `air-${n}.out > level-${n}.in`,
  `level-${n}.out > mixer.in${n}`,
];

export function fiftyNodes(): Patch {
  return makePatch(
    [
      ['in', 'source/audio-input', { channels: 'stereo' }],
      ...STRIPS.flatMap(strip),
      ['mixer', 'mix/mixer', { inputs: '4' }],
      ['bus-tone', 'filter/biquad-filter', { type: 'peak', cutoff: 3000, gain: 1, q: 0.7 }],
      ['bus-squeeze', 'dynamics/compressor', { threshold: -12, ratio: 2 }],
      ['bus-limit', 'dynamics/limiter'],
      ['out', 'output/audio-output'],
    ],
    [
      ...STRIPS.flatMap(stripWires),
      'mixer.out > bus-tone.in',
      'bus-tone.out > bus-squeeze.in',
      'bus-squeeze.out > bus-limit.in',
      'bus-limit.out > out.in',
    ],
  );
}

/** Ten params of it, with the middle and half the width of their movement. */
const MOVES: readonly (readonly [node: string, param: string, middle: number, width: number])[] = [
  ['trim-1', 'level', -6, 3],
  ['trim-2', 'level', -6, 3],
  ['tone-1', 'cutoff', 900, 400],
  ['tone-2', 'cutoff', 1500, 500],
  ['air-3', 'gain', 0, 4],
  ['drive-1', 'drive', 6, 4],
  ['squeeze-2', 'threshold', -24, 6],
  ['wet-3', 'mix', 0.3, 0.2],
  ['level-4', 'level', -6, 3],
  ['bus-tone', 'gain', 0, 3],
];

/** Moves all ten with every block, each at its own speed. */
export function moveTen(executor: Executor, block: number): void {
  for (let at = 0; at < MOVES.length; at++) {
    const [node, param, middle, width] = MOVES[at];
    executor.setParam(node, param, middle + width * Math.sin(0.02 * (at + 1) * block));
  }
}
