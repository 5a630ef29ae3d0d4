// Channels to one array and back, against arrays written out by hand.
import { describe, expect, it } from 'vitest';
import { isInterleaved, packChannels, unpackChannels } from '../../src/dsp/layout.ts';

const LEFT = Float32Array.of(1, 2, 3);
const RIGHT = Float32Array.of(-1, -2, -3);

describe('layout', () => {
  it('knows which letters put the channels of a frame side by side', () => {
    expect(['bcn', 'cn', 'bn', 'n', 'b1n'].map(isInterleaved)).toEqual([false, false, false, false, false]);
    expect(['bnc', 'nc'].map(isInterleaved)).toEqual([true, true]);
  });

  it.each([
    [false, [1, 2, -1, -2]],
    [true, [1, -1, 2, -2]],
  ])('packs two frames of two channels and unpacks them (interleaved: %s)', (interleaved, expected) => {
    const packed = new Float32Array(4);
    packChannels(packed, [LEFT, RIGHT], 2, interleaved);
    expect([...packed]).toEqual(expected);
    const back = [new Float32Array(3), new Float32Array(3)];
    unpackChannels(packed, back, 2, interleaved);
    expect(back.map(channel => [...channel])).toEqual([
      [1, 2, 0],
      [-1, -2, 0],
    ]);
  });

  it('lets nothing but numbers in', () => {
    const packed = new Float32Array(3);
    packChannels(packed, [Float32Array.of(Number.NaN, Infinity, 0.5)], 3, false);
    expect([...packed]).toEqual([0, 0, 0.5]);
  });
});
