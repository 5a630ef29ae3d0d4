// How much two sounds differ: what proves that contestants do the same. Must not know where sounds come from.

/** What stands for no difference at all. */
const IDENTICAL_DB = -300;

type Sound = readonly ArrayLike<number>[];

export interface Compare {
  /** Largest difference of two samples; Infinity where lengths, channels or a number that is none differ. */
  largestDifference(ours: Sound, theirs: Sound): number;
  /** RMS of the difference relative to the RMS of `theirs`, in dB, at least −300; Infinity as above. */
  differenceDb(ours: Sound, theirs: Sound): number;
}

const sameShape = (a: Sound, b: Sound): boolean =>
  a.length === b.length &&
  a.length > 0 &&
  a.every((channel, c) => channel.length === b[c].length && channel.length > 0);

function largestDifference(ours: Sound, theirs: Sound): number {
  if (!sameShape(ours, theirs)) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let c = 0; c < ours.length; c++)
    for (let i = 0; i < ours[c].length; i++) {
      const difference = Math.abs(ours[c][i] - theirs[c][i]);
      if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    }
  return largest;
}

function differenceDb(ours: Sound, theirs: Sound): number {
  if (!sameShape(ours, theirs)) return Number.POSITIVE_INFINITY;
  let error = 0;
  let power = 0;
  for (let c = 0; c < ours.length; c++)
    for (let i = 0; i < ours[c].length; i++) {
      error += (ours[c][i] - theirs[c][i]) ** 2;
      power += theirs[c][i] ** 2;
    }
  const db = 10 * Math.log10(error / power);
  return Number.isNaN(db) ? Number.POSITIVE_INFINITY : Math.max(IDENTICAL_DB, db);
}

export const compare: Compare = { largestDifference, differenceDb };
