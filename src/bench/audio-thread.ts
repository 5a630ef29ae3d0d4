// Contestants in the audio thread of a headless Chromium. Owns the way of an order from Node to the thread and back.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type BenchPage, bundle, openPage } from './chromium.ts';
import { contestantOf } from './contestant-process.ts';
import type { AudioThread, AudioThreadOptions, Contestant } from './mark.ts';
import { cloneFolder } from './places.ts';
import type { Order } from './protocol.ts';

/** What page/main.ts offers. */
interface Thread {
  start(rateHz: number, names: readonly string[]): Promise<void>;
  make(name: string, options: object): Promise<unknown>;
  obey(work: number, order: unknown): Promise<unknown>;
}
declare const benchThread: Thread;

export interface RunningAudioThread extends AudioThread, Pick<BenchPage, 'browser' | 'end'> {}

/** Opens the page, starts the thread with the worklet module marks/<entry>.worklet.ts. */
export async function startAudioThread(
  entry: string,
  { data = {}, rateHz = 48000 }: AudioThreadOptions = {},
): Promise<RunningAudioThread> {
  const sources = join(cloneFolder as string, 'src/bench');
  const [main, worklet] = await Promise.all(
    ['page/main.ts', `marks/${entry}.worklet.ts`].map(file => bundle(join(sources, file))),
  );
  const files = Object.entries(data).map(([name, bytes]) => [`/data/${encodeURIComponent(name)}`, bytes] as const);
  const { page, browser, end } = await openPage({
    '/main.js': main,
    '/worklet.js': worklet,
    ...Object.fromEntries(files),
  });
  try {
    await page.evaluate(([rate, names]) => benchThread.start(rate, names), [rateHz, Object.keys(data)] as const);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    browser,
    end,
    work: async (name, options = {}, told = name) => {
      const work = (await page.evaluate(([n, o]) => benchThread.make(n, o), [name, options] as const)) as number;
      return threadContestant(told, page, work);
    },
  };
}

/** Arrays cross a page's border as plain ones. */
function threadContestant(name: string, page: Page, work: number): Contestant {
  const tell = async (order: Order): Promise<never> => {
    const plain = order.kind === 'sound' ? { ...order, input: order.input.map(channel => [...channel]) } : order;
    const answer = await page.evaluate(([w, o]) => benchThread.obey(w, o), [work, plain] as const);
    return answer as never;
  };
  const contestant = contestantOf(name, tell);
  return {
    ...contestant,
    times: () => Promise.reject(new Error('the clock of the audio thread is too coarse for single units')),
    sound: async input => (await contestant.sound(input)).map(channel => Float32Array.from(channel)),
  };
}
