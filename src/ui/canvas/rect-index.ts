// Rectangles by place: which of thousands may meet an area, without looking at all. A grid of square cells.
// Must not know what the rectangles are.
import type { Rect } from './wire-path.ts';

const CELL_PX = 256;
/** What covers more cells is looked at every time: cheaper than standing in all of them. */
const CELLS_MAX = 4096;
/** Cells in a row of keys: more than any patch has. */
const ROW = 2 ** 24;

/** What wires, labels and pointers ask: all rectangles that may meet an area, those that come first in the patch first. */
export interface Obstacles<Item extends Rect = Rect> {
  meeting(area: Rect): readonly Item[];
}

export const NO_OBSTACLES: Obstacles = { meeting: () => [] };

/** `area` and `gap` px around it. */
export const grown = ({ x, y, width, height }: Rect, gap: number): Rect => ({
  x: x - gap,
  y: y - gap,
  width: width + 2 * gap,
  height: height + 2 * gap,
});

export class RectIndex<Item extends Rect = Rect> implements Obstacles<Item> {
  readonly #items: Item[] = [];
  readonly #cells = new Map<number, number[]>();
  readonly #wide: number[] = [];
  /** Number of the query that an item was last found by: it may stand in many cells. */
  readonly #found: number[] = [];
  #query = 0;

  constructor(items: Iterable<Item> = []) {
    for (const item of items) this.add(item);
  }

  add(item: Item): void {
    const at = this.#items.push(item) - 1;
    this.#found.push(0);
    const cells = cellsOf(item);
    if (!cells) this.#wide.push(at);
    else
      for (const key of cells) {
        const cell = this.#cells.get(key);
        if (cell) cell.push(at);
        else this.#cells.set(key, [at]);
      }
  }

  /** All items whose cells meet those of `area`, borders included, in the order in which they were added. */
  meeting(area: Rect): readonly Item[] {
    const cells = cellsOf(area);
    if (!cells) return this.#items;
    const query = ++this.#query;
    const hits: number[] = [...this.#wide];
    for (const key of cells)
      for (const at of this.#cells.get(key) ?? []) {
        if (this.#found[at] === query) continue;
        this.#found[at] = query;
        hits.push(at);
      }
    return hits.sort((a, b) => a - b).map(at => this.#items[at] as Item);
  }
}

/** Keys of the cells that a rectangle touches; undefined for too many. */
function cellsOf({ x, y, width, height }: Rect): number[] | undefined {
  // A gap between two things that overlap has a size below 0.
  const [left, right] = [Math.floor(Math.min(x, x + width) / CELL_PX), Math.floor(Math.max(x, x + width) / CELL_PX)];
  const [top, bottom] = [Math.floor(Math.min(y, y + height) / CELL_PX), Math.floor(Math.max(y, y + height) / CELL_PX)];
  // Also where a number is none.
  if (!((right - left + 1) * (bottom - top + 1) <= CELLS_MAX)) return undefined;
  const keys: number[] = [];
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) keys.push(row * ROW + column);
  return keys;
}
