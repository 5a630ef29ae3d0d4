// Patches for tests, written short, and the real registry of nodes/**.
import { addNode, connect } from '../../src/core/edits.ts';
import type { ParamValue } from '../../src/core/param.ts';
import { emptyPatch, type Patch } from '../../src/core/patch.ts';
import type { Registry } from '../../src/core/registry.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadRegistry } from '../nodes/load-nodes.ts';

export const registry: Registry = (await loadRegistry()).registry;

type NodeSpec = readonly [id: string, type: string, params?: Readonly<Record<string, ParamValue>>];

/** `makePatch([['osc', 'source/oscillator', {…}], …], ['osc.out > gain.in', …])` */
export function makePatch(nodes: readonly NodeSpec[], wires: readonly string[], sampleRateHz = 48000): Patch {
  let patch: Patch = { ...emptyPatch('test'), sampleRateHz };
  for (const [id, type, params] of nodes)
    patch = applyTransaction(
      patch,
      addNode({ id, type, version: 1, position: [0, 0], ...(params ? { params } : {}) }),
    ).patch;
  for (const wire of wires) {
    const [from, to] = wire.split(' > ');
    patch = applyTransaction(patch, connect(from, to)).patch;
  }
  return patch;
}

/** Seeded noise in ±1 (mulberry32). */
export function noise(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296) * 2 - 1;
  });
}

/** Level of the difference in dB relative to max(1, peak): the measure of the null limit. */
export function nullDb(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let peak = 1;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    difference = Math.max(difference, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
    peak = Math.max(peak, Math.abs(a[i] ?? 0), Math.abs(b[i] ?? 0));
  }
  return difference === 0 ? Number.NEGATIVE_INFINITY : 20 * Math.log10(difference / peak);
}
