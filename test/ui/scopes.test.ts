// What scopes compute before they draw, against closed forms.
import { describe, expect, it } from 'vitest';
import { loudestHz, signalInWords } from '../../src/ui/scopes/in-words.ts';
import { levelSpectrum } from '../../src/ui/scopes/level-spectrum.ts';
import {
  findTrigger,
  minMaxBins,
  RECORDING_FRAMES,
  unrollRecording,
  waveformLine,
} from '../../src/ui/scopes/recording.ts';

const sine = (length: number, cycles: number, amplitude = 1): Float32Array =>
  Float32Array.from({ length }, (_, n) => amplitude * Math.sin((2 * Math.PI * cycles * n) / length));
const db = (power: number): number => 10 * Math.log10(power);

describe('level spectrum', () => {
  for (const shape of ['Hann', 'Blackman', 'rectangular'] as const) {
    it(`${shape}: a full-scale sine on a bin reads 0 dB there, half of it −6.02 dB`, () => {
      expect(db(levelSpectrum(sine(2048, 100), shape)[100])).toBeCloseTo(0, 4);
      expect(db(levelSpectrum(sine(2048, 100, 0.5), shape)[100])).toBeCloseTo(20 * Math.log10(0.5), 4);
      expect(db(levelSpectrum(sine(2048, 100), shape)[400])).toBeLessThan(-100);
    });
  }
});

describe('in words', () => {
  it('the loudest frequency is found between bins, within a hertz', () => {
    for (const hz of [61.7, 196, 440, 1234.5, 9999]) {
      const signal = Float32Array.from({ length: 8192 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / 48000));
      expect(Math.abs((loudestHz(signal, 48000) ?? 0) - hz)).toBeLessThan(1);
    }
  });
  it('says peak, silence and what is not a number', () => {
    const signal = Float32Array.from({ length: 8192 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 1500 * n) / 48000));
    expect(signalInWords(signal, 48000).replace(/\u2009/g, ' ')).toBe('peak −6.0 dBFS, loudest at 1.50 kHz');
    expect(signalInWords(new Float32Array(8192), 48000)).toBe('silent');
    expect(signalInWords(signal.subarray(0, 9).fill(Number.NaN), 48000)).toBe('not a number');
  });
});

describe('recordings', () => {
  it.each([undefined, 2 * RECORDING_FRAMES])('come in order of time, the first channel of rows of %d', given => {
    const row = given ?? RECORDING_FRAMES;
    const recording = new Float32Array(row * 2);
    for (let frame = 0; frame < row + 3; frame++) recording[frame % row] = frame;
    const ordered = unrollRecording(recording, 3, given);
    expect(ordered).toHaveLength(row);
    expect(ordered[0]).toBe(3);
    expect(ordered[row - 1]).toBe(row + 2);
  });
  it('are triggered where they cross the level, between frames', () => {
    const signal = sine(1000, 10);
    const at = findTrigger(signal, 0, true, 200);
    expect(at).toBeDefined();
    expect((at as number) % 100).toBeCloseTo(0, 3);
    expect((findTrigger(signal, 0, false, 200) as number) % 100).toBeCloseTo(50, 3);
    expect(findTrigger(signal, 2, true, 200)).toBeUndefined();
  });
  it('keep extremes per bin and survive what is not a number', () => {
    expect([...minMaxBins(Float32Array.of(0, 1, -1, 0.5), 2)]).toEqual([0, 1, -1, 0.5]);
    expect([...minMaxBins(new Float32Array(0), 1)]).toEqual([0, 0]);
    expect(waveformLine(Float32Array.of(0, Number.NaN, 1), 10, 10)).not.toContain('NaN');
  });
});
