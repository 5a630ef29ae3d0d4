// Slack: a runner whose results come an exact number of frames late, whatever the calls and layouts; and the line behind it,
// which live results reach late, with gaps, or not at all.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inference } from '../../src/core/model-runner.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { SlackLine } from '../../src/inference/slack-line.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { noise } from '../render/helpers.ts';
import { readModel, WASM_PATH } from './models.ts';
import { play } from './play.ts';

let inference: Inference;
beforeAll(async () => {
  inference = createInference(await loadOrtFromFile(WASM_PATH));
});
afterAll(() => inference.dispose());

const SIZES = [128, 1, 37, 90, 0, 128];

describe('INF-1 a runner with slack', () => {
  it.each([1, 5, 127, 128, 1000])('%i frames: what the model gives, exactly so much later', slack => {
    const x = noise(4000, 7);
    const prompt = play(inference.createRunner(readModel('gru'), 128), x, SIZES);
    const late = play(inference.createRunner(readModel('gru'), 128, slack), x, SIZES);
    expect(late.subarray(0, slack)).toEqual(new Float32Array(slack));
    expect(late.subarray(slack)).toEqual(prompt.subarray(0, x.length - slack));
  });

  it('goes on in another runner, with what is under way; the first goes on as well', () => {
    const x = noise(2000, 8);
    const whole = play(inference.createRunner(readModel('gru'), 128, 300), x, [50]);
    const first = inference.createRunner(readModel('gru'), 128, 300);
    expect(play(first, x.subarray(0, 950), [50])).toEqual(whole.subarray(0, 950));
    const second = inference.createRunner(readModel('gru'), 128, 300);
    second.carryFrom(first);
    for (const runner of [first, second]) expect(play(runner, x.subarray(950), [50])).toEqual(whole.subarray(950));
  });

  it('a reset forgets what is under way; clearing the states does not', () => {
    const runner = inference.createRunner(readModel('identity'), 128, 64);
    play(runner, new Float32Array(64).fill(1), [64]);
    runner.clearStates();
    expect(play(runner, new Float32Array(32).fill(2), [32])).toEqual(new Float32Array(32).fill(1));
    runner.reset();
    const after = play(runner, new Float32Array(128).fill(3), [32]);
    expect(after).toEqual(Float32Array.from({ length: 128 }, (_, i) => (i < 64 ? 0 : 3)));
  });

  it('spectra come whole blocks late, each whole', () => {
    const bytes = readFileSync(new URL('../fixtures/models/settling-spectrum.onnx', import.meta.url));
    const model = loadModel(new Uint8Array(bytes), 'settling-spectrum.onnx');
    const [prompt, late] = [0, 384].map(slack => {
      const runner = inference.createRunner(model, 128, slack);
      return Array.from({ length: 9 }, (_, item) => {
        runner.input('spectrum', 128).set(noise(258, item));
        runner.run(128);
        return runner.output('filtered', 128).slice();
      });
    });
    expect(late.slice(0, 3)).toEqual(prompt.slice(0, 3).map(() => new Float32Array(258)));
    expect(late.slice(3)).toEqual(prompt.slice(0, 6));
  });

  it('channels stay apart in either order, and params of a call go with their call', () => {
    const prompt = inference.createRunner(readModel('many'), 8);
    const late = inference.createRunner(readModel('many'), 8, 3);
    const names = ['main', 'side', 'mono', 'curve'] as const;
    const results = [prompt, late].map(runner => {
      const sums: number[][] = [[], []];
      for (let call = 0; call < 6; call++) {
        for (const [at, name] of names.entries())
          runner.input(name, 4).set(noise(runner.input(name, 4).length, call * 4 + at));
        runner.input('gain', 4)[0] = call;
        runner.input('offset', 4)[0] = -call;
        runner.run(4);
        const sum = runner.output('sum', 4);
        for (const channel of [0, 1]) sums[channel]!.push(...sum.subarray(4 * channel, 4 * channel + 4));
      }
      return sums;
    });
    for (const channel of [0, 1])
      expect(results[1]![channel]!.slice(3)).toEqual(results[0]![channel]!.slice(0, 24 - 3));
  });
});

describe('INF-2 the line of results', () => {
  const ones = (value: number): Float32Array => new Float32Array(10).fill(value);
  const lineOf = (slack: number): SlackLine => new SlackLine(readModel('identity'), 10, slack);
  const read = (line: SlackLine): [boolean, number[]] => [line.read(10), [...line.output('y', 10)]];

  it('what has not arrived is zeros and told; later results come at their own frames, never moved', () => {
    const line = lineOf(20);
    expect([read(line)[0], read(line)[0]]).toEqual([true, true]);
    // Frames 0–9 arrive in time, 10–19 do not, 20–29 do.
    line.write(0, 10, ones(1), 0);
    expect(read(line)).toEqual([true, Array(10).fill(1)]);
    expect(read(line)).toEqual([false, Array(10).fill(0)]);
    line.write(10, 10, ones(2), 0);
    line.write(20, 10, ones(3), 0);
    expect(read(line)).toEqual([true, Array(10).fill(3)]);
  });

  it('calls that were never computed are silent and told, what follows is not, whatever the calls are cut into', () => {
    const line = lineOf(20);
    read(line);
    read(line);
    line.write(10, 10, ones(2), 0);
    expect(read(line)).toEqual([false, Array(10).fill(0)]);
    expect(read(line)).toEqual([true, Array(10).fill(2)]);
    // Frames 20–29 and 40–44 are missing.
    line.write(30, 10, ones(3), 0);
    expect([line.read(5), line.read(5), line.read(5)]).toEqual([false, false, true]);
    line.write(45, 5, ones(4), 0);
    expect([line.read(5), line.read(7), line.read(3)]).toEqual([true, false, true]);
  });

  it('what a runner owed when another went on from it is told by that one too; a reset forgets it', () => {
    const line = lineOf(20);
    read(line);
    read(line);
    line.write(10, 10, ones(2), 0);
    const [heir, reset] = [lineOf(20), lineOf(20)];
    heir.carryFrom(line);
    expect([heir.read(10), heir.read(10)]).toEqual([false, true]);
    reset.carryFrom(line);
    reset.reset();
    expect([reset.read(10), reset.read(10)]).toEqual([true, true]);
    expect(line.read(10)).toBe(false);
  });

  it('results from before a reset are no sound', () => {
    const line = lineOf(20);
    read(line);
    line.reset();
    line.write(0, 10, ones(1), 0);
    read(line);
    line.write(10, 10, ones(2), 0);
    expect(read(line)).toEqual([true, Array(10).fill(0)]);
    expect(read(line)).toEqual([true, Array(10).fill(2)]);
  });
});
