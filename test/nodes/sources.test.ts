// File player and impulse while their settings change: what the general tests can't know.
import { describe, expect, test } from 'vitest';
import type { AudioResource } from '../../src/core/resource.ts';
import { createInstance, playInstance, runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';

const { registry } = await loadRegistry();
const player = registry.types['source/audio-file-player'];
const impulse = registry.types['source/impulse'];

const file = (...samples: number[]): AudioResource => ({
  kind: 'audio',
  path: 'a.wav',
  sha256: '',
  sampleRateHz: 48000,
  channels: [Float32Array.from(samples)],
});

describe('audio-file-player', () => {
  const resources = { audio: file(1, 2, 3) };

  test('stops after the end when Loop goes off, starts again when it comes back', () => {
    const { audio } = runNode(player, {
      resources,
      frames: 12,
      moves: [
        { frame: 4, param: 'loop', value: 'off' },
        { frame: 8, param: 'loop', value: 'on' },
      ],
    });
    expect([...audio.out[0]]).toEqual([1, 2, 3, 1, 2, 3, 0, 0, 1, 2, 3, 1]);
  });

  test('survives a position that a longer file left behind', () => {
    for (const loop of ['on', 'off']) {
      const instance = createInstance(player, { resources, params: { loop } });
      instance.state.position[0] = 1000;
      const { audio } = playInstance(instance, { frames: 3 });
      expect([...audio.out[0]]).toEqual(loop === 'on' ? [2, 3, 1] : [0, 0, 0]);
    }
  });

  test('an empty file is silence, in any setting', () => {
    for (const loop of ['on', 'off']) {
      const output = runNode(player, { resources: { audio: file() }, params: { loop }, frames: 4 });
      expect([...output.audio.out[0], output.state.position[0]]).toEqual([0, 0, 0, 0, 0]);
    }
  });
});

describe('impulse', () => {
  test('takes a new period at once, counted from the last impulse', () => {
    const { audio } = runNode(impulse, {
      params: { period: 5 / 48000 },
      frames: 14,
      moves: [{ frame: 7, param: 'period', value: 3 / 48000 }],
    });
    // Impulses at 0 and 5; at frame 7 two frames have gone by, so the next is due at 8.
    expect([...audio.out[0]].flatMap((x, n) => (x === 1 ? [n] : []))).toEqual([0, 5, 8, 11]);
  });

  test('clicks no second time when it plays once, however long', () => {
    const instance = createInstance(impulse, { params: { period: 0 } });
    instance.state.elapsed[0] = 2 ** 30 - 2;
    expect(Math.max(...playInstance(instance, { frames: 8 }).audio.out[0])).toBe(0);
    expect(instance.state.elapsed[0]).toBe(2 ** 30);
  });
});
