// The contract between the audio thread and the worker that computes its models, over a port of their own.
// Owns types only. Messages arrive in the order in which they were posted, and so do a batch's records.
import type { Problem } from '../../core/errors.ts';
import type { ModelResource } from '../../core/resource.ts';
import type { RuntimeName } from '../../core/runtime-choice.ts';
import type { BatchMessage } from './batch.ts';

export type ToModels =
  /** Makes a runner of a model that was prepared before. */
  | {
      readonly kind: 'create';
      readonly runner: number;
      readonly model: Omit<ModelResource, 'bytes'>;
      readonly maxFrames: number;
    }
  | BatchMessage;

export type FromModels =
  | BatchMessage
  /** A runner is there, and who runs it. */
  | { readonly kind: 'made'; readonly runner: number; readonly runtime: RuntimeName | undefined }
  /** A runner could not be made or run; told once, until its states are cleared. */
  | { readonly kind: 'fault'; readonly runner: number; readonly problems: readonly Problem[] };

/** One end of the port. */
export interface Wire<Message> {
  postMessage(message: Message, transfer: ArrayBuffer[]): void;
}
