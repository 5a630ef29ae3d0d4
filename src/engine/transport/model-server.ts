// Transport B as the worker sees it: runs models for the audio thread, batch by batch, in order.
// Owns the runners that the audio thread made, and one more of every model in use, which keeps its session warm.
import type { Problem } from '../../core/errors.ts';
import type { ResourceBook } from '../../core/infer.ts';
import { hasItems, tensorSize } from '../../core/model-ports.ts';
import type { Inference, ModelRunner } from '../../core/model-runner.ts';
import type { ModelResource } from '../../core/resource.ts';
import { callSize, inputTensors } from '../../inference/call-buffers.ts';
import { problemsOf } from '../problems-of.ts';
import { type BatchMessage, BatchReader, BatchWriter, RECORD } from './batch.ts';
import type { FromModels, ToModels, Wire } from './messages.ts';

/** Calls of a rehearsal, at most, and how long it may take all the same: other models may be playing. */
const REHEARSAL_CALLS = 50;
const REHEARSAL_MS = 20;
/** A runner that the audio thread never has. */
const REHEARSAL_ID = -1;

interface Served {
  readonly model: Omit<ModelResource, 'bytes'>;
  readonly maxFrames: number;
  /** Undefined: it was refused. */
  runner: ModelRunner | undefined;
  /** Told already; nothing more is told until the states are cleared. */
  problems: readonly Problem[] | undefined;
}

/** A model to prepare, and the most frames of its calls. */
export interface WantedModel {
  readonly model: ModelResource;
  readonly maxFrames: number;
}

/** The models of a book, with the most frames of a call by node id. */
export const wantedModels = (book: ResourceBook, maxFrames: Readonly<Record<string, number>>): WantedModel[] =>
  Object.entries(book).flatMap(([nodeId, slots]) =>
    Object.values(slots ?? {}).flatMap(resource =>
      resource?.kind === 'model' ? [{ model: resource, maxFrames: maxFrames[nodeId] ?? 0 }] : [],
    ),
  );

export class ModelServer {
  readonly #models: Inference;
  readonly #wire: Wire<FromModels>;
  readonly #now: () => number;
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #warm = new Map<string, ModelRunner>();
  readonly #served = new Map<number, Served>();

  /** `now`: any clock in ms. */
  constructor(models: Inference, wire: Wire<FromModels>, now: () => number) {
    this.#models = models;
    this.#wire = wire;
    this.#now = now;
  }

  /**
   * Makes these models ready, and lets go of all others that nothing runs. What the runtime refuses is told by the runner that the
   * audio thread asks for: the node is bypassed, the others play.
   */
  prepare(wanted: readonly WantedModel[]): void {
    const keys = new Set<string>();
    for (const { model, maxFrames } of wanted) {
      const key = JSON.stringify([model.sha256, maxFrames, model.contract, model.runtime]);
      keys.add(key);
      this.#bytes.set(model.sha256, model.bytes);
      if (this.#warm.has(key)) continue;
      const runner = this.#makeWarm(model, maxFrames);
      if (!runner) continue;
      this.#warm.set(key, runner);
      this.#rehearse(model, maxFrames, runner);
    }
    for (const [key, runner] of this.#warm) {
      if (keys.has(key)) continue;
      runner.dispose();
      this.#warm.delete(key);
    }
    const used = new Set([...wanted, ...this.#served.values()].map(({ model }) => model.sha256));
    for (const sha256 of this.#bytes.keys()) if (!used.has(sha256)) this.#bytes.delete(sha256);
  }

  #makeWarm(model: ModelResource, maxFrames: number): ModelRunner | undefined {
    try {
      return this.#models.createRunner(model, maxFrames);
    } catch {
      return undefined;
    }
  }

  receive(message: ToModels): void {
    if (message.kind === 'create') {
      this.#create(message);
      return;
    }
    this.#work(message);
    this.#wire.postMessage(message, [message.buffer]);
  }

  /** Serves silence to nobody: the first calls of all that a batch goes through are many times slower, and would come late. */
  #rehearse(model: ModelResource, maxFrames: number, runner: ModelRunner): void {
    const { contract } = model;
    const tensors = inputTensors(contract);
    // Where rates differ, calls of a model without a block of its own differ by a frame.
    const differs = contract.blockFrames === 0 && !hasItems(contract) && maxFrames > 1;
    const words = Math.max(callSize(tensors, maxFrames), callSize(contract.outputs, maxFrames));
    const writer = new BatchWriter();
    const end = this.#now() + REHEARSAL_MS;
    this.#served.set(REHEARSAL_ID, { model, maxFrames, runner, problems: undefined });
    for (let call = 0; call < REHEARSAL_CALLS && this.#now() < end; call++) {
      const frames = differs ? maxFrames - (call % 2) : maxFrames;
      let at = writer.add(RECORD.run, REHEARSAL_ID, frames, 0, words);
      for (const [index, tensor] of tensors.entries()) {
        const value = contract.params[index - contract.inputs.length]?.default ?? 0;
        writer.floats.fill(value, at, (at += tensorSize(tensor, frames)));
      }
      const batch = writer.take() as BatchMessage;
      this.#work(batch);
      writer.giveBack(batch.buffer);
    }
    this.#served.delete(REHEARSAL_ID);
  }

  #create({ runner: id, model, maxFrames }: Extract<ToModels, { kind: 'create' }>): void {
    const served: Served = { model, maxFrames, runner: undefined, problems: undefined };
    this.#served.set(id, served);
    this.#make(id, served);
  }

  #make(id: number, served: Served): void {
    const { model, maxFrames } = served;
    try {
      const bytes = this.#bytes.get(model.sha256);
      if (!bytes) throw new RangeError(`a model that was not prepared: ${model.path}`);
      served.runner = this.#models.createRunner({ ...model, bytes }, maxFrames);
      this.#wire.postMessage({ kind: 'made', runner: id, runtime: served.runner.runtime }, []);
    } catch (error) {
      this.#tell(id, served, error);
    }
  }

  #work(message: BatchMessage): void {
    const batch = new BatchReader(message);
    while (batch.next()) {
      const served = this.#served.get(batch.runner);
      if (!served) continue;
      try {
        this.#obey(batch, served);
      } catch (error) {
        if (batch.kind === RECORD.run) batch.fail();
        this.#tell(batch.runner, served, error);
      }
    }
  }

  #obey(batch: BatchReader, served: Served): void {
    const { runner, model } = served;
    switch (batch.kind) {
      case RECORD.run:
        if (runner) this.#call(batch, runner, model);
        else batch.fail();
        break;
      case RECORD.clear:
        served.problems = undefined;
        if (runner) runner.clearStates();
        else this.#make(batch.runner, served);
        break;
      case RECORD.carry: {
        const before = this.#served.get(batch.frames)?.runner;
        if (before) runner?.carryFrom(before);
        break;
      }
      default:
        runner?.dispose();
        this.#served.delete(batch.runner);
    }
  }

  #call({ frames, floats, payload }: BatchReader, runner: ModelRunner, model: Served['model']): void {
    let at = payload;
    for (const { tensor } of inputTensors(model.contract)) {
      const input = runner.input(tensor, frames);
      input.set(floats.subarray(at, at + input.length));
      at += input.length;
    }
    runner.run(frames);
    at = payload;
    for (const { tensor } of model.contract.outputs) {
      const output = runner.output(tensor, frames);
      floats.set(output, at);
      at += output.length;
    }
  }

  #tell(id: number, served: Served, error: unknown): void {
    if (served.problems) return;
    served.problems = problemsOf(error, served.model.path, 'a model that runs', 'Start again.');
    this.#wire.postMessage({ kind: 'fault', runner: id, problems: served.problems }, []);
  }
}
