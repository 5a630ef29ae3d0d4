// The worker: does long work off the main thread, one job after the other, or serves models. Owns the order of jobs and the port.
// The runtime is started synchronously here, from the module that the page compiled.
import { loadOrt, type OrtModule } from '../../inference/ort-glue.ts';
import { problemsOf } from '../problems-of.ts';
import { heavyBuffers } from '../resource-transfer.ts';
import { doJob } from './jobs.ts';
import type { Answer, FromWorker, Job, ToWorker } from './messages.ts';
import { makeServedModels } from './served-models.ts';

let ort: Promise<OrtModule> | undefined;
let queue: Promise<void> = Promise.resolve();
const cancelled = new Set<number>();

const post = (message: FromWorker, transfer: Transferable[] = []): void =>
  globalThis.postMessage(message, { transfer });

/** Big data is handed over; the rest is copied. */
const buffersOf = (answer: Answer): Transferable[] => {
  if ('bytes' in answer) return [answer.bytes.buffer as ArrayBuffer];
  if ('resource' in answer) return answer.resource ? heavyBuffers(answer.resource) : [];
  const signals = 'outputs' in answer ? Object.values(answer.outputs) : [];
  return signals.flatMap(channels => channels.map(channel => channel.buffer as ArrayBuffer));
};

/** A task of its own, so that a cancel that was posted meanwhile is read. */
const letOthersWork = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

async function run(id: number, job: Job): Promise<void> {
  const signal = {
    get aborted() {
      return cancelled.has(id);
    },
  };
  const onProgress = async (share: number, what: string): Promise<void> => {
    post({ kind: 'progress', id, share, what });
    await letOthersWork();
  };
  try {
    const answer = await doJob(job, await ort, { signal, onProgress });
    post({ kind: 'done', id, answer }, buffersOf(answer));
  } catch (error) {
    post({ kind: 'failed', id, problems: problemsOf(error, 'worker', 'to finish', 'Please report the patch.') });
  }
  cancelled.delete(id);
}

const served = makeServedModels(post);

globalThis.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  if (data.kind === 'runtime') {
    ort = loadOrt(data.module);
    // A failure is told by the first job.
    ort.catch(() => undefined);
  } else if (data.kind === 'cancel') cancelled.add(data.id);
  else if (data.kind === 'job') queue = queue.then(() => run(data.id, data.job));
  else queue = queue.then(async () => served.obey(data, await ort?.catch(error => error as Error)));
};
