// Columns of a spectrogram against closed forms: levels, times, gaps, and that the picture does not depend on when one looks.
import { describe, expect, it } from 'vitest';
import { binsBetween, SPECTROGRAM_FRAMES, SpectrogramColumns } from '../../src/ui/scopes/spectrogram-columns.ts';

const SIZE = 512;
const make = (columnFrames = 512, columns = 40): SpectrogramColumns =>
  new SpectrogramColumns({ size: SIZE, shape: 'Hann', columnFrames, columns });

/** What the node's kernel leaves behind after `written` frames of `signals`. */
function written(count: number, ...signals: readonly ((n: number) => number)[]) {
  const recording = new Float32Array(SPECTROGRAM_FRAMES * signals.length);
  signals.forEach((signal, channel) => {
    for (let n = Math.max(0, count - SPECTROGRAM_FRAMES); n < count; n++)
      recording[channel * SPECTROGRAM_FRAMES + (n % SPECTROGRAM_FRAMES)] = signal(n);
  });
  return { recording, written: count };
}
const sine =
  (bin: number, amplitude = 1) =>
  (n: number): number =>
    amplitude * Math.sin((2 * Math.PI * bin * n) / SIZE);
const db = (power = 0): number => 10 * Math.log10(power);

describe('spectrogram', () => {
  it('a full-scale sine on a bin reads 0 dB there, and the mean of two channels is one of power', () => {
    const one = make();
    one.push(written(4096, sine(40)));
    expect(one.newest).toBe(7);
    for (let c = 1; c <= 7; c++) {
      expect(db(one.column(c)?.[40])).toBeCloseTo(0, 3);
      expect(db(one.column(c)?.[200])).toBeLessThan(-100);
    }
    const two = make();
    two.push(written(4096, sine(40), sine(90, 0.5)));
    expect(db(two.column(5)?.[40])).toBeCloseTo(-10 * Math.log10(2), 3);
    expect(db(two.column(5)?.[90])).toBeCloseTo(20 * Math.log10(0.5) - 10 * Math.log10(2), 3);
  });

  it('a change of tone is where it happened, and a single click is in no column twice removed', () => {
    const columns = make();
    columns.push(written(8192, n => (n < 4096 ? sine(40)(n) : sine(100)(n))));
    expect(db(columns.column(7)?.[40])).toBeCloseTo(0, 3);
    expect(db(columns.column(7)?.[100])).toBeLessThan(-60);
    expect(db(columns.column(9)?.[100])).toBeCloseTo(0, 3);
    expect(db(columns.column(9)?.[40])).toBeLessThan(-60);
    const click = make();
    click.push(written(8192, n => (n === 5000 ? 1 : 0)));
    const seen = Array.from({ length: 16 }, (_, c) => c).filter(c => (click.column(c)?.[50] ?? 0) > 1e-9);
    expect(seen).toEqual([9, 10]);
  });

  it('is the same however often one looks, also with columns longer and shorter than a window', () => {
    const signal = (n: number): number => Math.sin(n * n * 1e-5) * 0.7 + Math.sin(n * 0.3) * 0.1;
    for (const columnFrames of [100, 512, 1700]) {
      const once = make(columnFrames);
      once.push(written(12000, signal));
      const often = make(columnFrames);
      for (let at = 0; at < 12000; at += 331) often.push(written(at, signal));
      often.push(written(12000, signal));
      expect(often.newest).toBe(once.newest);
      expect(once.newest).toBe(Math.floor((Math.floor(12000 / once.hop) * once.hop - 1) / columnFrames));
      for (let c = Math.max(0, once.newest - 39); c <= once.newest; c++)
        expect(often.column(c)).toEqual(once.column(c));
    }
  });

  it('frames that nobody looked at leave a gap; a fresh start begins afresh; old columns go', () => {
    const columns = make(512, 8);
    columns.push(written(2048, sine(40)));
    columns.push(written(2048 + 4 * SPECTROGRAM_FRAMES, sine(40)));
    const newest = 3 + (4 * SPECTROGRAM_FRAMES) / 512;
    expect(columns.newest).toBe(newest);
    expect(columns.column(3)).toBeUndefined();
    expect(columns.column(newest - 7)).toBeDefined();
    expect(columns.column(newest - 8)).toBeUndefined();
    columns.push(written(1024, sine(40)));
    expect(columns.newest).toBe(1);
    const gap = make(512, 200);
    gap.push(written(2048, sine(40)));
    gap.push(written(2048 + 2 * SPECTROGRAM_FRAMES, sine(40)));
    expect(gap.column(3)).toBeDefined();
    expect(gap.column(20)).toBeUndefined();
    expect(gap.column(gap.newest)).toBeDefined();
  });

  it('rows of pixels cover every bin between their edges, or the nearest', () => {
    expect(binsBetween(1000, 2000, 100, 257)).toEqual([10, 20]);
    expect(binsBetween(1010, 1090, 100, 257)).toEqual([11, 11]);
    expect(binsBetween(1001, 1010, 100, 257)).toEqual([10, 10]);
    expect(binsBetween(24000, 25000, 93.75, 257)).toEqual([256, 256]);
  });
});
