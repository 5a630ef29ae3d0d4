// What a contestant hears and answers, in every place where one may run. Owns the messages and how a work in JavaScript answers
// them. Must not know how they travel (lines.ts, page/). The same for Python: peers/contestant.py.
import type { Work } from './mark.ts';

export type Order =
  | { readonly kind: 'run'; readonly units: number }
  | { readonly kind: 'times'; readonly units: number }
  | { readonly kind: 'sound'; readonly input: readonly Float32Array[] }
  | { readonly kind: 'ask'; readonly question: unknown };

export type Answer =
  | { readonly seconds: number }
  | { readonly us: Float64Array }
  | { readonly sound: readonly Float32Array[] }
  | { readonly answer: unknown };

/** Carries out one order. `now` is a clock in ms; `settle` waits for its next step where it is coarse. */
export async function obey(
  work: Work,
  order: Order,
  now: () => number,
  settle: () => void = () => {},
): Promise<Answer> {
  switch (order.kind) {
    case 'run': {
      settle();
      const begin = now();
      for (let unit = 0; unit < order.units; unit++) {
        const done = work.unit();
        if (done) await done;
      }
      return { seconds: (now() - begin) / 1000 };
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
