// The interface's view of the engine: states of nodes are asked for while somebody looks, and no longer.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineAdapter } from '../../extension/editor/engine-adapter.ts';
import type { EngineHost } from '../../src/engine/host.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('copies of states end one second after the last look and begin again with the next', () => {
  const asked: boolean[] = [];
  let change = (): void => undefined;
  // The host as far as this matters; that `probeStates(false)` ends the copies is ENGINE-6.
  const host = {
    state: 'playing',
    onChange: (listener: () => void) => {
      change = listener;
      return () => undefined;
    },
    probeStates: (isOn: boolean) => asked.push(isOn),
    readProbe: () => undefined,
  };
  const view = new EngineAdapter(host as unknown as EngineHost, () => 48_000);
  const tick = (ms: number): void => {
    for (let at = 0; at < ms; at += 50) {
      vi.advanceTimersByTime(50);
      change();
    }
  };
  for (let look = 0; look < 10; look++) {
    view.readProbe('meter', 'peak');
    tick(900);
  }
  expect(asked).toEqual([true]);
  tick(200);
  expect(asked).toEqual([true, false]);
  tick(3000);
  expect(asked).toEqual([true, false]);
  view.readProbe('meter', 'peak');
  expect(asked).toEqual([true, false, true]);
  view.dispose();
});

it('tells every live figure of the host, the device’s gaps among them, and that something records', () => {
  const figures = {
    frames: 48_000,
    positionSeconds: 1,
    loadMean: 0.25,
    nodeLoads: { amp: 0.2 },
    dropouts: 2,
    lastDropouts: [{ frame: 128, lateMs: 31, skippedFrames: 0 }],
    underruns: { events: 3, seconds: 0.05 },
    lateCalls: { amp: 2 },
    runtimes: { amp: 'ONNX Runtime' },
    kernelForm: 'relaxed',
    isMonitorActing: false,
    blockFrames: 128,
    deviceLatencySeconds: 0.02,
  };
  const host = { state: 'playing', live: figures, onChange: () => () => undefined };
  const view = new EngineAdapter(host as unknown as EngineHost, () => 48_000);
  const { loadMean, nodeLoads, dropouts, lastDropouts, underruns, runtimes, kernelForm, blockFrames } = figures;
  const shown = { loadMean, nodeLoads, dropouts, lastDropouts, underruns, runtimes, kernelForm, blockFrames };
  expect(view.live).toMatchObject(shown);
  let told = 0;
  view.onChange(() => told++);
  expect(view.isRecording).toBe(false);
  view.setRecording(true);
  expect([view.isRecording, told]).toEqual([true, 1]);
  host.state = 'stopped';
  expect(view.live).toBeUndefined();
  view.dispose();
});
