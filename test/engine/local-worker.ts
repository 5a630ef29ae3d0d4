// The worker's program in the thread of the test: what the page posts is obeyed by the program's own parts, in order, with the real
// runtime. Stands for the browser's Worker only; hand it to vi.stubGlobal('Worker', …). Must not know what a test looks at.
import type { FromWorker, ToWorker } from '../../src/engine/worker/messages.ts';
import { makeServedModels } from '../../src/engine/worker/served-models.ts';
import type { OrtModule } from '../../src/inference/ort-glue.ts';

export interface LocalWorker {
  readonly posted: readonly ToWorker['kind'][];
  readonly isTerminated: boolean;
  onerror: ((event: { readonly message: string }) => void) | null;
}

/** A class to stand for Worker, and all that were made of it. `ort`: the runtime, or why there is none. */
export function localWorkers(ort: OrtModule | Error): { readonly made: LocalWorker[]; readonly Worker: unknown } {
  const made: LocalWorker[] = [];
  class Local implements LocalWorker {
    readonly posted: ToWorker['kind'][] = [];
    isTerminated = false;
    onerror: LocalWorker['onerror'] = null;
    onmessage: ((event: { readonly data: FromWorker }) => void) | null = null;
    readonly #ports: MessagePort[] = [];
    readonly #served = makeServedModels(data => this.#tell(structuredClone(data)));

    constructor() {
      made.push(this);
    }

    postMessage(message: ToWorker, transfer: Transferable[] = []): void {
      if (this.isTerminated) return;
      this.posted.push(message.kind);
      if (message.kind === 'serve') this.#ports.push(message.port);
      if (message.kind !== 'serve' && message.kind !== 'prepare') return;
      const { kind } = message;
      const sent = structuredClone(message, { transfer }) as typeof message;
      queueMicrotask(() => {
        if (!this.isTerminated) this.#served.obey({ ...sent, kind } as typeof message, ort);
      });
    }

    terminate(): void {
      this.isTerminated = true;
      for (const port of this.#ports) port.close();
    }

    #tell(data: FromWorker): void {
      if (!this.isTerminated) this.onmessage?.({ data });
    }
  }
  return { made, Worker: Local };
}
