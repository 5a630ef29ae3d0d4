// Gated recurrent units, frame by frame. Owns the step; columns are in the order update, reset, new, the first two halved, so that their
// sigmoids are ½ + ½·tanh. What the input gives was computed before for all frames at once (dense.ts).
import { sigmoidOfTwice4 } from './activations';
import { columns } from './dense';
import { flush4, madd4 } from './lanes';
import { tanh4 } from './quick4';

/**
 * `gates`: what the input gives, 3 parts of `part` bytes a frame, biases in it; `w`: `units` columns of 3 parts; `bias`: that of the new
 * state's recurrence, 1 part; `h`: the state, 1 part, zeros behind `units`; `room`: 4 parts to compute in. Each h is written to `y`.
 * `isResetBefore`: the reset gate acts on the state before its matrix, else behind it (as PyTorch and tfjs have it).
 */
export function gru(
  gates: usize, pitch: usize, y: usize, yPitch: usize, frames: i32, w: usize, bias: usize, h: usize, part: usize, units: i32, room: usize,
  isResetBefore: i32,
): void {
  const two = part << 1, three = two + part;
  for (let t = 0; t < frames; t++, gates += pitch, y += yPitch) {
    columns(room, gates, two, w, three, h, 4, units);
    if (isResetBefore) {
      for (let i: usize = 0; i < part; i += 16)
        v128.store(room + three + i, f32x4.mul(sigmoidOfTwice4(v128.load(room + part + i)), v128.load(h + i)));
      columns(room + two, bias, part, w + two, three, room + three, 4, units);
    } else columns(room + two, bias, part, w + two, three, h, 4, units);
    for (let i: usize = 0; i < part; i += 16) {
      const given = v128.load(gates + two + i), kept = v128.load(room + two + i);
      const fresh = tanh4(isResetBefore ? f32x4.add(given, kept) : madd4(sigmoidOfTwice4(v128.load(room + part + i)), kept, given));
      const next = madd4(sigmoidOfTwice4(v128.load(room + i)), f32x4.sub(v128.load(h + i), fresh), fresh);
      v128.store(h + i, next);
      v128.store(y + i, next);
    }
  }
  flush4(h, part);
}
