// The processor in a scope that has the audio thread's globals: whatever a block does, `process` does not throw.
import { beforeAll, describe, expect, it } from 'vitest';
import type { FromWorklet, ToWorklet } from '../../src/engine/messages.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { makePatch, registry } from '../render/helpers.ts';

type Channels = readonly Float32Array[];
interface Processor {
  readonly port: { onmessage: (event: { data: ToWorklet }) => void };
  process(inputs: readonly Channels[], outputs: readonly Channels[]): boolean;
}

const told: FromWorklet[] = [];
let Registered: new (options: object) => Processor;

beforeAll(async () => {
  Object.assign(globalThis, {
    sampleRate: 48_000,
    currentFrame: 0,
    AudioWorkletProcessor: class {
      port = { onmessage: undefined, postMessage: (message: FromWorklet) => told.push(message) };
    },
    registerProcessor: (_: string, made: typeof Registered) => {
      Registered = made;
    },
  });
  await import('../../src/engine/worklet/main.ts');
});

describe('ENGINE-4 a block that throws', () => {
  it('is told once and is silent from then on; a fresh plan plays again', () => {
    const processor = new Registered({ processorOptions: { lateLimitMs: 1e9, isStallAllowed: false } });
    const patch = makePatch(
      [
        ['osc', 'source/oscillator'],
        ['mic', 'source/audio-input'],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > out.in', 'mic.out > out.in'],
    );
    const { plan } = makePlan(patch, registry, {}, { maxFrames: 128 });
    const post = (data: ToWorklet): void => processor.port.onmessage({ data });
    const play = (input: Channels): number => {
      let peak = 0;
      for (let block = 0; block < 20; block++) {
        const speakers = [new Float32Array(128).fill(1), new Float32Array(128).fill(1)];
        expect(processor.process([input], [speakers])).toBe(true);
        if (block > 0) peak = Math.max(peak, ...speakers[0]!.map(Math.abs));
        else if (input[0] === undefined) expect(speakers.every(channel => channel.every(x => x === 0))).toBe(true);
      }
      return peak;
    };
    const start = (): void => {
      post({ kind: 'plan', tag: 1, plan: plan!, references: {}, payloads: [], isFresh: true });
      post({ kind: 'run', isRunning: true });
    };
    start();
    const good: Channels = [new Float32Array(128)];
    expect(play(good)).toBeGreaterThan(0.001);
    // A channel that is not there: no browser gives one, and no kernel looks out for it.
    play([undefined as unknown as Float32Array]);
    play(good);
    const failures = told.filter(({ kind }) => kind === 'failed');
    expect(failures).toMatchObject([{ problems: [{ code: 'E-MODEL-RUN', severity: 'error' }] }]);
    start();
    expect(play(good)).toBeGreaterThan(0.001);
    expect(told.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
  });
});
