// Long short-term memory, frame by frame. Owns the step; columns are in the order input, output, forget, cell, the first three halved,
// so that their sigmoids are ½ + ½·tanh. What the input gives was computed before for all frames at once (dense.ts).
import { sigmoidOfTwice4 } from './activations';
import { columns } from './dense';
import { flush4, madd4 } from './lanes';
import { tanh4 } from './quick4';

/** `gates`: 4 parts of `part` bytes a frame, biases in it; `w`: `units` columns of 4 parts; `h`, `c`: 1 part each; `room`: 4 parts. */
export function lstm(
  gates: usize, pitch: usize, y: usize, yPitch: usize, frames: i32, w: usize, h: usize, c: usize, part: usize, units: i32, room: usize,
): void {
  const two = part << 1, three = two + part, four = part << 2;
  for (let t = 0; t < frames; t++, gates += pitch, y += yPitch) {
    columns(room, gates, four, w, four, h, 4, units);
    for (let i: usize = 0; i < part; i += 16) {
      const entering = f32x4.mul(sigmoidOfTwice4(v128.load(room + i)), tanh4(v128.load(room + three + i)));
      const cell = madd4(sigmoidOfTwice4(v128.load(room + two + i)), v128.load(c + i), entering);
      const next = f32x4.mul(sigmoidOfTwice4(v128.load(room + part + i)), tanh4(cell));
      v128.store(c + i, cell);
      v128.store(h + i, next);
      v128.store(y + i, next);
    }
  }
  flush4(h, part);
  flush4(c, part);
}
