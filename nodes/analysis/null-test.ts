// Null Test: the difference of two sounds, to hear and as a level. Owns "analysis/null-test".
// The level is that of the null limit: the largest difference in dB relative to max(1, peak), over all channels. It is kept over
// two stretches, the one that runs and the one before, so that what is shown covers the last 2 to 4 seconds.
import { defineNode } from '../../src/core/define-node.ts';
import type { StateArray } from '../../src/core/node-type.ts';
import { audio } from '../../src/core/port.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

const STRETCH_SECONDS = 2;
/** Slots of the states: the stretch that runs, and the one before. */
const NOW = 0;
const BEFORE = 1;
/** No excuse makes a difference above this level "the same sound". */
const NULL_DB_WORST = -80;

const latest = (values: StateArray | undefined): number => Math.max(values?.[NOW] ?? 0, values?.[BEFORE] ?? 0);

export default defineNode<{ readonly stretchFrames: number }>({
  version: 1,
  label: 'Null Test',
  help:
    'Subtracts one sound from another and shows what is left. Both are aligned before they meet, so two ways that do the same ' +
    'leave silence. Null is the largest difference of the last seconds, relative to the peak where that is above full scale: ' +
    '−120 dB and less is the same sound, −∞ the same bits. Listen to the outlet to hear what differs.',
  words: ['difference', 'compare', 'subtract', 'cancel', 'A/B', 'equal', 'same', 'measure', 'phase'],
  ports: { a: audio('inlet', { label: 'A' }), b: audio('inlet', { label: 'B' }), out: audio('outlet') },
  state: {
    difference: { shape: [2], dtype: 'f64' },
    peak: { shape: [2], dtype: 'f64' },
    frames: { shape: [1], dtype: 'i32' },
  },
  tables: ctx => ({ stretchFrames: Math.round(STRETCH_SECONDS * ctx.rateHz) }),
  kernel(io, _p, s, frames) {
    const { stretchFrames } = io.tables;
    for (let from = 0; from < frames; ) {
      const count = Math.min(frames - from, stretchFrames - s.frames[0]);
      let difference = s.difference[NOW];
      let peak = s.peak[NOW];
      for (let channel = 0; channel < io.audioOut.out.length; channel++) {
        const a = io.audioIn.a[channel];
        const b = io.audioIn.b[channel];
        const output = io.audioOut.out[channel];
        for (let i = from; i < from + count; i++) {
          output[i] = a[i] - b[i];
          difference = Math.max(difference, Math.abs(finiteOrZero(a[i] - b[i])));
          peak = Math.max(peak, Math.abs(finiteOrZero(a[i])), Math.abs(finiteOrZero(b[i])));
        }
      }
      s.difference[NOW] = difference;
      s.peak[NOW] = peak;
      s.frames[0] += count;
      from += count;
      if (s.frames[0] < stretchFrames) continue;
      s.difference[BEFORE] = difference;
      s.peak[BEFORE] = peak;
      s.difference[NOW] = 0;
      s.peak[NOW] = 0;
      s.frames[0] = 0;
    }
  },
  lower: (g, io) => ({ out: g.sub(io.audioIn.a, io.audioIn.b) }),
  probes: ['difference', 'peak'],
  view: 'figures',
  figures: {
    labels: ['Null', 'Peak'],
    values({ probes }) {
      const peak = latest(probes.peak);
      const nullDb = 20 * Math.log10(latest(probes.difference) / Math.max(1, peak));
      return [
        { value: nullDb, unit: 'dB', isBad: nullDb > NULL_DB_WORST },
        { value: 20 * Math.log10(peak), unit: 'dB' },
      ];
    },
  },
  cases: [
    {
      name: 'the difference, and its largest value with the peak',
      in: {
        a: [
          [1, 0.5, -2],
          [0.25, 0, 0],
        ],
        b: [
          [1, 0.25, -2],
          [0.25, 0, 0.5],
        ],
      },
      out: {
        out: [
          [0, 0.25, 0],
          [0, 0, -0.5],
        ],
      },
      state: { difference: [0.5, 0], peak: [2, 0] },
      tolerance: 0,
      reference: 'by hand; binary fractions, so exact',
    },
    {
      name: 'forgets after two stretches of two seconds',
      rateHz: 100,
      in: { a: [[1, ...new Array<number>(449).fill(0)]], b: [new Array<number>(450).fill(0)] },
      out: {},
      state: { difference: [0, 0], peak: [0, 0], frames: [50] },
      tolerance: 0,
      reference: 'frame 0 counts in frames 0–199, is kept in 200–399, gone in 400',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110, level: -12 } });
    patch.add('dynamics/gain', 'quiet', { params: { level: -0.1 } });
    patch.add('analysis/null-test', 'null');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'null.a');
    patch.connect('osc.out', 'quiet.in');
    patch.connect('quiet.out', 'null.b');
    patch.connect('null.out', 'out.in');
    patch.note('Set the gain to 0 dB: the difference falls silent. At −0.1 dB it is 39 dB below the sound.', [0, -80]);
  },
});
