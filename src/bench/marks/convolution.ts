// Mark: two seconds of a stereo response, convolved without added latency, by the time that a block takes and by its slowest ones.

import type { KernelForm } from '../../core/kernels.ts';
import type { Patch } from '../../core/patch.ts';
import type { AudioResource } from '../../core/resource.ts';
import { noiseAt } from '../../dsp/noise.ts';
import type { Mark, Work } from '../mark.ts';
import { makeChain } from '../patches/make-patch.ts';
import { BLOCK, playPatch } from '../play.ts';
import { mean, percentile } from '../statistics.ts';

const RATE_HZ = 48000;
const TAPS = 2 * RATE_HZ;
const BUDGET_US = (1e6 * BLOCK) / RATE_HZ;
/** So long that all parts of the response have been heard. */
const SOUND_FRAMES = TAPS + 4 * 4096;
/** Frames that are compared with the sum in f64, which takes a sum over all taps each. */
const COMPARED = 300;

/** Noise that dies away by 60 dB. */
const response = (): Float32Array[] =>
  [0, 1].map(c =>
    Float32Array.from({ length: TAPS }, (_, at) => noiseAt(7 + c, at) * Math.exp((-6.9 * at) / TAPS) * 0.02),
  );

function roomPatch(): { patch: Patch; resources: Record<string, { impulse: AudioResource }> } {
  const patch = makeChain([['room', 'filter/convolution', { normalise: 'off' }]]);
  const room = { ...patch.nodes.room, resources: { impulse: 'room.wav' } };
  const impulse: AudioResource = {
    kind: 'audio',
    path: 'room.wav',
    sha256: '',
    sampleRateHz: RATE_HZ,
    channels: response(),
  };
  return { patch: { ...patch, nodes: { ...patch.nodes, room } }, resources: { room: { impulse } } };
}

const playRoom = ({ kernelForm }: { readonly kernelForm?: KernelForm }): Work =>
  playPatch({ ...roomPatch(), ...(kernelForm ? { kernelForm } : {}) });

/** Frames from all over the sound, half of them from its end, where all taps count. */
const comparedFrames = (): number[] =>
  Array.from({ length: COMPARED }, (_, at) =>
    at % 2 === 0 ? SOUND_FRAMES - 1 - 37 * at : Math.floor((at * SOUND_FRAMES) / COMPARED),
  );

export const convolutionMark: Mark = {
  id: 'convolution',
  title: 'Convolution',
  text: 'A response of two seconds in stereo as a patch of one node, without added latency. Measured in Node: the audio thread’s clock is too coarse for the slowest blocks.',
  peers: [],
  works: { ours: playRoom },
  goals: [
    { figure: 'share of the budget', words: '% of the budget of a block', atMost: 1.5 },
    { figure: 'p99 / mean', words: '× the mean: the slowest block in a hundred', atMost: 4 },
    { figure: 'error', words: 'dB beside the sum in f64', atMost: -120, isSound: true },
  ],
  async heat(bench) {
    const ours = await bench.node('ours');
    const scalar = await bench.node('ours', { kernelForm: 'scalar' }, 'scalar twin');
    const race = await bench.race([ours, scalar]);
    const times = await ours.times(bench.isQuick ? 4_000 : 16_000);
    const input = [0, 1].map(c => Float32Array.from({ length: SOUND_FRAMES }, (_, at) => 0.2 * noiseAt(c, at)));
    const heard = await ours.sound(input);
    const frames = comparedFrames();
    const taps = response();
    const wanted = input.map((sound, c) =>
      frames.map(at => {
        let sum = 0;
        for (let k = Math.min(at, TAPS - 1); k >= 0; k--) sum += taps[c][k] * sound[at - k];
        return sum;
      }),
    );
    const found = heard.map(channel => frames.map(at => channel[at]));
    const p99Us = percentile(times, 0.99);
    return {
      figures: {
        'share of the budget': (100 * race.unitUs('ours')) / BUDGET_US,
        'p99 / mean': p99Us / mean(times),
        '× scalar twin': race.times('ours', 'scalar twin'),
        error: bench.compare.differenceDb(found, wanted),
      },
      lines: race.lines().map(line => (line.contestant === 'ours' ? { ...line, p99Us } : line)),
    };
  },
};
