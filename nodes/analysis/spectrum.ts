// Spectrum: shows which frequencies a sound consists of. Owns "analysis/spectrum".
// The kernel only writes down the last frames; the interface windows, transforms and draws them.
import { defineNode } from '../../src/core/define-node.ts';
import { vanishes } from '../../src/core/lower.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { record } from '../../src/dsp/recorder.ts';

const SIZES = ['512', '1024', '2048', '4096', '8192'];
/** Frames written down per channel: the largest window. */
const LENGTH = 8192;

export default defineNode({
  version: 1,
  label: 'Spectrum',
  help:
    'Shows which frequencies a sound consists of, and how strong. Low notes are left, high ones right; the height is the level in dB. ' +
    'A sine is one peak, a sawtooth a comb of peaks, noise a band. A long window tells close notes apart, a short one follows ' +
    'fast changes: you cannot have both.',
  words: ['analyser', 'analyzer', 'FFT', 'frequency', 'overtones', 'harmonics', 'pitch', 'view', 'plot', 'fourier'],
  ports: { in: audio('inlet') },
  params: {
    windowSize: choice({
      label: 'Window',
      choices: SIZES,
      default: '4096',
      help: 'Frames in one picture; more frames show finer frequencies.',
    }),
    windowShape: choice({
      label: 'Shape',
      choices: ['Hann', 'Blackman', 'rectangular'],
      default: 'Hann',
      help: 'How the picture’s ends are faded; rectangular smears strong tones over their neighbours.',
    }),
    frequencyScale: choice({
      label: 'Frequencies',
      choices: ['log', 'linear'],
      default: 'log',
      help: 'Log gives each octave the same width, as the ear does.',
    }),
    floor: param({
      label: 'Floor',
      unit: 'dB',
      min: -140,
      max: -40,
      default: -100,
      rate: 'event',
      help: 'Level at the lower edge.',
    }),
    averaging: param({
      label: 'Averaging',
      unit: 'ms',
      min: 0,
      max: 2000,
      default: 100,
      rate: 'event',
      help: 'Time over which the picture calms down; 0 shows each one as it is.',
    }),
  },
  state: ctx => ({
    // [channels × LENGTH], one row per channel; position = where the next frame goes, so the oldest one lies there.
    recording: { shape: [ctx.channels.in, LENGTH], dtype: 'f32' },
    position: { shape: [1], dtype: 'i32' },
  }),
  kernel(io, _p, s, frames) {
    const position = s.position[0];
    const inputs = io.audioIn.in;
    for (let channel = 0; channel < inputs.length; channel++)
      record(s.recording as Float32Array, LENGTH, channel, position, inputs[channel], frames);
    s.position[0] = (position + frames) % LENGTH;
  },
  lower: vanishes(),
  probes: ['recording', 'position'],
  view: 'spectrum',
  cases: [
    {
      name: 'writes the signal down, from the start',
      in: { in: [[0.5, -1, 0.25]] },
      out: {},
      state: { recording: [0.5, -1, 0.25, 0], position: [3] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'keeps the last 8192 frames, the latest over the oldest',
      in: { in: [Array.from({ length: 8194 }, (_, i) => i)] },
      out: {},
      state: { recording: [8192, 8193, 2, 3], position: [2] },
      tolerance: 0,
      reference: 'frame n lies at n mod 8192',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'low', { params: { shape: 'sawtooth', frequency: 220, level: -18 } });
    patch.add('source/oscillator', 'high', { params: { shape: 'sine', frequency: 3000, level: -30 } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('low.out', 'spectrum.in');
    patch.connect('high.out', 'spectrum.in');
    patch.connect('low.out', 'out.in');
    patch.connect('high.out', 'out.in');
    patch.note('A comb of overtones and one lonely sine: find it, then hear it by turning its Level.', [0, -80]);
  },
});
