// Transport B as the audio thread sees it: a runtime whose models run in a worker. Owns its runners and what crosses the port.
// Must not know plans; a runner without slack is no business of this runtime.
import type { Inference, ModelRunner } from '../../core/model-runner.ts';
import type { ModelResource } from '../../core/resource.ts';
import { BatchReader, BatchWriter, RECORD } from './batch.ts';
import type { FromModels, ToModels, Wire } from './messages.ts';
import { RemoteRunner } from './remote-runner.ts';

export class RemoteModels implements Inference {
  readonly #wire: Wire<ToModels> | undefined;
  readonly #batch = new BatchWriter();
  readonly #runners = new Map<number, RemoteRunner>();
  #count = 0;

  /** Without a wire nothing is computed: what was asked for comes back at once, as it is. For a rehearsal. */
  constructor(wire?: Wire<ToModels>) {
    this.#wire = wire;
  }

  createRunner(model: ModelResource, maxFrames: number, slackFrames = 0): ModelRunner {
    const id = this.#count++;
    const runner = new RemoteRunner(id, model, maxFrames, slackFrames, this.#batch);
    this.#runners.set(id, runner);
    const { bytes: _, ...rest } = model;
    this.#wire?.postMessage({ kind: 'create', runner: id, model: rest, maxFrames }, []);
    return runner;
  }

  /** Sends what a block asked for; to be called once after each block. */
  flush(): void {
    const message = this.#batch.take();
    if (!message) return;
    if (this.#wire) this.#wire.postMessage(message, [message.buffer]);
    else this.receive(message);
  }

  receive(message: FromModels): void {
    if (message.kind === 'fault') {
      this.#runners.get(message.runner)?.fail(message.problems);
      return;
    }
    if (message.kind === 'made') {
      const runner = this.#runners.get(message.runner);
      if (runner) runner.runtime = message.runtime;
      return;
    }
    const batch = new BatchReader(message);
    while (batch.next()) {
      const runner = this.#runners.get(batch.runner);
      if (batch.kind === RECORD.run) runner?.deliver(batch.position, batch.frames, batch.floats, batch.payload);
      // Heirs are served by a runner until the worker has done all that it was asked for.
      else if (batch.kind === RECORD.dispose) this.#runners.delete(batch.runner);
    }
    this.#batch.giveBack(message.buffer);
  }

  dispose(): void {
    for (const runner of this.#runners.values()) runner.dispose();
    this.flush();
  }
}
