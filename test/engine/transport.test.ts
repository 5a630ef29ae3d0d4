// Transport B without a browser: the audio thread's end and the worker's, joined by a wire whose messages arrive when the test
// lets them. What is heard is held against the renderer's runner with the same slack.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type { FromModels, ToModels } from '../../src/engine/transport/messages.ts';
import { ModelServer } from '../../src/engine/transport/model-server.ts';
import { RemoteModels } from '../../src/engine/transport/remote-models.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { type ModelName, readModel, WASM_PATH } from '../inference/models.ts';
import { noise } from '../render/helpers.ts';

let inference: Inference;
beforeAll(async () => {
  inference = createInference(await loadOrtFromFile(WASM_PATH));
});
afterAll(() => inference.dispose());

const BLOCK = 128;
const SLACK = 1024;

/** Both ends; messages cross as through a port (buffers are moved), each way one call of `toWorker` or `toAudio` at a time. */
function join(prepared: readonly ModelName[] = ['gru']) {
  const there: ToModels[] = [];
  const back: FromModels[] = [];
  const buffers = new Set<number>();
  const move = <Message>(queue: Message[]) => ({
    postMessage: (message: Message, transfer: ArrayBuffer[]) => void queue.push(structuredClone(message, { transfer })),
  });
  const audio = new RemoteModels(move(there));
  const server = new ModelServer(inference, move(back), () => 0);
  server.prepare(prepared.map(name => ({ model: readModel(name), maxFrames: BLOCK })));
  const drain = <Message>(queue: Message[], count: number, receive: (message: Message) => void): void => {
    for (const message of queue.splice(0, count)) receive(message);
  };
  return {
    audio,
    server,
    there,
    buffers,
    toWorker: (count = Number.POSITIVE_INFINITY) => drain(there, count, message => server.receive(message)),
    toAudio: (count = Number.POSITIVE_INFINITY) => drain(back, count, message => audio.receive(message)),
  };
}

/** One call; returns a copy of what came out. */
function call(runner: ModelRunner, x: Float32Array): Float32Array {
  runner.input('x', x.length).set(x);
  runner.run(x.length);
  return runner.output('y', x.length).slice();
}

const x = noise(BLOCK * 64, 11);
const blockOf = (at: number): Float32Array => x.subarray(at * BLOCK, (at + 1) * BLOCK);

/** What the renderer gives for these calls. */
function rendered(calls: readonly Float32Array[]): Float32Array[] {
  const runner = inference.createRunner(readModel('gru'), BLOCK, SLACK);
  return calls.map(input => call(runner, input));
}

it('who runs a model is known once the worker has told', () => {
  const { audio, toWorker, toAudio } = join();
  const runner = audio.createRunner(readModel('gru'), BLOCK, SLACK);
  expect(runner.runtime).toBeUndefined();
  toWorker();
  toAudio();
  expect(runner.runtime).toBe('ONNX Runtime');
});

describe('ENGINE-10 results in time', () => {
  it('whenever they arrive within the slack, the sound is that of the renderer, bit for bit, in calls of any length', () => {
    const { audio, toWorker, toAudio } = join();
    const runner = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    const lengths = [128, 1, 90, 37, 128, 64, 64];
    const calls: Float32Array[] = [];
    for (let at = 0, index = 0; at + 128 < x.length; at += lengths[index++ % 7])
      calls.push(x.slice(at, at + lengths[index % 7]));
    const played = calls.map((input, index) => {
      // Messages of several blocks come together, as a device's callback makes them.
      if (index % 4 === 3) toWorker();
      if (index % 4 === 1) toAudio();
      const output = call(runner, input);
      audio.flush();
      return output;
    });
    expect(played).toEqual(rendered(calls));
    expect(runner.lateCalls).toBe(0);
  });

  it('buffers go round: blocks without end take no more of them', () => {
    const { audio, there, toWorker, toAudio } = join();
    const runner = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    const made: number[] = [];
    const Native = globalThis.ArrayBuffer;
    let count = 0;
    globalThis.ArrayBuffer = class extends Native {
      constructor(bytes: number) {
        super(bytes);
        count++;
      }
    } as ArrayBufferConstructor;
    try {
      for (let at = 0; at < 60; at++) {
        call(runner, blockOf(at));
        audio.flush();
        expect(there.filter(({ kind }) => kind === 'batch').length).toBeLessThanOrEqual(4);
        if (at % 4 === 3) toWorker();
        if (at % 4 === 3) toAudio();
        made.push(count);
      }
    } finally {
      globalThis.ArrayBuffer = Native;
    }
    expect(made.at(-1)).toBe(made[12]);
  });
});

describe('ENGINE-11 results too late', () => {
  it('are silence and a count; the delay stays, and what comes in time again is where it belongs', () => {
    const { audio, toWorker, toAudio } = join();
    const runner = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    const calls = Array.from({ length: 40 }, (_, at) => blockOf(at));
    const played = calls.map((input, at) => {
      const output = call(runner, input);
      audio.flush();
      // The worker stands still while blocks 10–22 play.
      if (at < 10 || at > 22) {
        toWorker();
        toAudio();
      }
      return output;
    });
    const wanted = rendered(calls);
    // Block n is heard with block n + 8. What stood still came after block 23: too late for 18–23, in time for 24.
    const late = [18, 19, 20, 21, 22, 23];
    played.forEach((output, at) => expect(output).toEqual(late.includes(at) ? new Float32Array(BLOCK) : wanted[at]));
    expect(runner.lateCalls).toBe(late.length);
  });

  it('a worker that is too slow for good is given no more than it can forget', () => {
    const { audio, there } = join();
    const runner = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    for (let at = 0; at < 2000; at++) {
      call(runner, blockOf(at % 60));
      audio.flush();
    }
    expect(there.length).toBeLessThan((65_536 + SLACK) / BLOCK + 3);
    expect(runner.lateCalls).toBe(2000 - SLACK / BLOCK);
  });
});

describe('ENGINE-12 edits while results are under way', () => {
  it('another runner goes on with state and with what is under way, and so does the first, as in a render', () => {
    const { audio, toWorker, toAudio } = join();
    const create = (models: Inference): ModelRunner => models.createRunner(readModel('gru'), BLOCK, SLACK);
    const perform = (models: Inference, afterBlock: (at: number) => void): Float32Array[][] => {
      const runners = [create(models)];
      return Array.from({ length: 40 }, (_, at) => {
        // Twice, and the second time before the results of the first have all come.
        if (at === 20 || at === 23) {
          runners.push(create(models));
          runners.at(-1)!.carryFrom(runners.at(-2)!);
        }
        if (at === 30) runners.shift()!.dispose();
        const heard = runners.map(runner => call(runner, blockOf(at)));
        afterBlock(at);
        return heard;
      });
    };
    const live = perform(audio, at => {
      audio.flush();
      // Everything arrives six blocks late.
      if (at % 6 === 5) toWorker();
      if (at % 6 === 5) toAudio();
    });
    expect(live).toEqual(perform(inference, () => undefined));
  });

  it('a worker that ended is replaced by one that is given work at once, however long nothing came before', () => {
    const ended = join();
    const first = ended.audio.createRunner(readModel('gru'), BLOCK, SLACK);
    // Longer than what a worker may be behind.
    for (let at = 0; at < 600; at++) call(first, blockOf(at % 60));
    const { audio, toWorker, toAudio } = join();
    const second = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    second.carryFrom(first);
    const third = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    const calls = Array.from({ length: 40 }, (_, at) => blockOf(at));
    const late: number[] = [];
    const played = calls.map((input, at) => {
      // Another edit, before the new worker has answered.
      if (at === 1) third.carryFrom(second);
      const output = call(at === 0 ? second : third, input);
      audio.flush();
      if (at > 1) toWorker();
      if (at > 1) toAudio();
      late.push(third.lateCalls - first.lateCalls);
      return output;
    });
    // States went with the worker: the sound is that of a model that begins here.
    expect(played).toEqual(rendered(calls));
    // What the first worker owed is missing, all of one slack, and is counted; from then on nothing is late.
    expect(late.slice(1, 3)).toEqual([2, 3]);
    expect(late.slice(SLACK / BLOCK - 1)).toEqual(Array(calls.length + 1 - SLACK / BLOCK).fill(SLACK / BLOCK));
  });

  it('a reset comes in its turn; clearing the states leaves what is under way', () => {
    const { audio, toWorker, toAudio } = join();
    const perform = (runner: ModelRunner, afterBlock: (at: number) => void): Float32Array[] =>
      Array.from({ length: 40 }, (_, at) => {
        if (at === 12) runner.reset();
        if (at === 25) runner.clearStates();
        const heard = call(runner, blockOf(at));
        afterBlock(at);
        return heard;
      });
    const live = perform(audio.createRunner(readModel('gru'), BLOCK, SLACK), at => {
      audio.flush();
      if (at % 3 === 2) toWorker();
      if (at % 5 === 4) toAudio();
    });
    expect(live).toEqual(perform(inference.createRunner(readModel('gru'), BLOCK, SLACK), () => undefined));
  });
});

describe('ENGINE-13 faults in the worker', () => {
  it('a model that the runtime refuses keeps no other from being prepared, and is told by its own runner', () => {
    const { server, audio, toWorker, toAudio } = join();
    const halves = { model: readModel('halves'), maxFrames: BLOCK };
    server.prepare([halves, { model: readModel('gru'), maxFrames: BLOCK }]);
    const refused = audio.createRunner(readModel('halves'), BLOCK, SLACK);
    toWorker();
    toAudio();
    expect(() => refused.run(BLOCK)).toThrow(/E-MODEL-RUN .*halves/);
    // A reset tries again, and says again what the runtime says.
    refused.reset();
    audio.flush();
    toWorker();
    toAudio();
    expect(() => refused.run(BLOCK)).toThrow(/E-MODEL-RUN .*halves/);
    const runner = audio.createRunner(readModel('gru'), BLOCK, SLACK);
    const calls = Array.from({ length: 20 }, (_, at) => blockOf(at));
    const played = calls.map(input => {
      const output = call(runner, input);
      audio.flush();
      toWorker();
      toAudio();
      return output;
    });
    expect(played).toEqual(rendered(calls));
  });

  it('a runner that can not be made or run throws what the worker told, once it is known; a reset tries again', () => {
    const { audio, toWorker, toAudio } = join(['block64']);
    // Prepared for its own block, called with another.
    const runner = audio.createRunner(readModel('block64'), BLOCK, SLACK);
    const turn = (frames: number): Float32Array => {
      const output = call(runner, blockOf(0).subarray(0, frames));
      audio.flush();
      toWorker();
      toAudio();
      return output;
    };
    turn(BLOCK);
    expect(() => turn(BLOCK)).toThrow('E-MODEL-BLOCK');
    runner.reset();
    for (let at = 0; at < SLACK / 64; at++) expect(turn(64)).toEqual(new Float32Array(64));
    expect(turn(64)).toEqual(
      blockOf(0)
        .subarray(0, 64)
        .map(value => -value),
    );
    const unknown = audio.createRunner(readModel('conv'), BLOCK, SLACK);
    toWorker();
    toAudio();
    expect(() => call(unknown, blockOf(0))).toThrow('was not prepared');
  });

  it('models that nothing uses any more are let go', () => {
    const { server, audio, toWorker } = join(['gru', 'conv']);
    const runner = audio.createRunner(readModel('conv'), BLOCK, SLACK);
    toWorker();
    server.prepare([{ model: readModel('gru'), maxFrames: BLOCK }]);
    // One that plays keeps its model; without it a new runner has none.
    call(runner, blockOf(0));
    audio.flush();
    toWorker();
    runner.dispose();
    audio.flush();
    toWorker();
    server.prepare([{ model: readModel('gru'), maxFrames: BLOCK }]);
    const told: FromModels[] = [];
    const late = new ModelServer(inference, { postMessage: message => void told.push(message) }, () => 0);
    late.receive({ kind: 'create', runner: 1, model: readModel('conv'), maxFrames: BLOCK });
    expect(told).toMatchObject([{ kind: 'fault', runner: 1 }]);
  });
});

describe('ENGINE-24 the first calls', () => {
  /** A runtime that notes the frames of every call, beside the runner's number. */
  function noting() {
    const calls: (readonly [runner: number, frames: number])[] = [];
    let count = 0;
    const models: Inference = {
      createRunner(model, maxFrames) {
        const runner = inference.createRunner(model, maxFrames);
        const id = count++;
        const run = runner.run.bind(runner);
        runner.run = frames => {
          calls.push([id, frames]);
          run(frames);
        };
        return runner;
      },
      dispose: () => undefined,
    };
    return { models, calls };
  }
  const told: FromModels[] = [];
  const wire = { postMessage: (message: FromModels) => void told.push(message) };

  it('are made before anybody waits for them, of both lengths, on a runner that never plays; nothing is told of it', () => {
    const { models, calls } = noting();
    const server = new ModelServer(models, wire, () => 0);
    const gru = { model: readModel('gru'), maxFrames: 118 };
    server.prepare([gru, { model: readModel('block64'), maxFrames: 64 }]);
    const framesOf = (runner: number): number[] => calls.filter(([id]) => id === runner).map(([, frames]) => frames);
    expect(framesOf(0).slice(0, 4)).toEqual([118, 117, 118, 117]);
    expect(framesOf(0).length).toBeGreaterThanOrEqual(50);
    expect(framesOf(1)).toEqual(Array(framesOf(0).length).fill(64));
    // What is ready already is not rehearsed again, and what plays is another runner.
    const rehearsed = calls.length;
    server.prepare([gru]);
    server.receive({ kind: 'create', runner: 0, model: gru.model, maxFrames: 118 });
    expect(calls.length).toBe(rehearsed);
    expect(told).toEqual([{ kind: 'made', runner: 0, runtime: 'ONNX Runtime' }]);
  });

  it('take no longer than other models may be kept waiting', () => {
    const { models, calls } = noting();
    let now = 0;
    const server = new ModelServer(models, wire, () => (now += 3));
    server.prepare([{ model: readModel('gru'), maxFrames: BLOCK }]);
    expect([calls.length > 2, calls.length < 10]).toEqual([true, true]);
  });

  it('in the audio thread a rehearsal goes the whole way: what is asked for comes back, as it is', () => {
    const rehearsal = new RemoteModels();
    const runner = rehearsal.createRunner(readModel('identity'), BLOCK, SLACK);
    const played = Array.from({ length: 20 }, (_, at) => {
      const output = call(runner, blockOf(at));
      rehearsal.flush();
      return output;
    });
    expect(played.slice(SLACK / BLOCK)).toEqual(Array.from({ length: 20 - SLACK / BLOCK }, (_, at) => blockOf(at)));
    expect(runner.lateCalls).toBe(0);
  });
});
