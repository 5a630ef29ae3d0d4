// Plays samples through a runner; shared by the tests in Node and in a worker, so it imports nothing of either.
import type { ModelRunner } from '../../src/core/model-runner.ts';

/** Plays x through a model of one inlet in calls of the given sizes, over and over. */
export function play(runner: ModelRunner, x: Float32Array, sizes: readonly number[]): Float32Array {
  const y = new Float32Array(x.length);
  for (let at = 0, call = 0; at < x.length; call += 1) {
    const frames = Math.min(sizes[call % sizes.length]!, x.length - at);
    runner.input('x', frames).set(x.subarray(at, at + frames));
    runner.run(frames);
    y.set(runner.output('y', frames), at);
    at += frames;
  }
  return y;
}
