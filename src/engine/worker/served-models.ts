// The worker's part of transport B: from the page's orders to a server of models. Owns the order in which it comes to be.
// What the audio thread asks for comes over the port and is the server's business.
import { LateInference } from '../../inference/late-inference.ts';
import type { OrtModule } from '../../inference/ort-glue.ts';
import { createInference } from '../../inference/ort-inference.ts';
import { withKernels } from '../../neural/kernel-inference.ts';
import { problemsOf } from '../problems-of.ts';
import { type ResourcePayload, unpackResources } from '../resource-transfer.ts';
import type { ToModels } from '../transport/messages.ts';
import { ModelServer, wantedModels } from '../transport/model-server.ts';
import type { FromWorker, ToWorker } from './messages.ts';

type Order = Extract<ToWorker, { kind: 'serve' | 'prepare' | 'stall' }>;

export function makeServedModels(post: (message: FromWorker) => void): {
  /** `ort`: the runtime, or why there is none; left out where no model needed it so far. */
  obey(order: Order, ort: OrtModule | Error | undefined): void;
} {
  const payloads = new Map<string, ResourcePayload['data']>();
  let server: ModelServer | undefined;
  let isStallAllowed = false;

  const others = new LateInference();

  const serve = (order: Extract<Order, { kind: 'serve' }>): void => {
    const made = new ModelServer(withKernels(others), order.port, () => performance.now());
    server = made;
    isStallAllowed = order.isStallAllowed;
    order.port.onmessage = ({ data }: MessageEvent<ToModels>) => made.receive(data);
  };
  const prepare = (
    { id, references, payloads: sent, maxFrames }: Extract<Order, { kind: 'prepare' }>,
    ort: OrtModule | Error | undefined,
  ) => {
    try {
      if (ort instanceof Error) throw ort;
      if (ort && !others.isThere) others.arrive(createInference(ort));
      server?.prepare(wantedModels(unpackResources(references, sent, payloads), maxFrames));
      post({ kind: 'prepared', id, problems: [] });
    } catch (error) {
      post({ kind: 'prepared', id, problems: problemsOf(error, 'worker', 'to run models', 'Start again.') });
    }
  };
  const stall = (ms: number): void => {
    const end = performance.now() + ms;
    while (isStallAllowed && performance.now() < end);
  };
  return {
    obey(order, ort) {
      if (order.kind === 'stall') stall(order.ms);
      else if (order.kind === 'prepare') prepare(order, ort);
      else serve(order);
    },
  };
}
