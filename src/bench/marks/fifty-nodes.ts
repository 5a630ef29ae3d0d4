// Mark: a patch of fifty nodes, its scalar twin, and the same while ten params move.
import { noiseAt } from '../../dsp/noise.ts';
import type { Mark } from '../mark.ts';
import { fiftyNodes } from '../patches/fifty-nodes.ts';
import { profileFigures, profileWork } from '../profile-types.ts';
import { playFiftyNodes } from './desk.ts';

const BUDGET_US = (128 / 48000) * 1e6;
const SOUND_FRAMES = 24000;

export const fiftyNodesMark: Mark = {
  id: 'fifty-nodes',
  title: 'Fifty nodes',
  text: 'A stereo desk of fifty nodes of mixed types: beside its scalar twin, and while ten params move with every block.',
  peers: [],
  works: { ours: playFiftyNodes, profile: () => profileWork(fiftyNodes()) },
  whenMissed: [
    'While params move: of about 12 µs more, four filters whose cutoff or gain moves in every frame take half (two thirds of a filter is the design of its frames, one third its recursion), setting ten params 1.3 µs, working out params 1.5, a rest the moving gains, curves and mixes. Tried: one division for the design of two frames, tangents and gains kept while they rest, gains and curves worked out once for a pair of channels, a look at moving params only. Left: designs by kind of filter, two frames of a moving recursion at once.',
  ],
  goals: [
    { figure: '% of the budget', words: '% of the budget', atMost: 1.5 },
    { figure: 'audio thread: % of the budget', words: '% of the budget, in Chromium’s audio thread', atMost: 1.5 },
    { figure: '× scalar twin', words: '× its scalar twin', atLeast: 4 },
    { figure: 'moving', words: '× the time while ten params move', atMost: 1.25 },
    { figure: 'difference', words: 'dB beside the scalar twin', atMost: -100, isSound: true },
  ],
  async heat(bench) {
    const ours = await bench.node('ours');
    const scalar = await bench.node('ours', { kernelForm: 'scalar' }, 'scalar twin');
    const moving = await bench.node('ours', { isMoving: true }, 'ten params move');
    const thread = await bench.audioThread('desk');
    const inThread = await thread?.work('fifty-nodes', {}, 'ours in the audio thread');
    const race = await bench.race([ours, scalar, moving]);
    const threadRace = await bench.race([inThread], { roundMs: 150, rounds: 9 });
    const input = [0, 1].map(c => Float32Array.from({ length: SOUND_FRAMES }, (_, at) => 0.2 * noiseAt(c, at)));
    return {
      figures: {
        '% of the budget': (100 * race.unitUs('ours')) / BUDGET_US,
        'audio thread: % of the budget': inThread && (100 * threadRace.unitUs(inThread.name)) / BUDGET_US,
        '× scalar twin': race.times('ours', 'scalar twin'),
        // How many times slower: the other way round.
        moving: race.times('ten params move', 'ours') && 1 / (race.times('ten params move', 'ours') as number),
        ...(await profileFigures(bench)),
        difference: bench.compare.differenceDb(await ours.sound(input), await scalar.sound(input)),
      },
      lines: [...race.lines(), ...threadRace.lines()],
    };
  },
};
