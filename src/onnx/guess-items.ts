// Guessing which tensors carry one item for each block: spectra, magnitudes, and what stands between an encoder and a decoder.
// Owns the rules of thumb on shapes; when they are asked is guess.ts.
import type { ModelItemPort } from '../core/resource.ts';
import type { TensorFact } from './guess.ts';

const FLOAT32 = 1;
/** Fewer bins are more likely channels. */
const MIN_BINS = 17;
const MAX_AXES = 6;

/** Bins of a window of 2^n frames. */
const isBins = (size: number): boolean => size >= MIN_BINS && Number.isInteger(Math.log2(size - 1));

/** An axis of one, or an open one: items and batches come one a call. */
const isOne = (size: number | string): boolean => size === 1 || typeof size === 'string';

/** One letter an axis, given those of the axes that are not of one. */
const lettersOf = (shape: readonly (number | string)[], letter: (size: number, at: number) => string): string =>
  shape.map((size, at) => (size === 1 ? '1' : typeof size === 'string' ? 'k' : letter(size, at))).join('');

const isReadable = (fact: TensorFact): fact is TensorFact & { shape: readonly (number | string)[] } =>
  fact.elemType === FLOAT32 && fact.shape !== undefined && fact.shape.length > 0 && fact.shape.length <= MAX_AXES;

/** A complex spectrum: one axis of bins, one of 2, all others of one; [1, bins, 2], [1, bins, 1, 2], [1, 2, bins]. */
export function spectrumPort(fact: TensorFact): ModelItemPort | undefined {
  if (!isReadable(fact)) return undefined;
  const sizes = fact.shape.filter(size => !isOne(size)) as number[];
  const [bins, parts] = [Math.max(...sizes), Math.min(...sizes)];
  if (sizes.length !== 2 || parts !== 2 || bins < 3) return undefined;
  const layout = lettersOf(fact.shape, size => (size === 2 ? 'p' : 'f'));
  return { kind: 'spectrum', tensor: fact.name, channels: 1, layout, shape: [bins] };
}

/** Real bins, all other axes of one: [1, bins]. */
export function magnitudePort(fact: TensorFact): ModelItemPort | undefined {
  if (!isReadable(fact)) return undefined;
  const sizes = fact.shape.filter(size => !isOne(size)) as number[];
  if (sizes.length !== 1) return undefined;
  return { kind: 'magnitude', tensor: fact.name, channels: 1, layout: lettersOf(fact.shape, () => 'f'), shape: sizes };
}

/** Any numbers of known sizes. */
export function tensorPort(fact: TensorFact): ModelItemPort | undefined {
  if (!isReadable(fact) || fact.shape.some(size => size === 0)) return undefined;
  const shape = fact.shape.filter(size => typeof size === 'number');
  const layout = fact.shape.map(size => (typeof size === 'string' ? 'k' : 'x')).join('');
  return { kind: 'tensor', tensor: fact.name, channels: 1, layout, shape };
}

/** What the shape alone says: a spectrum or magnitudes of a window of 2^n frames. */
export function bandPort(fact: TensorFact): ModelItemPort | undefined {
  const port = spectrumPort(fact) ?? magnitudePort(fact);
  return port && isBins(port.shape[0] as number) ? port : undefined;
}

/** A port of the kind that somebody has stated. */
export function itemPort(fact: TensorFact | undefined, kind: unknown): ModelItemPort | undefined {
  if (fact === undefined) return undefined;
  if (kind === 'spectrum') return spectrumPort(fact);
  if (kind === 'magnitude') return magnitudePort(fact);
  return kind === 'tensor' ? tensorPort(fact) : undefined;
}
