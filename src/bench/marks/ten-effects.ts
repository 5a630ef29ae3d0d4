// Mark: ten effects in stereo beside pedalboard, which runs JUCE's in C++.
import { noiseAt } from '../../dsp/noise.ts';
import type { Mark } from '../mark.ts';
import { tenEffects } from '../patches/ten-effects.ts';
import { profileFigures, profileWork } from '../profile-types.ts';
import { playTenEffects } from './desk.ts';

const SOUND_FRAMES = 48000;

export const tenEffectsMark: Mark = {
  id: 'ten-effects',
  title: 'Ten effects',
  text: 'Gain, high-pass, distortion, low-pass, delay, compressor, peak, two shelves and limiter in stereo, with the params and the sound of pedalboard’s.',
  peers: ['pedalboard'],
  works: { ours: playTenEffects, profile: () => profileWork(tenEffects()) },
  goals: [
    { figure: '× pedalboard', words: '× pedalboard', atLeast: 3, peer: 'pedalboard' },
    {
      figure: 'audio thread × pedalboard',
      words: '× pedalboard, in Chromium’s audio thread',
      atLeast: 3,
      peer: 'pedalboard',
    },
    {
      figure: 'difference',
      words: 'largest difference to pedalboard',
      atMost: 1e-4,
      isSound: true,
      peer: 'pedalboard',
    },
  ],
  async heat(bench) {
    const ours = await bench.node('ours');
    const scalar = await bench.node('ours', { kernelForm: 'scalar' }, 'scalar twin');
    const pedalboard = await bench.python('ten_effects', 'pedalboard');
    const thread = await bench.audioThread('desk');
    const inThread = await thread?.work('ten-effects', {}, 'ours in the audio thread');
    const race = await bench.race([ours, scalar, pedalboard]);
    // The audio thread's clock needs longer rounds, which would cool the others down.
    const threadRace = await bench.race([inThread, pedalboard], { roundMs: 150, rounds: 9 });
    const figures: Record<string, number | undefined> = {
      '× pedalboard': race.times('ours', 'pedalboard'),
      '× scalar twin': race.times('ours', 'scalar twin'),
      ...(await profileFigures(bench)),
      'audio thread × pedalboard': threadRace.times('ours in the audio thread', 'pedalboard'),
    };
    if (pedalboard) {
      const input = [0, 1].map(c => Float32Array.from({ length: SOUND_FRAMES }, (_, at) => 0.2 * noiseAt(c, at)));
      const [heard, wanted] = await Promise.all([ours.sound(input), pedalboard.sound(input)]);
      figures.difference = bench.compare.largestDifference(heard, wanted);
    }
    return { figures, lines: [...race.lines(), ...threadRace.lines('ours in the audio thread')] };
  },
};
