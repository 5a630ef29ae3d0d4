// Rectangles by place: the same ones that looking at all of them finds, in the same order, and few of them looked at.
import { describe, expect, it } from 'vitest';
import { meets } from '../../src/ui/canvas/bounds.ts';
import { grown, RectIndex } from '../../src/ui/canvas/rect-index.ts';
import { freeLane, type Rect } from '../../src/ui/canvas/wire-path.ts';

/** Numbers from 0 to 1, the same in every run (Park and Miller's generator). */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const next = random(7);
const between = (from: number, to: number): number => from + (to - from) * next();
const rects: Rect[] = Array.from({ length: 2000 }, (_, i) => ({
  x: between(-9000, 9000),
  y: between(-9000, 9000),
  width: i % 50 === 0 ? between(0, 30_000) : between(0, 300),
  height: i % 7 === 0 ? 0 : between(0, 300),
}));
const index = new RectIndex(rects);

describe('rectangles by place', () => {
  it('are found where they are, those that came first first', () => {
    for (let i = 0; i < 500; i++) {
      const area = {
        x: between(-9500, 9500),
        y: between(-9500, 9500),
        width: between(0, 900),
        height: between(0, 900),
      };
      expect(index.meeting(area).filter(rect => meets(rect, area))).toEqual(rects.filter(rect => meets(rect, area)));
    }
  });

  it('are found in an area whose borders changed sides, in one of any size and where a number is none', () => {
    const area = { x: 500, y: 900, width: -400, height: -700 };
    const same = { x: 100, y: 200, width: 400, height: 700 };
    expect(index.meeting(area)).toEqual(index.meeting(same));
    expect(index.meeting({ x: -1e9, y: -1e9, width: 2e9, height: 2e9 })).toEqual(rects);
    expect(index.meeting({ x: Number.NaN, y: 0, width: 1, height: 1 })).toEqual(rects);
  });

  it('are few in a small area', () => {
    const few = index.meeting({ x: 0, y: 0, width: 200, height: 100 }).length;
    expect(few).toBeLessThan(rects.length / 10);
  });

  it('lead wires the same way as looking at every one does', () => {
    const all = { meeting: () => rects };
    for (let i = 0; i < 300; i++) {
      const [x, top] = [between(-9000, 9000), between(-9000, 9000)];
      const bottom = top + between(-50, 2000);
      expect(freeLane(x, top, bottom, index)).toBe(freeLane(x, top, bottom, all));
    }
  });

  it('grow on all sides', () => {
    expect(grown({ x: 1, y: 2, width: 3, height: 4 }, 5)).toEqual({ x: -4, y: -3, width: 13, height: 14 });
  });
});
