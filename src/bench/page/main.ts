// The page beside an audio thread of the benchmark: starts it and hands orders on. Arrays of a sound cross to Node as plain ones.
// Must not know which works run. The context is never started: the thread then does nothing but what it is told.
import type { Order } from '../protocol.ts';
import { BENCH_PROCESSOR, type FromThread, type ToThread } from '../worklet/messages.ts';

type Plain = number[] | { readonly [key: string]: unknown };

const toArrays = (order: Order): Order =>
  order.kind === 'sound' ? { ...order, input: order.input.map(channel => Float32Array.from(channel)) } : order;

const toPlain = (value: unknown): unknown => {
  if (value instanceof Float32Array || value instanceof Float64Array) return [...value];
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value as Plain).map(([key, item]) => [key, toPlain(item)]));
};

const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
let port: MessagePort;
let asked = 0;

const tell = (message: Omit<ToThread, 'id'>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const id = asked++;
    waiting.set(id, { resolve, reject });
    port.postMessage({ ...message, id } satisfies ToThread);
  });

const thread = {
  async start(rateHz: number, names: readonly string[]): Promise<void> {
    const context = new AudioContext({ sampleRate: rateHz });
    await context.suspend();
    await context.audioWorklet.addModule('/worklet.js');
    const files = names.map(async name => {
      const response = await fetch(`/data/${encodeURIComponent(name)}`);
      return [name, new Uint8Array(await response.arrayBuffer())] as const;
    });
    const data = Object.fromEntries(await Promise.all(files));
    const node = new AudioWorkletNode(context, BENCH_PROCESSOR, { processorOptions: { data } });
    port = node.port;
    port.onmessage = ({ data: { id, value, error } }: MessageEvent<FromThread>) => {
      const asker = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) asker?.resolve(value);
      else asker?.reject(new Error(error));
    };
    // Keeps the node, and with it the thread's work.
    node.connect(context.destination);
  },
  make: (name: string, options: object): Promise<unknown> => tell({ make: { name, options } }),
  obey: async (work: number, order: Order): Promise<unknown> => toPlain(await tell({ work, order: toArrays(order) })),
};

declare global {
  var benchThread: typeof thread;
}
globalThis.benchThread = thread;
