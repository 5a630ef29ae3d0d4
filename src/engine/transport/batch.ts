// A batch: what the audio thread wants of models during one of its blocks, in order, in one buffer that travels to the worker
// and comes back with the results in the place of the inputs. Owns the form of that buffer; must not know models or threads.

/** What a record asks for. `carry`: its `frames` is the runner to carry from. `failed`: a run without results, on its way back. */
export const RECORD = { run: 1, clear: 2, carry: 3, dispose: 4, failed: 5 } as const;

/** Words of 4 bytes before the payload: kind, runner, frames, words of the payload, position in two halves. */
const HEADER_WORDS = 6;
const HALF = 2 ** 31;
const WORDS_MIN = 1024;
/** Buffers kept for later; more are on their way only when the worker is late. */
const POOL_MAX = 64;

/** Writes records one after the other; `take` hands the buffer over. */
export class BatchWriter {
  #ints = new Int32Array(0);
  #floats = new Float32Array(0);
  #words = 0;
  readonly #pool: ArrayBuffer[] = [];

  /** Where payloads are written; valid until the next record. */
  get floats(): Float32Array {
    return this.#floats;
  }

  /** Begins a record; returns where its payload begins in `floats`. */
  add(kind: number, runner: number, frames = 0, position = 0, payloadWords = 0): number {
    const start = this.#words;
    this.#words += HEADER_WORDS + payloadWords;
    if (this.#words > this.#ints.length) this.#grow(start);
    const ints = this.#ints;
    ints[start] = kind;
    ints[start + 1] = runner;
    ints[start + 2] = frames;
    ints[start + 3] = payloadWords;
    ints[start + 4] = Math.floor(position / HALF);
    ints[start + 5] = position % HALF;
    return start + HEADER_WORDS;
  }

  /** The batch so far, to be posted with its buffer transferred; undefined when there is none. */
  take(): BatchMessage | undefined {
    if (this.#words === 0) return undefined;
    const message = { kind: 'batch', buffer: this.#ints.buffer as ArrayBuffer, words: this.#words } as const;
    this.#words = 0;
    this.#use(this.#pool.pop() ?? new ArrayBuffer(4 * Math.max(WORDS_MIN, this.#ints.length)));
    return message;
  }

  /** Takes a buffer that came back for use again. */
  giveBack(buffer: ArrayBuffer): void {
    if (this.#pool.length < POOL_MAX && buffer.byteLength >= this.#ints.byteLength) this.#pool.push(buffer);
  }

  #grow(written: number): void {
    const before = this.#ints.subarray(0, written);
    this.#use(new ArrayBuffer(4 * Math.max(WORDS_MIN, 2 * this.#words)));
    this.#ints.set(before);
  }

  #use(buffer: ArrayBuffer): void {
    this.#ints = new Int32Array(buffer);
    this.#floats = new Float32Array(buffer);
  }
}

export interface BatchMessage {
  readonly kind: 'batch';
  readonly buffer: ArrayBuffer;
  readonly words: number;
}

/** Reads a batch record by record: `while (batch.next()) …`. The payload lies in `floats` from `payload` on. */
export class BatchReader {
  readonly floats: Float32Array;
  readonly #ints: Int32Array;
  readonly #words: number;
  #start = 0;
  #next = 0;

  constructor({ buffer, words }: BatchMessage) {
    this.#ints = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.#words = words;
  }

  next(): boolean {
    this.#start = this.#next;
    if (this.#start >= this.#words) return false;
    this.#next = this.#start + HEADER_WORDS + this.#ints[this.#start + 3];
    return true;
  }

  get kind(): number {
    return this.#ints[this.#start];
  }
  get runner(): number {
    return this.#ints[this.#start + 1];
  }
  get frames(): number {
    return this.#ints[this.#start + 2];
  }
  get position(): number {
    return this.#ints[this.#start + 4] * HALF + this.#ints[this.#start + 5];
  }
  get payload(): number {
    return this.#start + HEADER_WORDS;
  }

  /** Marks a run that gave no results. */
  fail(): void {
    this.#ints[this.#start] = RECORD.failed;
  }
}
