// Spectrogram: shows how the frequencies of a sound change over time. Owns "analysis/spectrogram".
// The kernel only writes down the last frames and counts them; the interface windows, transforms and draws them.
import { defineNode } from '../../src/core/define-node.ts';
import { vanishes } from '../../src/core/lower.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { record } from '../../src/dsp/recorder.ts';

const SIZES = ['256', '512', '1024', '2048', '4096'];
/** Frames written down per channel: the largest window and 256 ms more at 48 kHz, so that a late look misses nothing. */
const LENGTH = 16384;

export default defineNode({
  version: 1,
  label: 'Spectrogram',
  help:
    'Shows how the frequencies of a sound change over time. Time runs to the right, low notes are at the bottom, strong ' +
    'frequencies stand out from the ground. A whistle is one line, a voice a ladder of lines, a click an upright stroke. A long ' +
    'window draws thin lines and blurs clicks, a short one does the opposite.',
  words: ['sonogram', 'waterfall', 'FFT', 'STFT', 'frequency', 'time', 'voice', 'pitch', 'view', 'plot', 'analyser'],
  ports: { in: audio('inlet') },
  params: {
    windowSize: choice({
      label: 'Window',
      choices: SIZES,
      default: '1024',
      help: 'Frames that are analysed at once; more frames show finer frequencies, fewer finer times.',
    }),
    windowShape: choice({
      label: 'Shape',
      choices: ['Hann', 'Blackman', 'rectangular'],
      default: 'Hann',
      help: 'How the ends of each window are faded; rectangular smears strong tones over their neighbours.',
    }),
    frequencyScale: choice({
      label: 'Frequencies',
      choices: ['log', 'linear'],
      default: 'log',
      help: 'Log gives each octave the same height, as the ear does.',
    }),
    timeSpan: param({
      label: 'Time span',
      unit: 's',
      min: 1,
      max: 30,
      default: 5,
      rate: 'event',
      help: 'How far back the left edge lies.',
    }),
    floor: param({
      label: 'Floor',
      unit: 'dB',
      min: -140,
      max: -40,
      default: -90,
      rate: 'event',
      help: 'Level that looks like silence.',
    }),
  },
  state: ctx => ({
    // [channels × LENGTH], one row per channel: frame n lies at n mod LENGTH. written = frames since the start.
    recording: { shape: [ctx.channels.in, LENGTH], dtype: 'f32' },
    written: { shape: [1], dtype: 'f64' },
  }),
  kernel(io, _p, s, frames) {
    const position = s.written[0] % LENGTH;
    const inputs = io.audioIn.in;
    for (let channel = 0; channel < inputs.length; channel++)
      record(s.recording as Float32Array, LENGTH, channel, position, inputs[channel], frames);
    s.written[0] += frames;
  },
  lower: vanishes(),
  probes: ['recording', 'written'],
  view: 'spectrogram',
  cases: [
    {
      name: 'writes the signal down, from the start',
      in: { in: [[0.5, -1, 0.25]] },
      out: {},
      state: { recording: [0.5, -1, 0.25, 0], written: [3] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'keeps the last 16384 frames, the latest over the oldest, and counts them all',
      in: { in: [Array.from({ length: 16386 }, (_, i) => i)] },
      out: {},
      state: { recording: [16384, 16385, 2, 3], written: [16386] },
      tolerance: 0,
      reference: 'frame n lies at n mod 16384',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'siren', { params: { shape: 'triangle', frequency: 600, level: -18 } });
    patch.add('control/lfo', 'sway', { params: { rate: 0.5, most: 400, amount: 250, unit: 'Hz' } });
    patch.add('analysis/spectrogram', 'spectrogram');
    patch.add('output/audio-output', 'out');
    patch.connect('sway.out', 'siren.frequency');
    patch.connect('siren.out', 'spectrogram.in');
    patch.connect('siren.out', 'out.in');
    patch.note('A siren is a wave on the picture, and so is each of its overtones.', [0, -80]);
  },
});
