// Mark: silence after loud sound costs no more than the sound did: nothing runs into denormal numbers.
import type { Mark, Work } from '../mark.ts';
import { fiftyNodes } from '../patches/fifty-nodes.ts';
import { makePatch } from '../patches/make-patch.ts';
import { playPatch } from '../play.ts';
import { mean, percentile } from '../statistics.ts';

/** Blocks of one cycle of `fading`, and how many of them are loud: what rings is cut often enough that much of it is on its way down. */
const CYCLE = 2000;
const LOUD = 100;

/** A line of ten seconds is silent from end to end 4096 blocks after the last sound, and known to be as much later. */
const DELAY_CYCLE = 12_000;
const DELAY_LOUD = 1000;

interface SilenceOptions {
  readonly kind: 'loud' | 'silent' | 'fading';
}

/** The desk of fifty nodes, whose filters, echoes and followers all fade by themselves. */
const playDesk = ({ kind }: SilenceOptions): Work =>
  playPatch({
    patch: fiftyNodes(),
    isSilent: block => (kind === 'silent' ? block > LOUD : kind === 'fading' && block % CYCLE > LOUD),
  });

/** The longest Delay: what leaves it silent has most to be looked through. */
const playDelay = ({ kind }: SilenceOptions): Work =>
  playPatch({
    patch: makePatch(
      [
        ['in', 'source/audio-input', { channels: 'stereo' }],
        ['delay', 'time/delay', { maxTime: '10 s', time: 300, feedback: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > delay.in', 'delay.out > out.in'],
    ),
    isSilent: block => kind === 'fading' && block % DELAY_CYCLE > DELAY_LOUD,
  });

export const silenceMark: Mark = {
  id: 'silence',
  title: 'Silence after loud',
  text: 'The desk of fifty nodes: with noise at its input, long after the noise ended, and while everything in it fades out. No slower, within the 5 % by which equal things differ. And a Delay of ten seconds, each block timed by itself, from the sound to long after it.',
  peers: [],
  works: { desk: playDesk, delay: playDelay },
  goals: [
    { figure: 'silent', words: '× the time of sound, long after', atMost: 1.05 },
    { figure: 'fading', words: '× the time of sound, while it fades', atMost: 1.05 },
  ],
  async heat(bench) {
    const kinds = ['loud', 'silent', 'fading'] as const;
    const all = [];
    for (const kind of kinds) all.push(await bench.node('desk', { kind }, kind));
    const race = await bench.race(all, { roundMs: 200 });
    const slower = (name: string): number => 1 / (race.times(name, 'loud') as number);
    const delays = [];
    for (const kind of ['loud', 'fading'] as const) {
      const contestant = await bench.node('delay', { kind }, `${kind}, Delay of 10 s`);
      await contestant.run(4 * DELAY_CYCLE);
      const times = await contestant.times(DELAY_CYCLE);
      delays.push({ contestant: contestant.name, blockUs: mean(times), p99Us: percentile(times, 0.99) });
    }
    const [loud, fading] = delays;
    return {
      figures: {
        silent: slower('silent'),
        fading: slower('fading'),
        'Delay of 10 s, × the time of sound': fading.blockUs / loud.blockUs,
        'Delay of 10 s, × the p99 of sound': fading.p99Us / loud.p99Us,
      },
      lines: [...race.lines(), ...delays],
    };
  },
};
