// Captured audio: collects the chunks that the audio thread sends and joins them into one signal per output.
// Owns the gaps: an output that was not there for a while is silent, as in a render.
import type { FromWorklet } from './messages.ts';

type Chunk = Extract<FromWorklet, { kind: 'chunk' }>;

/** What the patch's outputs gave from the absolute frame `startFrame` on, before the monitor; one array a channel. */
export interface CapturedAudio {
  readonly startFrame: number;
  readonly frames: number;
  readonly outputs: Readonly<Record<string, readonly Float32Array[]>>;
}

export function joinChunks(chunks: readonly Chunk[], start: number, end: number): CapturedAudio {
  const outputs: Record<string, Float32Array[]> = {};
  for (const { nodeId, frame, channels } of chunks) {
    outputs[nodeId] ??= [];
    const target = outputs[nodeId];
    while (target.length < channels.length) target.push(new Float32Array(end - start));
    channels.forEach((channel, c) => target[c].set(channel.subarray(0, Math.max(0, end - frame)), frame - start));
  }
  return { startFrame: start, frames: end - start, outputs };
}

/** One capture at a time, from `begin` to the audio thread's last word. */
export class Collector {
  #chunks: Chunk[] = [];
  #resolve: ((captured: CapturedAudio) => void) | undefined;
  isOn = false;

  begin(): void {
    this.isOn = true;
    this.#chunks = [];
  }

  /** Waits for what is still on its way. */
  end(): Promise<CapturedAudio> {
    this.isOn = false;
    return new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  receive(message: FromWorklet): void {
    if (message.kind === 'chunk') this.#chunks.push(message);
    if (message.kind !== 'captured') return;
    this.#resolve?.(joinChunks(this.#chunks, message.start, message.end));
    this.#resolve = undefined;
    this.#chunks = [];
  }
}
