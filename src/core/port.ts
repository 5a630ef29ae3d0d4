// Ports: inlets and outlets of a node type, their types, channels and rates.
// Owns the definitions only; what meets what is decided in signal-rules.ts and infer-signals.ts.

export const PORT_TYPES = ['audio', 'control', 'event', 'tensor', 'spectrum'] as const;
export type PortType = (typeof PORT_TYPES)[number];
export type PortDirection = 'inlet' | 'outlet';

/** The port types that carry something for every frame: audio sample by sample, spectra and tensors one item per block. */
export const carriesFrames = ({ type }: Pick<Port, 'type'>): boolean =>
  type === 'audio' || type === 'spectrum' || type === 'tensor';

/**
 * In which blocks frames come. A number m ≥ 1: m, 2m, … frames a call, and none while a block is not full. 0: a stream, any
 * number. 'follow': as all 'follow' ports of the node. Inlets only: a list of sizes, or any multiple of one; 'whole': all
 * frames of a render in one call.
 */
export type BlockRule = 'follow' | 'whole' | number | readonly number[] | { readonly multipleOf: number };

/**
 * One port. `channels`: a number, or 'follow' (as many as the widest 'follow' inlet of the node has; 1 when nothing is
 * connected). `rateHz`: a number (an inlet demands it, an outlet produces it), 'patch' (the rate of the patch), or 'follow'
 * (the one rate that all 'follow' ports of the node share; the patch's for a node without 'follow' inlets).
 */
export interface Port {
  readonly type: PortType;
  readonly direction: PortDirection;
  readonly channels: number | 'follow';
  readonly rateHz: number | 'patch' | 'follow';
  readonly block: BlockRule;
  /**
   * Spectrum: [bins] (complex). Tensor: its sizes. One such item stands for a block of frames. 'follow': as what arrives at
   * the node's 'follow' inlets of this type. Empty for other types.
   */
  readonly shape: readonly number[] | 'follow';
  readonly label: string;
}

export type Ports = Readonly<Record<string, Port>>;
export type PortOptions = Partial<Pick<Port, 'channels' | 'rateHz' | 'block' | 'shape' | 'label'>>;

const definePort =
  (type: PortType) =>
  (direction: PortDirection, options: PortOptions = {}): Port => ({
    type,
    direction,
    channels: options.channels ?? (type === 'audio' || type === 'spectrum' ? 'follow' : 1),
    rateHz: options.rateHz ?? 'follow',
    block: options.block ?? 'follow',
    shape: options.shape ?? (type === 'spectrum' || type === 'tensor' ? 'follow' : []),
    label: options.label ?? '',
  });

/** Numbers of an item of these sizes. */
export const itemNumbers = (sizes: readonly number[]): number => sizes.reduce((count, size) => count * size, 1);

/** Sound: f32, one value per frame and channel, full scale ±1. Several connections into one inlet are added. */
export const audio = definePort('audio');
/** One f64 value per frame, or constant for a while, in the unit of what it is wired to. */
export const control = definePort('control');
/** Something that happens at a stamped frame. */
export const event = definePort('event');
/** f32 numbers of a fixed shape, one item per block of frames: what models give each other. */
export const tensor = definePort('tensor');
/** Complex spectra, one per hop: [bins, 2] f32, real and imaginary part side by side. The hop is the block. */
export const spectrum = definePort('spectrum');
