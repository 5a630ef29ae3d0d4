// The chart of a load profile: points where their shares lie, limits, misses, escaped text; no DOM.
import { describe, expect, it } from 'vitest';
import { type LoadPoint, loadChartSvg } from '../../src/ui/charts/load-chart.ts';

const point = (sampleRateHz: number, blockFrames: number, share: number, misses = 0): LoadPoint => ({
  sampleRateHz,
  blockFrames,
  p50: share,
  p95: share,
  p99: share,
  max: share,
  misses,
  blocks: 1000,
});
const draw = (points: readonly LoadPoint[], title = 'Load'): string =>
  loadChartSvg({ title, notes: ['Profiled offline', 'A second line'], safeShare: 0.8, points });
/** Heights of the p50 line's points, in order of the blocks. */
const heights = (svg: string): number[] =>
  [...(/data-figure="p50" d="([^"]+)"/.exec(svg)?.[1] ?? '').matchAll(/,([\d.]+)/g)].map(match => Number(match[1]));
const levelOf = (svg: string, colour: string): number =>
  Number(new RegExp(`M0 ([\\d.]+)H\\d+" stroke="[^"]*${colour}`).exec(svg)?.[1]);

describe('LOAD-3 chart', () => {
  it('a tenfold share is one step of the scale, and the budget lies at 100 %', () => {
    const svg = draw([point(48000, 32, 1), point(48000, 64, 0.1), point(48000, 128, 0.01), point(48000, 256, 0.8)]);
    const [full, tenth, hundredth, safe] = heights(svg);
    expect(tenth - full).toBeCloseTo(hundredth - tenth, 0);
    expect(tenth).toBeGreaterThan(full);
    expect(levelOf(svg, 'error-ink')).toBeCloseTo(full, 1);
    expect(levelOf(svg, 'warn-ink')).toBeCloseTo(safe, 1);
  });

  it('one panel per rate; misses are counted where they are, and only there', () => {
    const svg = draw([point(48000, 32, 1.5, 7), point(44100, 32, 0.2), point(48000, 64, 0.2)]);
    expect(svg.match(/data-figure="p50"/g)).toHaveLength(2);
    expect(svg).toContain('44.1');
    expect(svg).toMatch(/>Profiled offline<\/text>\s*<text [^>]*>A second line</);
    expect([...svg.matchAll(/data-misses="(\d+)"/g)].map(match => match[1])).toEqual(['7']);
    expect(svg).toContain('7 of 1000 blocks missed');
  });

  it('loads of nothing, of far too much, and no points at all stay on the paper', () => {
    for (const points of [[point(48000, 32, 0)], [point(48000, 32, 400)], []]) {
      const svg = draw(points);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      for (const y of heights(svg)) {
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(200);
      }
    }
  });

  it('escapes what people wrote', () => {
    const svg = draw([point(48000, 32, 0.1)], '<script>"&');
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;&quot;&amp;');
    expect(svg.match(/<g[ >]/g)?.length).toBe(svg.match(/<\/g>/g)?.length);
  });
});
