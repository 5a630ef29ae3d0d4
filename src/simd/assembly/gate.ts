// The noise gate's ballistics (dsp/gate.ts). AssemblyScript, one number at a time: every frame waits for the one before.
import { RELEASE_FALL, TINY } from './numbers';

/** opens, closes, shut: linear, one f64 a frame where `step` is 8, the same in all where it is 0. */
export function gate(
  fall: f64, attack: f64, release: f64, openFrames: f64, opens: usize, closes: usize, shut: usize, step: usize,
  levelAt: usize, latchAt: usize, leftAt: usize, releasedAt: usize, opennessAt: usize, peaks: usize, gains: usize, frames: i32,
): void {
  let level = load<f64>(levelAt), latch = load<f64>(latchAt), left = load<f64>(leftAt);
  let released = load<f64>(releasedAt), openness = load<f64>(opennessAt);
  const towards = 1 - release;
  for (let i: usize = 0, j: usize = 0; i < <usize>frames << 3; i += 8, j += step) {
    const peak = load<f64>(peaks + i), fallen = fall * level - RELEASE_FALL;
    level = peak > fallen ? peak : fallen;
    latch = level >= load<f64>(opens + j) ? 1 : level < load<f64>(closes + j) ? 0 : latch;
    const held = latch * openFrames, rest = left - 1;
    left = held > rest ? held : rest;
    const x: f64 = left > 0 ? 1 : 0;
    const y = release * released + towards * x - RELEASE_FALL;
    released = x > y ? x : y;
    openness = released + attack * (openness - released);
    const closed = load<f64>(shut + j);
    store<f64>(gains + i, closed + (1 - closed) * openness);
  }
  store<f64>(levelAt, level);
  store<f64>(latchAt, latch);
  store<f64>(leftAt, left);
  store<f64>(releasedAt, released);
  store<f64>(opennessAt, openness >= TINY ? openness : 0);
}
