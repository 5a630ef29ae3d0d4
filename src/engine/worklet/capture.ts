// Capture: takes the patch's outputs down, sample by sample, and hands them over in chunks.
// Owns the chunks. What is captured is what a render of the log gives: before the monitor, per output node.

/** Frames of a chunk: a copy to the main thread every 85 ms at 48 kHz. */
const CHUNK_FRAMES = 4096;

export type SendChunk = (nodeId: string, frame: number, channels: readonly Float32Array[]) => void;

interface Chunk {
  readonly start: number;
  readonly channels: readonly Float32Array[];
  count: number;
}

export class Capture {
  readonly start: number;
  readonly #send: SendChunk;
  readonly #open = new Map<string, Chunk>();

  constructor(start: number, send: SendChunk) {
    this.start = start;
    this.#send = send;
  }

  /** Takes `frames` frames of an output that begin at the absolute `frame`. */
  take(nodeId: string, channels: readonly Float32Array[], frame: number, frames: number): void {
    let chunk = this.#open.get(nodeId);
    const isContinued =
      chunk &&
      chunk.start + chunk.count === frame &&
      chunk.channels.length === channels.length &&
      chunk.count + frames <= CHUNK_FRAMES;
    if (!chunk || !isContinued) {
      if (chunk) this.#flush(nodeId, chunk);
      chunk = { start: frame, channels: channels.map(() => new Float32Array(CHUNK_FRAMES)), count: 0 };
      this.#open.set(nodeId, chunk);
    }
    for (let c = 0; c < channels.length; c++) {
      const target = chunk.channels[c];
      for (let i = 0; i < frames; i++) target[chunk.count + i] = channels[c][i];
    }
    chunk.count += frames;
  }

  /** Sends what is left. */
  end(): void {
    for (const [nodeId, chunk] of this.#open) this.#flush(nodeId, chunk);
    this.#open.clear();
  }

  #flush(nodeId: string, chunk: Chunk): void {
    this.#send(
      nodeId,
      chunk.start,
      chunk.channels.map(channel => (chunk.count === channel.length ? channel : channel.slice(0, chunk.count))),
    );
  }
}
