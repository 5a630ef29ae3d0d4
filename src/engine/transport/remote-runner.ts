// A runner in the audio thread whose model is computed elsewhere: inputs leave with the block's batch, results come back when
// they do and sound exactly a slack later, or not at all. Owns one runner's alignment, heirs and faults. Must not know ports.
import { PatchError, type Problem } from '../../core/errors.ts';
import type { ModelRunner } from '../../core/model-runner.ts';
import type { ModelResource } from '../../core/resource.ts';
import type { RuntimeName } from '../../core/runtime-choice.ts';
import { CallBuffers, callSize, inputTensors } from '../../inference/call-buffers.ts';
import { SlackLine } from '../../inference/slack-line.ts';
import { type BatchWriter, RECORD } from './batch.ts';

/** Frames under way beyond the slack at which a worker is given no more: it would only get later. */
const BACKLOG_FRAMES = 65_536;

/** Where a runner's records go. */
export type Outbox = Pick<BatchWriter, 'add' | 'floats'>;

export class RemoteRunner implements ModelRunner {
  readonly id: number;
  runtime: RuntimeName | undefined;
  lateCalls = 0;
  readonly #model: ModelResource;
  readonly #outbox: Outbox;
  readonly #inputs: CallBuffers;
  readonly #line: SlackLine;
  readonly #slackFrames: number;
  /** From this frame on its worker was asked: what another worker owed never comes. */
  #askedFrom = 0;
  /** Runners that went on from this one at a frame: results of earlier frames are theirs as well. */
  #heirs: { readonly runner: RemoteRunner; readonly until: number }[] = [];
  #fault: readonly Problem[] | undefined;

  constructor(id: number, model: ModelResource, maxFrames: number, slackFrames: number, outbox: Outbox) {
    this.id = id;
    this.#model = model;
    this.#outbox = outbox;
    this.#slackFrames = slackFrames;
    this.#inputs = new CallBuffers(model, inputTensors(model.contract), maxFrames);
    this.#line = new SlackLine(model, maxFrames, slackFrames);
  }

  input(tensor: string, frames: number): Float32Array {
    return this.#inputs.view(tensor, frames);
  }

  /** Throws PatchError with what the worker told of this runner. */
  run(frames: number): void {
    if (this.#fault) throw new PatchError(this.#fault);
    if (frames === 0) return;
    const line = this.#line;
    const underWay = line.position - Math.max(line.arrived, this.#askedFrom);
    if (underWay <= this.#slackFrames + BACKLOG_FRAMES) this.#send(frames);
    if (!line.read(frames)) this.lateCalls++;
  }

  output(tensor: string, frames: number): Float32Array {
    return this.#line.output(tensor, frames);
  }

  reset(): void {
    this.#line.reset();
    this.#fault = undefined;
    this.clearStates();
  }

  clearStates(): void {
    this.#outbox.add(RECORD.clear, this.id);
  }

  carryFrom(before: ModelRunner): void {
    if (!(before instanceof RemoteRunner)) return;
    this.#line.carryFrom(before.#line);
    this.#fault = before.#fault;
    this.lateCalls = before.lateCalls;
    // Another worker knows nothing of the states of one that ended.
    if (before.#outbox !== this.#outbox) {
      this.#askedFrom = before.#line.position;
      return;
    }
    this.#askedFrom = before.#askedFrom;
    before.#heirs.push({ runner: this, until: before.#line.position });
    this.#outbox.add(RECORD.carry, this.id, before.id);
  }

  dispose(): void {
    this.#outbox.add(RECORD.dispose, this.id);
  }

  /** Takes the results of `frames` frames from `position` on out of `values`. */
  deliver(position: number, frames: number, values: Float32Array, offset: number): void {
    this.#line.write(position, frames, values, offset);
    if (this.#heirs.length === 0) return;
    for (const { runner, until } of this.#heirs) if (position < until) runner.deliver(position, frames, values, offset);
    this.#heirs = this.#heirs.filter(({ until }) => position + frames < until);
  }

  fail(problems: readonly Problem[]): void {
    this.#fault = problems;
  }

  #send(frames: number): void {
    const outbox = this.#outbox;
    const { contract } = this.#model;
    const views = this.#inputs.views(frames);
    // Results come back in the place of the inputs.
    const words = Math.max(callSize(this.#inputs.tensors, frames), callSize(contract.outputs, frames));
    let at = outbox.add(RECORD.run, this.id, frames, this.#line.position, words);
    for (const view of views) {
      outbox.floats.set(view, at);
      at += view.length;
    }
  }
}
