// Ports: inlets and outlets of a node type, their types, channels and rates.
// Owns the definitions only; what meets what is decided in validate.ts and inferred in src/plan.

export const PORT_TYPES = ['audio', 'control', 'event', 'tensor', 'spectrum'] as const;
export type PortType = (typeof PORT_TYPES)[number];
export type PortDirection = 'inlet' | 'outlet';

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
  readonly label: string;
}

export type Ports = Readonly<Record<string, Port>>;
export type PortOptions = Partial<Pick<Port, 'channels' | 'rateHz' | 'label'>>;

const definePort =
  (type: PortType) =>
  (direction: PortDirection, options: PortOptions = {}): Port => ({
    type,
    direction,
    channels: options.channels ?? (type === 'control' || type === 'event' ? 1 : 'follow'),
    rateHz: options.rateHz ?? 'follow',
    label: options.label ?? '',
  });

/** Sound: f32, one value per frame and channel, full scale ±1. Several connections into one inlet are added. */
export const audio = definePort('audio');
/** One f64 value per frame, or constant for a while, in the unit of what it is wired to. */
export const control = definePort('control');
/** Something that happens at a stamped frame. */
export const event = definePort('event');
/** Numbers of any shape between models. */
export const tensor = definePort('tensor');
/** Complex spectra, one per hop. */
export const spectrum = definePort('spectrum');
