// Works in the audio thread: what a mark's worklet module calls. Owns the processor that hears orders by its port.
// The thread has no clock but Date.now, with steps of 1 ms: a run begins at a step. Must not know which works these are.
import type { Work } from '../mark.ts';
import { type Answer, type Order, obey } from '../protocol.ts';
import { BENCH_PROCESSOR, type FromThread, type ToThread } from './messages.ts';

/** Bytes by name, as the mark gave them. */
export type ThreadData = Readonly<Record<string, Uint8Array>>;

/** Makes a work from its options and the thread's data. */
export type MakeThreadWork = (options: never, data: ThreadData) => Work | Promise<Work>;

/** Waits for the next step of the clock. */
function untilNextStep(): void {
  const begin = Date.now();
  while (Date.now() === begin);
}

/** Offers works by name. Call it once, at the end of the module. */
export function serveWorks(makers: Readonly<Record<string, MakeThreadWork>>): void {
  registerProcessor(
    BENCH_PROCESSOR,
    class extends AudioWorkletProcessor {
      readonly #works: Work[] = [];
      readonly #data: ThreadData;

      constructor(options: AudioWorkletNodeOptions) {
        super();
        this.#data = (options.processorOptions as { data: ThreadData }).data;
        this.port.onmessage = ({ data }) => this.#hear(data as ToThread);
      }

      #hear({ id, make, work, order }: ToThread): void {
        const answer = make ? this.#make(make.name, make.options) : this.#obey(work as number, order as Order);
        const tell = (message: FromThread): void => this.port.postMessage(message);
        answer.then(
          value => tell({ id, value }),
          (error: unknown) => tell({ id, error: String(error) }),
        );
      }

      async #make(name: string, options: object): Promise<number> {
        return this.#works.push(await makers[name](options as never, this.#data)) - 1;
      }

      #obey(work: number, order: Order): Promise<Answer> {
        return obey(this.#works[work], order, { now: Date.now, settle: untilNextStep });
      }

      process(): boolean {
        return true;
      }
    },
  );
}
