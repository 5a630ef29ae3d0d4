// What a contestant hears and answers, in every place where one may run. Owns the messages and how a work in JavaScript answers
// them. Must not know how they travel (lines.ts, page/). The same for Python: peers/contestant.py.
import type { Work } from './mark.ts';

export type Order =
  | { readonly kind: 'run'; readonly units: number }
  | { readonly kind: 'times'; readonly units: number }
  | { readonly kind: 'sound'; readonly input: readonly Float32Array[] }
  | { readonly kind: 'ask'; readonly question: unknown };

/** How long units took. */
export interface Run {
  readonly seconds: number;
  /** Share of that time in which the thread had a processor, 0–1; undefined where nobody tells. */
  readonly processorShare?: number;
}

export type Answer =
  | Run
  | { readonly us: Float64Array }
  | { readonly sound: readonly Float32Array[] }
  | { readonly answer: unknown };

/** What the time is told by. */
export interface Clock {
  /** In ms. */
  readonly now: () => number;
  /** Waits for the next step of a clock that is coarse. */
  readonly settle?: () => void;
  /** Time that this thread had a processor, in ms. */
  readonly processorMs?: () => number;
}

/** Carries out one order. */
export async function obey(work: Work, order: Order, { now, settle, processorMs }: Clock): Promise<Answer> {
  switch (order.kind) {
    case 'run': {
      settle?.();
      const processorBegin = processorMs?.();
      const begin = now();
      for (let unit = 0; unit < order.units; unit++) {
        const done = work.unit();
        if (done) await done;
      }
      const ms = now() - begin;
      if (processorMs === undefined || processorBegin === undefined) return { seconds: ms / 1000 };
      return { seconds: ms / 1000, processorShare: (processorMs() - processorBegin) / ms };
    }
    case 'times': {
      const us = new Float64Array(order.units);
      for (let unit = 0; unit < order.units; unit++) {
        const begin = now();
        const done = work.unit();
        if (done) await done;
        us[unit] = 1000 * (now() - begin);
      }
      return { us };
    }
    case 'sound':
      if (!work.sound) throw new Error('this work plays no sound to compare');
      return { sound: await work.sound(order.input) };
    case 'ask':
      return { answer: (await work.ask?.(order.question)) ?? null };
  }
}
