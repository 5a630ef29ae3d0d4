// What a render did as it was told, though it was hardly meant so. Owns these warnings.
import type { Problem } from '../core/errors.ts';
import { gainToLevel, peakOf } from '../dsp/level.ts';
import type { PerformanceLog } from '../render/log.ts';
import type { NodeAudio } from '../render/performer.ts';
import type { RenderEvent } from '../render/render-patch.ts';

/** Louder than this (in dBFS) is no music: most likely a loop that grows. */
const PEAK_MAX_DB = 60;

/** What came out too loud to be meant. */
export function tooLoud(outputs: NodeAudio): Problem[] {
  return Object.entries(outputs).flatMap(([id, channels]): Problem[] => {
    const peakDb = gainToLevel(Math.max(0, ...channels.map(channel => peakOf(channel))));
    if (!(peakDb > PEAK_MAX_DB)) return [];
    const message = `${id}: expected a peak of at most ${PEAK_MAX_DB} dBFS, got ${Math.round(peakDb)} dBFS. A loop with a gain of 1 or more grows without end: turn it down.`;
    return [{ code: 'E-LEVEL', severity: 'warning', path: `nodes.${id}`, nodeId: id, message }];
  });
}

/** Moves that come after the last frame: they change nothing, and were hardly meant so. */
export function tooLate(events: readonly RenderEvent[], frames: number): Problem[] {
  const late = events.filter(({ frame, kind }) => kind === 'param' && frame >= frames).length;
  const message = `--automation: expected moves before frame ${frames}, got ${late} after the end. They change nothing; render more with --seconds.`;
  return late > 0 ? [{ code: 'E-PARAM', severity: 'warning', path: '', message }] : [];
}

/** A performance that was heard with fused multiply-add, which no render has: it is not the same to the bit. */
export function heardRelaxed(log: Pick<PerformanceLog, 'kernelForm'> | undefined): Problem[] {
  const message =
    'log: expected kernels as a render has them, got a performance with relaxed SIMD. The render differs from what was heard in the last bits, at about −130 dB.';
  return log?.kernelForm === 'relaxed' ? [{ code: 'E-RELAXED-SIMD', severity: 'warning', path: '', message }] : [];
}
