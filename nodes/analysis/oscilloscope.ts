// Oscilloscope: shows two signals over time. Owns "analysis/oscilloscope".
// The kernel only writes down the last frames; the interface looks for the trigger and draws.
import { defineNode } from '../../src/core/define-node.ts';
import { vanishes } from '../../src/core/lower.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { record, scopeFrames } from '../../src/dsp/recorder.ts';

export default defineNode({
  version: 1,
  label: 'Oscilloscope',
  help:
    'Draws two signals over time, like the screen in a lab. Wire one sound to A, or two to compare them: before and after an ' +
    'effect, for instance. Choose the time per division so that you see two or three cycles. The trigger holds the picture ' +
    'still: it starts each drawing where A crosses the trigger level.',
  words: ['scope', 'waveform', 'wave', 'time', 'trigger', 'view', 'plot', 'compare'],
  ports: {
    a: audio('inlet', { label: 'A' }),
    b: audio('inlet', { label: 'B' }),
  },
  params: {
    timePerDivision: param({
      label: 'Time / div',
      unit: 'ms',
      min: 0.1,
      max: 8,
      default: 1,
      scale: 'log',
      rate: 'event',
      help: 'Width of one of the ten columns.',
    }),
    fullScale: param({
      label: 'Full scale',
      unit: '',
      min: 0.01,
      max: 2,
      default: 1,
      scale: 'log',
      rate: 'event',
      help: 'Amplitude at the upper edge.',
    }),
    triggerEdge: choice({
      label: 'Trigger',
      choices: ['rising', 'falling', 'free'],
      default: 'rising',
      help: 'Which way A crosses the level; free draws at once.',
    }),
    triggerLevel: param({
      label: 'Trigger level',
      unit: '',
      min: -1,
      max: 1,
      default: 0,
      rate: 'event',
      help: 'Value of A at which a drawing starts.',
    }),
  },
  state: ctx => ({
    // [channels × frames], one row per channel: ten divisions of the longest setting, and as much again to find a trigger in.
    // position = where the next frame goes, so the oldest one lies there.
    a: { shape: [ctx.channels.a, scopeFrames(ctx.rateHz)], dtype: 'f32' },
    b: { shape: [ctx.channels.b, scopeFrames(ctx.rateHz)], dtype: 'f32' },
    position: { shape: [1], dtype: 'i32' },
  }),
  kernel(io, _p, s, frames) {
    const position = s.position[0];
    const { a, b } = io.audioIn;
    const length = scopeFrames(io.ctx.rateHz);
    for (let channel = 0; channel < a.length; channel++)
      record(s.a as Float32Array, length, channel, position, a[channel], frames);
    for (let channel = 0; channel < b.length; channel++)
      record(s.b as Float32Array, length, channel, position, b[channel], frames);
    s.position[0] = (position + frames) % length;
  },
  lower: vanishes(),
  probes: ['a', 'b', 'position'],
  view: 'oscilloscope',
  cases: [
    {
      name: 'writes both signals down, from the start',
      in: { a: [[0.5, -1, 0.25]], b: [[1, 0, -0.125]] },
      out: {},
      state: { a: [0.5, -1, 0.25, 0], b: [1, 0, -0.125, 0], position: [3] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'keeps the last 8192 frames, the latest over the oldest',
      in: { a: [Array.from({ length: 8194 }, (_, i) => i)] },
      out: {},
      state: { a: [8192, 8193, 2, 3], position: [2] },
      tolerance: 0,
      reference: 'frame n lies at n mod 8192',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { frequency: 220, level: -6 } });
    patch.add('dynamics/waveshaper', 'shaper', { params: { shape: 'foldback', drive: 9, level: -6 } });
    patch.add('analysis/oscilloscope', 'scope');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'shaper.in');
    patch.connect('osc.out', 'scope.a');
    patch.connect('shaper.out', 'scope.b');
    patch.connect('shaper.out', 'out.in');
    patch.note('A is the sine, B what the waveshaper made of it. Turn Drive: B folds over at the top.', [0, -80]);
  },
});
