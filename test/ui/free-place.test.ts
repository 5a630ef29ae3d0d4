// The nearest free place: as a search through every place of the grid finds it, and cheap in a large patch.
import { describe, expect, it } from 'vitest';
import { meets } from '../../src/ui/canvas/bounds.ts';
import { freePlace, GAP } from '../../src/ui/canvas/free-place.ts';
import { GRID, snap } from '../../src/ui/canvas/layout.ts';
import type { Rect } from '../../src/ui/canvas/wire-path.ts';
import { makeRandom } from '../core/random.ts';

const SIZE = { width: 176, height: 80 };
const WIRE_GAP = 8;
const WIRES_WITHIN = 320;

/** Ring and distance of every free place up to a ring, the best one; by trying them all. */
function tryAll(wanted: Rect, within: number, isFree: (place: Rect) => boolean): [number, number] | undefined {
  const [left, top] = [snap(wanted.x), snap(wanted.y)];
  const found: [number, number][] = [];
  for (let dy = -within; dy <= within; dy += GRID)
    for (let dx = -within; dx <= within; dx += GRID)
      if (isFree({ ...wanted, x: left + dx, y: top + dy }))
        found.push([Math.max(Math.abs(dx), Math.abs(dy)), Math.hypot(dx, dy)]);
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0];
}

describe('a free place', () => {
  it('is the nearest on the grid off nodes, and off wires if one is near', () => {
    const random = makeRandom(59);
    const seen = { offWires: 0, onWires: 0, atOnce: 0 };
    for (let round = 0; round < 80; round++) {
      const rects = Array.from({ length: random.pick([0, 1, 3, 20, 40]) }, () => ({
        x: random.below(1100) - 550.5,
        y: random.below(900) - 450,
        width: 20 + random.below(300),
        height: 20 + random.below(200),
      }));
      const count = random.pick([0, 5, 20, 60]);
      const wires = Array.from({ length: count }, (_, k) => ({
        x: random.below(1400) - 700,
        y: random.below(1400) - 700,
        width: k % 2 ? 0 : random.below(400),
        height: k % 2 ? random.below(400) : 0,
      }));
      const wanted = { x: random.below(200) - 100, y: random.below(200) - 100, ...SIZE };
      const isFree = (place: Rect): boolean => !rects.some(rect => meets(place, rect, GAP));
      const isOffWires = (place: Rect): boolean => !wires.some(wire => meets(place, wire, WIRE_GAP));
      const first = tryAll(wanted, 1008, isFree);
      const clear = tryAll(wanted, WIRES_WITHIN, place => isFree(place) && isOffWires(place));
      const [x, y] = freePlace(wanted, rects, wires);
      const [dx, dy] = [x - snap(wanted.x), y - snap(wanted.y)];
      expect(isFree({ ...wanted, x, y })).toBe(true);
      expect([Math.max(Math.abs(dx), Math.abs(dy)), Math.hypot(dx, dy)]).toEqual(clear ?? first);
      seen[(clear ?? first)?.[0] === 0 ? 'atOnce' : clear ? 'offWires' : 'onWires']++;
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(3);
  });

  it('in the middle of 1,000 nodes and 1,500 parts of wires looks at few of them', () => {
    let looks = 0;
    const counted = (rect: Rect): Rect => ({
      ...rect,
      get x() {
        looks++;
        return rect.x;
      },
      get y() {
        looks++;
        return rect.y;
      },
    });
    const rects: Rect[] = [];
    const wires: Rect[] = [];
    for (let i = 0; i < 1000; i++) {
      const [x, y] = [Math.floor(i / 25) * 240, (i % 25) * 160];
      rects.push(counted({ x, y, ...SIZE }));
      wires.push(counted({ x: x + 88, y: y + 80, width: 0, height: 80 }));
      if (i % 2) wires.push(counted({ x: x + 88, y: y + 90, width: 240, height: 0 }));
    }
    const [x, y] = freePlace({ x: 4700, y: 2000, ...SIZE }, rects, wires);
    expect([x, y]).toEqual([4704, 3952]);
    // No more than all of them twice for each row of the grid up to there.
    expect(looks).toBeLessThan(2 * (3952 / GRID) * 2500);
  });
});
