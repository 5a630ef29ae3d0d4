// Items between the engine's order and a model's: spectra as [bins, 2] or [2, bins], magnitudes, plain numbers. Owns copying; no
// allocation. What is not a finite number goes into a model as 0.
import { finiteOrZero } from './safe.ts';

export type ItemOrder =
  /** As it is: tensors, masks, and spectra whose parts lie side by side. */
  | 'plain'
  /** All real parts, then all imaginary parts. */
  | 'planar'
  /** √(re² + im²) of a spectrum. */
  | 'magnitude';

/** Copies the item that begins at `first` in `items` into a model's tensor. */
export function packItem(target: Float32Array, items: Float32Array, first: number, order: ItemOrder): void {
  const size = target.length;
  if (order === 'plain') for (let i = 0; i < size; i++) target[i] = finiteOrZero(items[first + i]);
  else if (order === 'planar') {
    const bins = size / 2;
    for (let i = 0; i < bins; i++) {
      target[i] = finiteOrZero(items[first + 2 * i]);
      target[bins + i] = finiteOrZero(items[first + 2 * i + 1]);
    }
  } else {
    for (let i = 0; i < size; i++) {
      const re = items[first + 2 * i];
      const im = items[first + 2 * i + 1];
      target[i] = finiteOrZero(Math.sqrt(re * re + im * im));
    }
  }
}

/** Copies a model's tensor into the item that begins at `first` in `items`. */
export function unpackItem(source: Float32Array, items: Float32Array, first: number, order: ItemOrder): void {
  const size = source.length;
  if (order !== 'planar') for (let i = 0; i < size; i++) items[first + i] = source[i];
  else {
    const bins = size / 2;
    for (let i = 0; i < bins; i++) {
      items[first + 2 * i] = source[i];
      items[first + 2 * i + 1] = source[bins + i];
    }
  }
}
