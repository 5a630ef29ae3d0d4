// How the five port types look: their shape, and the colour token and stroke of their wires. One place for canvas, palette and
// picture. Pure.
import type { PortType } from '../../core/port.ts';

/** SVG path of each shape around (0, 0), 9–11 px across. */
export const PORT_SHAPES: Readonly<Record<PortType, string>> = {
  audio: 'M4.6 0A4.6 4.6 0 1 1 -4.6 0A4.6 4.6 0 1 1 4.6 0Z',
  control: 'M0 -5.6L5.6 0L0 5.6L-5.6 0Z',
  event: 'M-5.2 -4.4H5.2L0 5Z',
  tensor: 'M-4.3 -4.3H4.3V4.3H-4.3Z',
  spectrum: 'M-5.4 0L-2.7 -4.7H2.7L5.4 0L2.7 4.7H-2.7Z',
};

/** Words for a person who can't see the shape. */
export const PORT_NAMES: Readonly<Record<PortType, string>> = {
  audio: 'Audio',
  control: 'Control',
  event: 'Event',
  tensor: 'Tensor',
  spectrum: 'Spectrum',
};
