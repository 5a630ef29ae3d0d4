// What every node is tested with: noise into all its inlets, movement of all its params. Made from the node's own ports and
// params, so that a new node needs nothing here.
import type { NodeType } from '../../src/core/node-type.ts';
import type { Param } from '../../src/core/param.ts';
import { carriesFrames } from '../../src/core/port.ts';
import { type Move, type NodeRun, nodeContext } from './kernel-harness.ts';
import { noise } from './signals.ts';

/** Patch frames of a run. Signals are made longer, because an inlet's rate may be up to six times the patch's. */
export const FRAMES = 4800;

/** Inlets of a node for audio, spectra and tensors as connected, with what `make` gives for each channel. */
export function audioInto(
  type: NodeType,
  channels: number,
  make: (channel: number) => Float32Array,
): Record<string, Float32Array[]> {
  const { shape } = nodeContext(type, {});
  const audio: Record<string, Float32Array[]> = {};
  let seed = 0;
  for (const [name, port] of Object.entries(shape.ports)) {
    if (!carriesFrames(port) || port.direction !== 'inlet') continue;
    audio[name] = Array.from({ length: port.channels === 'follow' ? channels : port.channels }, () => make(seed++));
  }
  return audio;
}

/** What a node hears, as long as its inlets' rate asks for. */
export const noiseInto = (type: NodeType, channels = 2) =>
  audioInto(type, channels, seed => noise(FRAMES * 6, 1000 + seed));

/** What the control inlets of a node hear: a wave of a few frames to many, and jumps past both its ends. */
export function controlInto(type: NodeType): Record<string, Float64Array> {
  const { shape } = nodeContext(type, {});
  const inlets = Object.entries(shape.ports).filter(
    ([, port]) => port.type === 'control' && port.direction === 'inlet',
  );
  return Object.fromEntries(
    inlets.map(([name], index) => [
      name,
      Float64Array.from({ length: FRAMES * 6 }, (_, i) =>
        i % 1100 < 300 ? 2 - (i % 3) : 1.3 * Math.sin((i * i) / (40_000 + 9000 * index)),
      ),
    ]),
  );
}

/** Values over the whole range of a param that may change while playing. */
function movingValues(param: Param): (number | string)[] {
  if (param.isStructural) return [];
  if (param.kind === 'choice') return [...param.choices, param.default];
  return [param.min, param.max, param.default, (param.min + param.max) / 2];
}

/** Every `a` param swings over its whole range, every event param steps through it. */
export function movement(type: NodeType): Pick<NodeRun, 'signals' | 'moves'> {
  const { shape } = nodeContext(type, {});
  const signals: Record<string, Float64Array> = {};
  const moves: Move[] = [];
  Object.entries(shape.params).forEach(([name, param], index) => {
    if (param.kind === 'number' && param.rate === 'a') {
      const periodFrames = 3000 + 700 * index;
      signals[name] = Float64Array.from({ length: FRAMES * 6 }, (_, i) => {
        const position = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / periodFrames);
        return param.scale === 'log'
          ? param.min * (param.max / param.min) ** position
          : param.min + (param.max - param.min) * position;
      });
    } else {
      movingValues(param).forEach((value, step) => {
        moves.push({ frame: 501 + 811 * step + 13 * index, param: name, value });
      });
    }
  });
  return { signals, moves };
}

/** All that came out of a run, channel by channel. */
export const outputsOf = (output: {
  audio: Record<string, Float32Array[]>;
  control: Record<string, Float64Array>;
}): ArrayLike<number>[] => [...Object.values(output.audio).flat(), ...Object.values(output.control)];
