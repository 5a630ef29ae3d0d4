// Alignment that whole blocks cannot reach: spectra and tensors wait for whole items only, sound for single samples.
// Owns that rule and its warning; how long what should wait is latency.ts.
import type { Problem } from '../core/errors.ts';
import type { Inference } from '../core/infer.ts';
import type { Patch } from '../core/patch.ts';
import type { Plan } from './plan.ts';

/** Sound that waits is off by as much at most, and the wire tells it. */
const SOUND_ERROR_SAMPLES = 0.5;

/** How long a signal can wait that should wait `samples`: sound for single samples, items (of `itemSize` numbers) for whole blocks. */
export function samplesToWait(samples: number, itemSize: number, blockFrames: number): number {
  const step = itemSize > 0 ? Math.max(1, blockFrames) : 1;
  return Math.round(samples / step) * step;
}

/** One warning for each connection whose spectra or tensors arrive at another time than what they meet, or than is reported, with the figure. */
export const alignmentProblems = ({ connections, signals }: Plan, inference: Inference, { nodes }: Patch): Problem[] =>
  inference.connections.flatMap(({ connection, outlet }): Problem[] => {
    const { id, from, to } = connection;
    if (outlet.type === 'audio' || !connections[id]) return [];
    const { signal, blockFrames, alignErrorSamples } = connections[id];
    const { kind, itemSize } = signals[signal];
    if (itemSize === 0 || Math.abs(alignErrorSamples) <= SOUND_ERROR_SAMPLES) return [];
    const off = Math.round(Math.abs(alignErrorSamples) * 100) / 100;
    const isSpectrum = kind === 'spectrum';
    const [what, whole] = isSpectrum ? ['spectra', 'hops'] : ['tensors', 'blocks'];
    const [expected, because, action] = nodes[from.node].isBypassed
      ? [
          'at the time that is reported',
          `${from.node} is bypassed and `,
          `Give ${from.node} a latency of whole ${whole}, or take it out.`,
        ]
      : [
          'that arrive together',
          '',
          `Bring the ways together as sound, in a Latency Align before ${isSpectrum ? 'their STFT' : 'their models'}, or give a late model a latency of whole ${whole}.`,
        ];
    return [
      {
        code: 'E-ALIGN',
        severity: 'warning',
        path: `connections.${id}`,
        nodeId: to.node,
        message:
          `${to.node}.${to.port}: expected ${what} ${expected}, got these ${off} samples too ${alignErrorSamples > 0 ? 'early' : 'late'}, ` +
          `since ${because}${what} wait for whole ${whole} of ${blockFrames} samples. ${action}`,
      },
    ];
  });
