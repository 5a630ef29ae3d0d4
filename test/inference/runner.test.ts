// Runners: shapes, params, several tensors, state of every type, refusals.
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import type { OrtModule } from '../../src/inference/ort-glue.ts';
import { createInference, MAX_BINDINGS } from '../../src/inference/ort-inference.ts';
import { errorOf } from './error-of.ts';
import { readModel, WASM_PATH } from './models.ts';

let ort: OrtModule;
let inference: Inference;

beforeAll(async () => {
  ort = await loadOrtFromFile(WASM_PATH);
});
beforeEach(() => {
  inference = createInference(ort);
  return () => inference.dispose();
});

it('starts one runtime per scope', async () => {
  expect(await loadOrtFromFile(WASM_PATH)).toBe(ort);
});

it('runs several inputs, outputs, layouts, params and states of f64 and i64', () => {
  const runner = inference.createRunner(readModel('many'), 5);
  let total = 0;
  [3, 5, 1, 3].forEach((frames, call) => {
    const main = Float32Array.from({ length: 2 * frames }, (_, i) => i + 1);
    const side = Float32Array.from({ length: 2 * frames }, (_, i) => 100 * i);
    const mono = Float32Array.from({ length: frames }, (_, i) => i + 0.25);
    const curve = Float32Array.from({ length: frames }, (_, i) => 2 - i);
    for (const [name, data] of Object.entries({ main, side, mono, curve })) {
      const buffer = runner.input(name, frames);
      expect(buffer.length).toBe(data.length);
      buffer.set(data);
    }
    runner.input('gain', frames)[0] = 0.5;
    runner.input('offset', frames)[0] = 4;
    runner.run(frames);
    total += frames - 1 + 0.25;
    const sum = runner.output('sum', frames);
    const meter = runner.output('meter', frames);
    expect([sum.length, meter.length]).toEqual([2 * frames, frames]);
    for (let i = 0; i < frames; i += 1) {
      for (const channel of [0, 1]) {
        const at = channel * frames + i;
        expect(sum[at]).toBe(main[at]! * 0.5 * curve[i]! + side[2 * i + channel]!);
      }
      expect(meter[i]).toBeCloseTo(4 * mono[i]! + (call + 1) + total, 5);
    }
  });
  // States of both types are taken over by another runner, and the first goes on by itself.
  const heir = inference.createRunner(readModel('many'), 5);
  heir.carryFrom(runner);
  for (const one of [heir, runner]) expect(meterOf(one)).toBeCloseTo(5 + total, 5);
  for (const one of [heir, runner]) expect(meterOf(one)).toBeCloseTo(6 + total, 5);
  runner.clearStates();
  expect(meterOf(runner)).toBe(1);
  runner.reset();
  expect(meterOf(runner)).toBe(1);
  expect(meterOf(heir)).toBeCloseTo(7 + total, 5);
});

/** One frame of zeros through "many": its meter tells how many calls there were, plus the total of what came in. */
function meterOf(runner: ModelRunner): number {
  for (const name of ['main', 'side', 'mono', 'curve', 'gain', 'offset']) runner.input(name, 1).fill(0);
  runner.run(1);
  return runner.output('meter', 1)[0]!;
}

it('keeps an event param between calls of different lengths', () => {
  const runner = inference.createRunner(readModel('many'), 64);
  runner.input('gain', 64)[0] = 3;
  runner.input('main', 2).fill(1);
  runner.input('curve', 2).fill(1);
  runner.input('side', 2).fill(0);
  runner.run(2);
  expect([...runner.output('sum', 2)]).toEqual([3, 3, 3, 3]);
});

it('does nothing for a call of no frames', () => {
  const runner = inference.createRunner(readModel('many'), 64);
  runner.run(1);
  expect(runner.input('main', 0).length).toBe(0);
  runner.run(0);
  expect(runner.output('sum', 0).length).toBe(0);
  // The call of no frames was none.
  expect(meterOf(runner)).toBe(2);
});

it('refuses a fixed block of another length, and plays the right one', () => {
  expect(errorOf(() => inference.createRunner(readModel('block64'), 63)).code).toBe('E-MODEL-BLOCK');
  const runner = inference.createRunner(readModel('block64'), 128);
  const error = errorOf(() => runner.run(128));
  expect(error.code).toBe('E-MODEL-BLOCK');
  expect(error.message).toContain(
    "block64.onnx: expected calls of the model's native block (block 64), got 128 frames",
  );
  runner.input('x', 64).fill(0.5);
  runner.run(64);
  expect([...runner.output('y', 64)]).toEqual(new Array(64).fill(-0.5));
});

it.each([
  ['halves', /"y" the sizes \[1,1,128\], got \[1,1,64\]/],
  ['flat', /Got: 3 Expected: 2/],
  ['constant', /Got: 128 Expected: 100/],
] as const)('refuses a model whose output has another shape than its contract: %s', (name, shapes) => {
  const error = errorOf(() => inference.createRunner(readModel(name), 128));
  expect(error.code).toBe('E-MODEL-RUN');
  expect(error.message).toMatch(shapes);
});

it('passes on what the runtime says about a broken file, wrong names and wrong state shapes', () => {
  const garbage = { ...readModel('identity'), sha256: 'garbage', bytes: new Uint8Array([1, 2, 3, 4]) };
  const wrongName = readModel('identity', { inputs: [{ tensor: 'z', channels: 1, layout: 'bcn' }] });
  const wrongState = readModel('gru', { states: [{ input: 'h', output: 'h_out', shape: [1, 1, 31], dtype: 'f32' }] });
  const wrongDtype = readModel('gru', { states: [{ input: 'h', output: 'h_out', shape: [1, 1, 32], dtype: 'f64' }] });
  const wrongLayout = readModel('identity', { inputs: [{ tensor: 'x', channels: 1, layout: 'bxn' }] });
  const messages = [garbage, wrongName, wrongState, wrongDtype].map(model => {
    const error = errorOf(() => inference.createRunner(model, 128));
    expect(error.code).toBe('E-MODEL-RUN');
    return error.message;
  });
  expect(messages[0]).toMatch(/protobuf/i);
  expect(messages[1]).toContain('z');
  expect(messages[2]).toContain('31');
  expect(messages[3]).toMatch(/double/);
  expect(errorOf(() => inference.createRunner(wrongLayout, 128)).code).toBe('E-MODEL-CONTRACT');
});

it('refuses unknown names, too long calls, foreign states and calls after dispose', () => {
  const runner = inference.createRunner(readModel('gru'), 128);
  expect(errorOf(() => runner.input('y', 128)).message).toContain('expected one of the inputs x, got "y"');
  expect(errorOf(() => runner.output('x', 128)).message).toContain('expected one of the outputs y, got "x"');
  for (const frames of [129, -1, 1.5, NaN]) expect(errorOf(() => runner.run(frames)).code).toBe('E-MODEL-RUN');
  const foreign = inference.createRunner(readModel('many'), 128);
  expect(errorOf(() => runner.carryFrom(foreign)).message).toContain('[128] bytes, got [8, 8]');
  runner.dispose();
  runner.dispose();
  expect(errorOf(() => runner.run(128)).message).toContain('disposed');
});

it('keeps the state when a call fails', () => {
  const runner = inference.createRunner(readModel('many'), 64);
  runner.run(8);
  expect(errorOf(() => runner.run(65)).code).toBe('E-MODEL-RUN');
  expect(meterOf(runner)).toBe(2);
});

it('serves more frame counts than it keeps bindings', () => {
  const runner = inference.createRunner(readModel('identity'), 4 * MAX_BINDINGS);
  for (let round = 0; round < 3; round += 1) {
    for (let frames = 1; frames <= 4 * MAX_BINDINGS; frames += 1) {
      runner.input('x', frames).fill(frames);
      runner.run(frames);
      expect(runner.output('y', frames)).toEqual(new Float32Array(frames).fill(frames));
    }
  }
});
