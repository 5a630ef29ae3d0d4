// Audio input: a microphone or any live source. Owns "source/audio-input".
// In a bundle it is a named input; offline, `render --in NAME=FILE` takes its place.
import { defineNode } from '../../src/core/define-node.ts';
import { becomesInput } from '../../src/core/lower.ts';
import { choice } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

export default defineNode({
  version: 1,
  label: 'Audio Input',
  help:
    'Brings in live sound: your microphone or instrument. The browser asks for permission when the sound starts. Use ' +
    'headphones, or the loudspeaker is heard by the microphone again and howls. In an exported bundle this is where the host’s sound comes in.',
  words: ['microphone', 'mic', 'live', 'line in', 'guitar', 'voice', 'record', 'adc', 'source'],
  ports: ctx => ({ out: audio('outlet', { channels: ctx.values.channels === 'stereo' ? 2 : 1, rateHz: 'patch' }) }),
  params: {
    channels: choice({
      label: 'Channels',
      choices: ['mono', 'stereo'],
      default: 'mono',
      isStructural: true,
      help: 'One channel for a voice, two for a stereo source.',
    }),
  },
  kernel() {
    // Nothing to do: the live signal is put into the outlet before this call.
  },
  lower: becomesInput('out'),
  view: 'meter',
  cases: [
    {
      name: 'leaves the live signal as it is',
      in: { out: [[0.5, -1, 0.25]] },
      out: { out: [[0.5, -1, 0.25]] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'stereo has two channels',
      params: { channels: 'stereo' },
      in: {
        out: [
          [0.5, -1],
          [0, 0.125],
        ],
      },
      out: {
        out: [
          [0.5, -1],
          [0, 0.125],
        ],
      },
      tolerance: 0,
      reference: 'identity',
    },
  ],
  example(patch) {
    patch.add('source/audio-input', 'mic', { label: 'Microphone' });
    patch.add('dynamics/gain', 'gain', { params: { level: -6 } });
    patch.add('analysis/oscilloscope', 'scope', { params: { timePerDivision: 2 } });
    patch.add('output/audio-output', 'out');
    patch.connect('mic.out', 'gain.in');
    patch.connect('gain.out', 'scope.a');
    patch.connect('gain.out', 'out.in');
    patch.note('Put your headphones on, then sing: a vowel is a wave that repeats.', [0, -80]);
  },
});
