// Ports of models: how a tensor of a model lies in memory, and which port of a node stands for it.
// Owns the letters of a layout and that translation. Must not know where contracts come from or how models run.
import { audio, type Port, type PortDirection, spectrum, tensor } from './port.ts';
import type { ModelContract, ModelItemPort, ModelPort } from './resource.ts';

/** Whether a tensor carries one item for each block instead of sound. */
export const isItemPort = (port: ModelPort): port is ModelItemPort =>
  port.kind === 'spectrum' || port.kind === 'magnitude' || port.kind === 'tensor';

/** The model takes or gives spectra or tensors, so that a call of it stands for one block. */
export const hasItems = ({ inputs, outputs }: Pick<ModelContract, 'inputs' | 'outputs'>): boolean =>
  [...inputs, ...outputs].some(isItemPort);

/**
 * Sizes of a tensor in a call of `frames` frames, by the letters of its layout: b, 1, k (items: one a call) one; c channels; n frames; f
 * bins; p real and imaginary part; x the next size of the item. Undefined when there is another letter.
 */
export function tensorDims(
  port: { readonly layout: string; readonly channels: number; readonly shape?: readonly number[] },
  frames: number,
): number[] | undefined {
  const sizes = [...(port.shape ?? [])];
  const dims = [...port.layout].map(axis => {
    if (axis === 'b' || axis === '1' || axis === 'k') return 1;
    if (axis === 'c') return port.channels;
    if (axis === 'n') return frames;
    if (axis === 'p') return 2;
    return axis === 'f' || axis === 'x' ? (sizes.shift() ?? Number.NaN) : Number.NaN;
  });
  return dims.some(Number.isNaN) ? undefined : dims;
}

/** Numbers of a tensor in a call of `frames` frames; an item has as many in every call. Allocates nothing. */
export function tensorSize(
  port: { readonly layout: string; readonly channels: number; readonly shape?: readonly number[] },
  frames: number,
): number {
  let size = 1;
  for (let at = 0; at < port.layout.length; at++) {
    const axis = port.layout[at];
    if (axis === 'c') size *= port.channels;
    else if (axis === 'n') size *= frames;
    else if (axis === 'p') size *= 2;
  }
  for (let at = 0; at < (port.shape?.length ?? 0); at++) size *= port.shape?.[at] ?? 1;
  return size;
}

/** The port of a node for a tensor of a model. A magnitude comes from a spectrum, and leaves as numbers: a mask. */
export function nodePort(
  port: ModelPort,
  direction: PortDirection,
  place: Pick<Port, 'rateHz' | 'block' | 'label'>,
): Port {
  if (!isItemPort(port)) return audio(direction, { ...place, channels: port.channels });
  const { kind, shape } = port;
  if (kind === 'spectrum' || (kind === 'magnitude' && direction === 'inlet'))
    return spectrum(direction, { ...place, shape, channels: 1 });
  return tensor(direction, { ...place, shape });
}
