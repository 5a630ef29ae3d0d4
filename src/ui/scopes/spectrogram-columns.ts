// Columns of a spectrogram: from the frames that a node wrote down to one spectrum per stretch of time, on a fixed grid of
// frames, so that the picture does not depend on when somebody looks. Pure; must not know the DOM.
import { levelSpectrum, type WindowShape } from './level-spectrum.ts';

/** Frames that the kernel writes down per channel. */
export const SPECTROGRAM_FRAMES = 16384;

export interface ColumnOptions {
  /** Frames of a window, a power of two. */
  readonly size: number;
  readonly shape: WindowShape;
  /** Frames per column. */
  readonly columnFrames: number;
  /** Columns that are kept. */
  readonly columns: number;
}

/** SPECTROGRAM_FRAMES of each channel, frame n at n mod SPECTROGRAM_FRAMES; `written` frames came so far. */
export interface Written {
  readonly recording: Float32Array;
  readonly written: number;
}

/**
 * Column c shows the windows that end in the frames c·columnFrames … (c+1)·columnFrames − 1: the greatest power of each bin among
 * them, the mean of all channels. Windows follow each other by half their size, or by a column where that is less, so that every
 * frame is in at least two of them.
 */
export class SpectrogramColumns {
  readonly options: ColumnOptions;
  readonly hop: number;
  readonly #columns = new Map<number, Float64Array>();
  readonly #frames: Float32Array;
  /** The next window ends before this frame. */
  #nextEnd: number;
  #newest = -1;

  constructor(options: ColumnOptions) {
    this.options = options;
    this.hop = Math.max(1, Math.min(options.size / 2, options.columnFrames));
    this.#frames = new Float32Array(options.size);
    this.#nextEnd = this.hop;
  }

  /** Number of the newest column; −1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Squared amplitudes per bin; undefined where nothing was seen. */
  column(index: number): Float64Array | undefined {
    return this.#columns.get(index);
  }

  /** Takes what was written since the last look. A count that fell begins afresh; frames that are gone leave a gap. */
  push(source: Written): void {
    const { written } = source;
    const { size, columnFrames, columns } = this.options;
    if (written < this.#nextEnd - this.hop) this.clear();
    const oldestEnd = written - SPECTROGRAM_FRAMES + size;
    if (this.#nextEnd < oldestEnd) this.#nextEnd = Math.ceil(oldestEnd / this.hop) * this.hop;
    for (; this.#nextEnd <= written; this.#nextEnd += this.hop) {
      const power = this.#analyse(source, this.#nextEnd - size);
      const index = Math.floor((this.#nextEnd - 1) / columnFrames);
      const known = this.#columns.get(index);
      if (known)
        for (let bin = 0; bin < power.length; bin++) known[bin] = Math.max(known[bin] as number, power[bin] as number);
      else this.#columns.set(index, power);
      this.#newest = index;
    }
    for (const index of this.#columns.keys()) if (index <= this.#newest - columns) this.#columns.delete(index);
  }

  clear(): void {
    this.#columns.clear();
    this.#nextEnd = this.hop;
    this.#newest = -1;
  }

  /** Mean power of all channels in the window from frame `first` on; before the start there is silence. */
  #analyse({ recording }: Written, first: number): Float64Array {
    const channels = Math.max(1, Math.floor(recording.length / SPECTROGRAM_FRAMES));
    let sum: Float64Array | undefined;
    for (let channel = 0; channel < channels; channel++) {
      for (let i = 0; i < this.#frames.length; i++) {
        const frame = first + i;
        const at = channel * SPECTROGRAM_FRAMES + (frame % SPECTROGRAM_FRAMES);
        this.#frames[i] = frame < 0 ? 0 : (recording[at] as number);
      }
      const power = levelSpectrum(this.#frames, this.options.shape);
      if (!sum) sum = power;
      else for (let bin = 0; bin < sum.length; bin++) sum[bin] = (sum[bin] as number) + (power[bin] as number);
    }
    const mean = sum as Float64Array;
    for (let bin = 0; bin < mean.length; bin++) mean[bin] = (mean[bin] as number) / channels;
    return mean;
  }
}

/** First and last bin (both inclusive) that a stretch of frequencies covers; at least the nearest one. */
export function binsBetween(lowHz: number, highHz: number, binHz: number, bins: number): readonly [number, number] {
  const nearest = Math.round((lowHz + highHz) / 2 / binHz);
  const keep = (bin: number): number => Math.max(0, Math.min(bins - 1, bin));
  const first = Math.ceil(lowHz / binHz);
  const last = Math.floor(highHz / binHz);
  return first <= last ? [keep(first), keep(last)] : [keep(nearest), keep(nearest)];
}
