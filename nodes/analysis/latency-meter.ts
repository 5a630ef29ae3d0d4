// Latency Meter: how much later one sound is than another. Owns "analysis/latency-meter".
// The kernel only writes down the last frames of both; whoever looks correlates them (delayBetween in src/dsp/measure.ts), since
// that takes more time than an audio call has.
import { defineNode } from '../../src/core/define-node.ts';
import type { StateArray } from '../../src/core/node-type.ts';
import { audio } from '../../src/core/port.ts';
import { delayBetween } from '../../src/dsp/measure.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

/** Frames written down of each sound, and the longest delay that is looked for. */
const LENGTH = 16384;
const DELAY_MAX = 8192;
/** Below this the largest correlation is one among many: no figure is better than a wrong one. */
const CONFIDENCE_MIN = 0.1;
const ROWS = ['a', 'b'] as const;
const OUTLETS = ['outA', 'outB'] as const;

/** One row of the recording, oldest frame first. */
function unrolled(recording: StateArray, row: number, position: number): Float32Array {
  const signal = new Float32Array(LENGTH);
  const first = row * LENGTH;
  signal.set(recording.subarray(first + position, first + LENGTH));
  signal.set(recording.subarray(first, first + position), LENGTH - position);
  return signal;
}

export default defineNode({
  version: 1,
  label: 'Latency Meter',
  help:
    'Measures how much later one sound is than another. Lead the same sound in twice: straight to A, through the effect to B; both ' +
    'pass through. Delay is how much later B’s way is, At inlets what is left after the patch has made A wait: 0 when the ' +
    'alignment is right. Confidence says how well one delay fits: noise and speech are best, a steady tone fits at every period.',
  words: ['delay', 'samples', 'milliseconds', 'measure', 'correlation', 'offset', 'late', 'alignment', 'sync'],
  ports: {
    a: audio('inlet', { label: 'A' }),
    b: audio('inlet', { label: 'B' }),
    // Last in, first out: each outlet lies below its inlet.
    outA: audio('outlet', { label: 'A' }),
    outB: audio('outlet', { label: 'B' }),
  },
  state: {
    // Two rows of LENGTH, the mean of the channels of each sound; position = where the next frame goes, the oldest one lies there.
    recording: { shape: [ROWS.length, LENGTH], dtype: 'f32' },
    position: { shape: [1], dtype: 'i32' },
  },
  kernel(io, _p, s, frames) {
    for (let row = 0; row < ROWS.length; row++) {
      const inputs = io.audioIn[ROWS[row]];
      const outputs = io.audioOut[OUTLETS[row]];
      for (let channel = 0; channel < outputs.length; channel++) {
        const input = inputs[channel];
        const output = outputs[channel];
        for (let i = 0; i < frames; i++) output[i] = input[i];
      }
      let position = s.position[0];
      for (let i = 0; i < frames; i++) {
        let x = 0;
        for (let channel = 0; channel < inputs.length; channel++) x += inputs[channel][i];
        s.recording[row * LENGTH + position] = finiteOrZero(Math.fround(x / inputs.length));
        position = position + 1 === LENGTH ? 0 : position + 1;
      }
    }
    s.position[0] = (s.position[0] + frames) % LENGTH;
  },
  lower: (g, io) => ({ outA: g.op('Identity', [io.audioIn.a]), outB: g.op('Identity', [io.audioIn.b]) }),
  probes: ['recording', 'position'],
  view: 'figures',
  figures: {
    labels: ['Delay', 'Time', 'At inlets', 'Confidence'],
    values({ probes: { recording, position }, rateHz, waitSamples }) {
      if (!recording || !position) return [];
      const at = position[0];
      const found = delayBetween(unrolled(recording, 0, at), unrolled(recording, 1, at), DELAY_MAX);
      const confidence = { value: 100 * found.confidence, unit: '%' } as const;
      if (found.confidence < CONFIDENCE_MIN) return [undefined, undefined, undefined, confidence];
      const delay = found.delayFrames + (waitSamples.a ?? 0) - (waitSamples.b ?? 0);
      return [
        { value: delay, unit: 'samples' },
        { value: (1000 * delay) / rateHz, unit: 'ms' },
        { value: found.delayFrames, unit: 'samples', isBad: Math.abs(found.delayFrames) > 0.5 },
        confidence,
      ];
    },
  },
  cases: [
    {
      name: 'passes both sounds, and writes the means of their channels down',
      in: {
        a: [
          [0.5, -1, 0.25],
          [0.5, 0, 0.75],
        ],
        b: [
          [0, 0.5, -1],
          [0, 0.5, -1],
        ],
      },
      out: {
        outA: [
          [0.5, -1, 0.25],
          [0.5, 0, 0.75],
        ],
        outB: [
          [0, 0.5, -1],
          [0, 0.5, -1],
        ],
      },
      state: { recording: [0.5, -0.5, 0.5, 0], position: [3] },
      tolerance: 0,
      reference: 'identity and means by hand; binary fractions, so exact',
    },
    {
      name: 'keeps the last 16384 frames, the latest over the oldest',
      in: {
        a: [Array.from({ length: LENGTH + 2 }, (_, i) => i)],
        b: [new Array<number>(LENGTH + 2).fill(0)],
      },
      out: {},
      state: { recording: [LENGTH, LENGTH + 1, 2, 3], position: [2] },
      tolerance: 0,
      reference: 'frame n lies at n mod 16384',
    },
  ],
  example(patch) {
    patch.add('source/noise', 'noise');
    patch.add('rate/resampler', 'down', { params: { to: '24000' } });
    patch.add('rate/resampler', 'up', { params: { to: '48000' } });
    patch.add('analysis/latency-meter', 'meter');
    patch.add('output/audio-output', 'out');
    patch.connect('noise.out', 'meter.a');
    patch.connect('noise.out', 'down.in');
    patch.connect('down.out', 'up.in');
    patch.connect('up.out', 'meter.b');
    patch.connect('meter.outB', 'out.in');
    patch.note('The trip to 24 kHz and back is late; A has waited for it, so nothing is left at the inlets.', [0, -80]);
  },
});
