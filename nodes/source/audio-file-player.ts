// Audio file player: plays a recording. Owns "source/audio-file-player".
// The file was decoded and brought to the patch's rate before the plan was made, so that live, render and checks see the same
// samples. In a bundle it is a named input; `render --in NAME=FILE` puts another file in its place.
import { defineNode } from '../../src/core/define-node.ts';
import { becomesInput } from '../../src/core/lower.ts';
import type { AudioResource, Resources } from '../../src/core/resource.ts';
import { choice } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

const audioOf = (resources: Resources): AudioResource | undefined => {
  const resource = resources.audio;
  return resource?.kind === 'audio' && resource.channels.length > 0 ? resource : undefined;
};

const ramp: AudioResource = {
  kind: 'audio',
  path: 'ramp.wav',
  sha256: '',
  sampleRateHz: 48000,
  channels: [Float32Array.of(0.25, 0.5, 0.75), Float32Array.of(-0.25, -0.5, -0.75)],
};

export default defineNode<AudioResource | undefined>({
  version: 1,
  label: 'Audio File Player',
  help:
    'Plays a recording from the patch’s folder. Choose a WAV file, then start the sound: it plays from the beginning, and with ' +
    'Loop on it never ends. It plays with as many channels as the file has. Short, dry recordings (a drum loop, a voice, a ' +
    'plucked guitar) let you hear best what the nodes below do.',
  words: ['file', 'sample', 'WAV', 'recording', 'loop', 'music', 'player', 'sound', 'source', 'playback'],
  ports: ctx => ({ out: audio('outlet', { channels: audioOf(ctx.resources)?.channels.length ?? 1, rateHz: 'patch' }) }),
  params: {
    loop: choice({
      label: 'Loop',
      choices: ['on', 'off'],
      default: 'on',
      help: 'On: starts again at the end. Off: silence after the end.',
    }),
  },
  resources: { audio: { kind: 'audio', label: 'Audio file', isRequired: true } },
  // The frame of the file that plays next; its length once a file without loop has ended.
  state: { position: { shape: [1], dtype: 'i32' } },
  tables: ctx => audioOf(ctx.resources),
  kernel(io, p, s, frames) {
    const outputs = io.audioOut.out;
    const length = io.tables?.channels[0].length ?? 0;
    const isLoop = p.loop.value === 0 && length > 0;
    // Another file or Loop switched on after the end may leave it outside.
    const start = isLoop ? s.position[0] % length : Math.min(s.position[0], length);
    for (let channel = 0; channel < outputs.length; channel++) {
      const source = io.tables?.channels[channel];
      const output = outputs[channel];
      for (let i = 0, position = start; i < frames; i++) {
        output[i] = source !== undefined && position < length ? source[position] : 0;
        if (position < length) position++;
        if (isLoop && position === length) position = 0;
      }
    }
    s.position[0] = isLoop ? (start + frames) % length : Math.min(start + frames, length);
  },
  lower: becomesInput('out'),
  probes: ['position'],
  view: 'waveform',
  cases: [
    {
      name: 'loops, in stereo',
      resources: { audio: ramp },
      out: {
        out: [
          [0.25, 0.5, 0.75, 0.25, 0.5, 0.75, 0.25],
          [-0.25, -0.5, -0.75, -0.25, -0.5, -0.75, -0.25],
        ],
      },
      state: { position: [1] },
      tolerance: 0,
      reference: 'frame n mod 3 of the file',
    },
    {
      name: 'without loop, silence after the end',
      params: { loop: 'off' },
      resources: { audio: ramp },
      out: {
        out: [
          [0.25, 0.5, 0.75, 0, 0],
          [-0.25, -0.5, -0.75, 0, 0],
        ],
      },
      state: { position: [3] },
      tolerance: 0,
      reference: 'the file, then zeros',
    },
    {
      name: 'without a file, silence of one channel',
      out: { out: [[0, 0, 0]] },
      state: { position: [0] },
      tolerance: 0,
      reference: 'zeros',
    },
  ],
  example(patch) {
    patch.add('source/audio-file-player', 'player', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('dynamics/gain', 'gain', { params: { level: -6 } });
    patch.add('output/audio-output', 'out');
    patch.connect('player.out', 'gain.in');
    patch.connect('gain.out', 'out.in');
    patch.note('Choose a recording of your own for the player: a voice, an instrument, a street.', [0, -80]);
  },
});
