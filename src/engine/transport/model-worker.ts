// The worker that runs models for the audio thread, as the page sees it: starts it, joins the two by a port, has models prepared.
// Owns its life. What the two say to each other is none of the page's business.
import { PatchError, type Problem } from '../../core/errors.ts';
import type { ResourceBook } from '../../core/infer.ts';
import { copyPayloads, HeavyCopy } from '../resource-copy.ts';
import { packResources } from '../resource-transfer.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';

export class ModelWorker {
  /** The audio thread's end of the port; to be transferred there. */
  readonly port: MessagePort;
  readonly #worker: Worker;
  readonly #sent = new Set<string>();
  readonly #waiting = new Map<number, (problems: readonly Problem[]) => void>();
  #count = 0;
  #posting: Promise<void> = Promise.resolve();
  #hasRuntime = false;

  /** `onFailure` is told when the worker ended by itself: from then on every result is missing. */
  constructor(url: string, isStallAllowed: boolean, onFailure: (problem: Problem) => void) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.#worker = new Worker(url, { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind !== 'prepared') return;
      this.#waiting.get(data.id)?.(data.problems);
      this.#waiting.delete(data.id);
    };
    this.#worker.onerror = event => {
      const problem: Problem = {
        code: 'E-TRANSPORT',
        severity: 'error',
        path: '',
        message: `worker: expected to run models, got "${event.message}". Stop and start again.`,
      };
      this.#answerAll(problem);
      onFailure(problem);
    };
    this.#post({ kind: 'serve', port: port2, isStallAllowed }, [port2]);
  }

  get hasRuntime(): boolean {
    return this.#hasRuntime;
  }
  /** ONNX Runtime, before the first model that needs it. */
  provide(module: WebAssembly.Module): void {
    this.#hasRuntime = true;
    this.#post({ kind: 'runtime', module });
  }

  /**
   * Has the models of these nodes made ready, and lets go of all others. `maxFrames`: most frames of a call, by node id.
   * Throws PatchError: what the runtime refused, E-TRANSPORT when the worker ends, E-CANCELLED when it is closed.
   */
  async prepare(resources: ResourceBook, maxFrames: Readonly<Record<string, number>>): Promise<void> {
    const id = ++this.#count;
    const answer = new Promise<readonly Problem[]>(resolve => this.#waiting.set(id, resolve));
    const { references, payloads } = packResources(resources, this.#sent);
    // One after the other: the worker has to get files in the order in which they were packed.
    this.#posting = this.#posting.then(async () => {
      const copy = new HeavyCopy();
      const copied = await copyPayloads(payloads, copy);
      this.#post({ kind: 'prepare', id, references, payloads: copied, maxFrames }, copy.transfer);
    });
    const problems = await answer;
    if (problems.length === 0) return;
    // It may be the runtime that did not start: the next time it is sent again.
    this.#hasRuntime = false;
    throw new PatchError(problems);
  }

  /** Tests only: blocks the worker once. */
  stall(ms: number): void {
    this.#post({ kind: 'stall', ms });
  }

  close(): void {
    this.#worker.terminate();
    this.#answerAll({
      code: 'E-CANCELLED',
      severity: 'error',
      path: '',
      message: 'worker: expected to make models ready, got ended. Start again.',
    });
  }

  /** Nobody else answers any more. */
  #answerAll(problem: Problem): void {
    for (const resolve of this.#waiting.values()) resolve([problem]);
    this.#waiting.clear();
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
