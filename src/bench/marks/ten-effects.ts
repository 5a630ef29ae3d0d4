// Mark: ten effects in stereo beside pedalboard, which runs JUCE's in C++.
import { noiseAt } from '../../dsp/noise.ts';
import type { Mark } from '../mark.ts';
import { tenEffects } from '../patches/ten-effects.ts';
import { profileFigures, profileWork } from '../profile-types.ts';
import { RELAXED, readRelaxed, startRelaxed } from '../relaxed.ts';
import { playTenEffects, playTenRelaxed } from './desk.ts';

const SOUND_FRAMES = 48000;
const IN_THREAD = 'ours in the audio thread';
const RELAXED_IN_THREAD = `${RELAXED}, in the audio thread`;

export const tenEffectsMark: Mark = {
  id: 'ten-effects',
  title: 'Ten effects',
  text: 'Gain, high-pass, distortion, low-pass, delay, compressor, peak, two shelves and limiter in stereo, with the params and the sound of pedalboard’s.',
  peers: ['pedalboard'],
  works: {
    ours: playTenEffects,
    relaxed: async () => playTenRelaxed(await readRelaxed()),
    profile: () => profileWork(tenEffects()),
  },
  whenMissed: [
    'Of 5.5 µs in Node the three compressors take 1.8, seven filters 1.4, tanh 0.4, the delay 0.3, calls and copies between nodes about 1. The follower of a compressor is at its limit: each frame waits for the one before (multiply, add, greater of two: 7 cycles, 128 times 2.3 ns are 0.3 of its 0.4 µs). Tried: two frames of it at once by the greatest of a²·y, a·r·y and r²·y (11 % slower: as many multiplications more as it waits less), the greatest number of each outlet found by the kernels on their way instead of by a look of its own (the same time), gains of curves kept while they rest (the same), fused multiply-adds (3 % faster, told above). In the audio thread the same code takes 3 % longer.',
  ],
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
    const notes: string[] = [];
    const relaxed = await startRelaxed('Node', () => bench.node('relaxed', {}, RELAXED), notes);
    const thread = await bench.audioThread('desk', { data: relaxed ? { relaxed: await readRelaxed() } : {} });
    const inThread = await thread?.work('ten-effects', {}, IN_THREAD);
    const makeRelaxed = () => thread?.work('ten-effects, relaxed', {}, RELAXED_IN_THREAD);
    const relaxedInThread = relaxed && (await startRelaxed('the audio thread', makeRelaxed, notes));
    const race = await bench.race([ours, scalar, relaxed, pedalboard]);
    // The audio thread's clock needs longer rounds, which would cool the others down.
    const threadRace = await bench.race([inThread, relaxedInThread, pedalboard], { roundMs: 150, rounds: 9 });
    const figures: Record<string, number | undefined> = {
      '× pedalboard': race.times('ours', 'pedalboard'),
      '× scalar twin': race.times('ours', 'scalar twin'),
      'relaxed × ours': race.times(RELAXED, 'ours'),
      'relaxed × ours in the audio thread': threadRace.times(RELAXED_IN_THREAD, IN_THREAD),
      ...(await profileFigures(bench)),
      'audio thread × pedalboard': threadRace.times(IN_THREAD, 'pedalboard'),
    };
    const input = [0, 1].map(c => Float32Array.from({ length: SOUND_FRAMES }, (_, at) => 0.2 * noiseAt(c, at)));
    const heard = await ours.sound(input);
    if (pedalboard) figures.difference = bench.compare.largestDifference(heard, await pedalboard.sound(input));
    if (relaxed) figures['dB between relaxed and ours'] = bench.compare.differenceDb(await relaxed.sound(input), heard);
    return { figures, lines: [...race.lines(), ...threadRace.lines(IN_THREAD, RELAXED_IN_THREAD)], notes };
  },
};
