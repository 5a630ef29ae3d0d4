// What the probe of a wire shows is what goes through it, however the plan cuts time: in blocks, or in the steps of a loop.
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import type { WireReport } from '../../src/engine/messages.ts';
import { WireProbe } from '../../src/engine/worklet/probes.ts';
import { Executor } from '../../src/render/executor.ts';
import { planOrThrow } from '../../src/render/render-patch.ts';
import { makePatch, registry } from '../render/helpers.ts';

const BLOCK = 128;
const CALLS = 64;

/** Plays a patch with the probe on a connection; the outputs' first channels besides. */
function listen(patch: Patch, connectionId: string): { report: WireReport; outputs: Record<string, Float32Array> } {
  const plan = planOrThrow(patch, registry, {}, BLOCK);
  const executor = new Executor({ plan, registry, resources: {} });
  const probe = new WireProbe(connectionId);
  const outputs = Object.fromEntries(plan.outputs.map(({ nodeId }) => [nodeId, new Float32Array(CALLS * BLOCK)]));
  for (let call = 0; call < CALLS; call++) {
    executor.process(BLOCK);
    probe.listen(executor);
    for (const { nodeId, signal } of plan.outputs)
      outputs[nodeId].set(executor.audio(signal)[0].subarray(0, BLOCK), call * BLOCK);
  }
  executor.dispose();
  return { report: probe.report(), outputs };
}

const peakOf = (x: Float32Array): number => x.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);

describe('ENGINE-22 probe of a wire', () => {
  it('in a block region shows each frame once', () => {
    const patch = makePatch(
      [
        ['osc', 'source/oscillator', { frequency: 100 }],
        ['to', 'rate/block-adapter', { block: 2048 }],
        ['gain', 'dynamics/gain', { level: 0 }],
        ['from', 'rate/block-adapter', { block: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > to.in', 'to.out > gain.in', 'gain.out > from.in', 'from.out > out.in'],
    );
    const oscillator = makePatch(
      [
        ['osc', 'source/oscillator', { frequency: 100 }],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > out.in'],
    );
    const { report } = listen(patch, 'to.out>gain.in');
    const sound = listen(oscillator, 'osc.out>out.in').outputs.out;
    // The last block that is full ends with the last call: 64 · 128 = 4 · 2048.
    expect(report.wave).toEqual(sound.subarray(-report.wave.length));
    expect(report.peak).toBe(peakOf(sound));
  });

  it('in a loop of single frames shows all of them', () => {
    const patch = makePatch(
      [
        ['osc', 'source/oscillator', { frequency: 100 }],
        ['echo', 'time/delay', { time: 0, feedback: 0 }],
        ['gain', 'dynamics/gain', { level: -12 }],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > echo.in', 'echo.out > gain.in', 'gain.out > echo.in', 'gain.out > out.in'],
    );
    const inside = listen(patch, 'gain.out>echo.in');
    const leaving = listen(patch, 'gain.out>out.in');
    expect(inside.report.wave).toEqual(inside.outputs.out.subarray(-inside.report.wave.length));
    expect(inside.report.peak).toBe(peakOf(inside.outputs.out));
    expect(inside.report.peak).toBeGreaterThan(0.01);
    expect({ ...leaving.report, connectionId: '' }).toEqual({ ...inside.report, connectionId: '' });
  });

  it('of spectra takes in every bin', () => {
    const patch = makePatch(
      [
        ['osc', 'source/oscillator', { frequency: 12000, level: 0 }],
        ['stft', 'spectral/stft', { window: '1024' }],
        ['istft', 'spectral/istft', { window: '1024' }],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > stft.in', 'stft.out > istft.in', 'istft.out > out.in'],
    );
    const { report } = listen(patch, 'stft.out>istft.in');
    // A quarter of the rate lies on bin 256 of 1024: Σ sin(πn/1024)·sin²(πn/2), which is 1/sin(π/1024), all of it imaginary.
    expect(report.peak).toBeCloseTo(1 / Math.sin(Math.PI / 1024), 3);
    expect(report.nanCount).toBe(0);
  });

  it('that ends gives the speed of a row of filters back, also where a plan took over', () => {
    const patch = makePatch(
      [
        ['osc', 'source/oscillator', { frequency: 100 }],
        ['low', 'filter/biquad-filter', {}],
        ['pole', 'filter/one-pole', {}],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > low.in', 'low.out > pole.in', 'pole.out > out.in'],
    );
    const plan = planOrThrow(patch, registry, {}, BLOCK);
    const make = () => new Executor({ plan, registry, resources: {}, clock: () => 0 });
    const [executors, alone] = [[make(), make()], make()];
    for (let call = 0; call < 3; call++) alone.process(BLOCK);
    const signal = plan.nodes.low.outlets.out;
    const probe = new WireProbe('low.out>pole.in');
    for (const executor of executors) {
      executor.process(BLOCK);
      probe.listen(executor);
      executor.process(BLOCK);
      probe.listen(executor);
      expect(executor.watch(signal)).toBe(true);
    }
    expect(probe.report().peak).toBeGreaterThan(0);
    probe.leave();
    for (const executor of executors) {
      executor.process(BLOCK);
      const [heard, wanted] = [executor, alone].map(each => each.output('out')?.[0].slice(0, BLOCK) ?? []);
      expect(Math.max(...wanted.map((x, i) => Math.abs(x - heard[i])))).toBeLessThan(1e-7);
      expect(executor.watch(signal)).toBe(false);
      executor.dispose();
    }
  });
});
