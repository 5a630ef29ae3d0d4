// WAV files written by Python's wave module, scipy and by hand; damaged ones; and ours back again.
import { describe, expect, it } from 'vitest';
import type { WavEncoding } from '../../src/dsp/wav.ts';
import { decodeWav, encodeWav, WavError } from '../../src/dsp/wav.ts';
import { readFixture, readJson, seededNoise } from './helpers.ts';

const EXPECTED = readJson<Record<string, { sampleRateHz: number; channels: number[][] }>>('wav.json');

describe('decodeWav reads what others wrote', () => {
  it.each(Object.keys(EXPECTED))('%s', name => {
    const audio = decodeWav(readFixture(name));
    expect(audio.sampleRateHz).toBe(EXPECTED[name].sampleRateHz);
    expect(audio.channels.map(channel => Array.from(channel))).toEqual(
      EXPECTED[name].channels.map(channel => channel.map(Math.fround)),
    );
  });

  it('also from the middle of a larger buffer', () => {
    const bytes = readFixture('pcm16-2ch.wav');
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(decodeWav(moved.subarray(3))).toEqual(decodeWav(bytes));
  });
});

/** A copy with 32-bit words overwritten: [offset, value]. */
function patched(name: string, ...words: [number, number][]): Uint8Array {
  const bytes = readFixture(name).slice();
  for (const [at, value] of words) new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
}

function withMagic(magic: string): Uint8Array {
  const bytes = readFixture('pcm16-1ch.wav').slice();
  bytes.set(new TextEncoder().encode(magic));
  return bytes;
}

describe('decodeWav refuses, and says why', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /empty/],
    ['text', new TextEncoder().encode('RIFF but no more'), /not a WAVE/],
    ['RF64', withMagic('RF64'), /RF64/],
    ['RIFX', withMagic('RIFX'), /RIFX/],
    ['an empty data chunk', patched('pcm16-1ch.wav', [40, 0]), /no sound/],
    ['less than one frame', patched('pcm24-6ch.wav', [40, 17]), /no sound/],
    ['a cut file', readFixture('pcm16-2ch.wav').subarray(0, 60), /cut: its data chunk has 16 of 20 bytes/],
    ['a data chunk that claims too much', patched('pcm16-2ch.wav', [40, 0x7fffffff]), /cut/],
    ['a fmt chunk that claims too much', patched('pcm16-2ch.wav', [16, 0xfffffff0]), /cut inside its "fmt " chunk/],
    ['a tiny fmt chunk', patched('pcm16-2ch.wav', [16, 4]), /at least 16 bytes/],
    ['header only', readFixture('pcm16-2ch.wav').subarray(0, 36), /no data chunk/],
    ['no chunk at all', readFixture('pcm16-2ch.wav').subarray(0, 12), /no fmt chunk/],
    ['ADPCM', patched('pcm16-1ch.wav', [20, 0x00010002]), /format 2/],
    ['0 channels', patched('pcm16-1ch.wav', [20, 0x00000001]), /1–32 channels, got 0/],
    ['33 channels', patched('pcm16-1ch.wav', [20, 0x00210001]), /1–32 channels, got 33/],
    ['a rate of 0', patched('pcm16-1ch.wav', [24, 0]), /got 0/],
    ['12 bits', patched('pcm16-1ch.wav', [32, 0x000c0002]), /8, 16, 24 or 32 bits/],
    ['frames of the wrong size', patched('pcm16-1ch.wav', [32, 0x00100005]), /2 bytes per frame, got 5/],
    ['16-bit float', patched('pcm16-1ch.wav', [20, 0x00010003]), /32 or 64 bits/],
    ['an unknown sub-format', patched('extensible24-6ch.wav', [52, 1]), /sub-format/],
    ['NaN', patched('float32-3ch.wav', [readFixture('float32-3ch.wav').length - 4, 0x7fc00000]), /finite/],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeWav(bytes)).toThrow(WavError);
    expect(() => decodeWav(bytes)).toThrow(message);
  });

  it('never throws anything else, whatever is cut or overwritten', () => {
    for (const name of ['pcm16-2ch.wav', 'extensible24-6ch.wav', 'float64-3ch.wav']) {
      const whole = readFixture(name);
      for (let length = 0; length <= whole.length; length++) {
        for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
          const bytes = whole.slice(0, length);
          if (length > 0) bytes[(length * 31) % length] = value;
          bytes[length >> 1] = value;
          try {
            expect(decodeWav(bytes).channels.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(WavError);
          }
        }
      }
    }
  });

  it('but reads a streamed file, whose writer never came back to fill in the sizes', () => {
    const whole = decodeWav(readFixture('pcm16-2ch.wav'));
    expect(decodeWav(patched('pcm16-2ch.wav', [4, 0], [40, 0]))).toEqual(whole);
    expect(decodeWav(patched('pcm16-2ch.wav', [4, 0xffffffff], [40, 0xffffffff]))).toEqual(whole);
  });
});

describe('encodeWav', () => {
  it.each<[WavEncoding, number]>([
    ['f32', 0],
    ['s16', 1 / 65536],
    ['s24', 1 / 16777216],
  ])('%s comes back', (encoding, error) => {
    for (const channelCount of [1, 2, 3]) {
      const channels = Array.from({ length: channelCount }, (_, i) => seededNoise(33, i + 1));
      const bytes = encodeWav(channels, 44100, encoding);
      expect(bytes.length % 2).toBe(0);
      expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(bytes.length - 8);
      const back = decodeWav(bytes);
      expect(back.sampleRateHz).toBe(44100);
      back.channels.forEach((samples, c) => {
        samples.forEach((x, n) => {
          expect(Math.abs(x - channels[c][n])).toBeLessThanOrEqual(error);
        });
      });
    }
  });

  it("writes the bytes of Python's wave module", () => {
    for (const [name, encoding] of [
      ['pcm16-6ch.wav', 's16'],
      ['pcm24-2ch.wav', 's24'],
    ] as const) {
      const theirs = readFixture(name);
      expect(encodeWav(decodeWav(theirs).channels, 44100, encoding)).toEqual(theirs);
    }
  });

  it('clips integers at full scale, keeps loud floats, and takes NaN as 0 in integers', () => {
    const loud = Float32Array.of(2, -2, 1, -1, NaN);
    expect(Array.from(decodeWav(encodeWav([loud], 8000, 's16')).channels[0])).toEqual([
      32767 / 32768,
      -1,
      32767 / 32768,
      -1,
      0,
    ]);
    const floats = loud.subarray(0, 4);
    expect(decodeWav(encodeWav([floats], 8000, 'f32')).channels[0]).toEqual(floats);
  });

  it('refuses what is not a sound', () => {
    expect(() => encodeWav([], 48000, 'f32')).toThrow(WavError);
    expect(() => encodeWav([new Float32Array(2), new Float32Array(3)], 48000, 'f32')).toThrow(WavError);
    expect(() => encodeWav([new Float32Array(2)], 0.5, 'f32')).toThrow(WavError);
  });
});
