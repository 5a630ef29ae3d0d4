// Mark: silence after loud sound costs no more than the sound did: nothing runs into denormal numbers.
import type { Mark, Work } from '../mark.ts';
import { fiftyNodes } from '../patches/fifty-nodes.ts';
import { playPatch } from '../play.ts';

/** Blocks of one cycle of `fading`, and how many of them are loud: what rings is cut often enough that much of it is on its way down. */
const CYCLE = 2000;
const LOUD = 100;

interface SilenceOptions {
  readonly kind: 'loud' | 'silent' | 'fading';
}

/** The desk of fifty nodes, whose filters, echoes and followers all fade by themselves. */
const playDesk = ({ kind }: SilenceOptions): Work =>
  playPatch({
    patch: fiftyNodes(),
    isSilent: block => (kind === 'silent' ? block > LOUD : kind === 'fading' && block % CYCLE > LOUD),
  });

export const silenceMark: Mark = {
  id: 'silence',
  title: 'Silence after loud',
  text: 'The desk of fifty nodes: with noise at its input, long after the noise ended, and while everything in it fades out. No slower, within the 5 % by which equal things differ.',
  peers: [],
  works: { desk: playDesk },
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
    return { figures: { silent: slower('silent'), fading: slower('fading') }, lines: race.lines() };
  },
};
