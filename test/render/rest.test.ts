// When a node need not run: a long line is looked through a bounded part at a time, and nothing that wanders in it is missed.
import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/plan/make-plan.ts';
import { ALL_PASSES } from '../../src/plan/passes/pass-name.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { Rest } from '../../src/render/rest.ts';
import { NO_CONTROL, type SignalRun } from '../../src/render/signal-calls.ts';
import { countCalls } from './counted-node.ts';
import { makePatch, registry } from './helpers.ts';

/** No call looks at more numbers than this; a block has 128. */
const LOOKED_AT_MOST = 512;
const TEN_SECONDS = 2 ** 19;

const makeSignal = (): SignalRun => ({
  channels: [new Float32Array(128)],
  addresses: new Int32Array(1),
  control: NO_CONTROL,
  clock: { rateHz: 48000, blockFrames: 0, start: 0, count: 128 },
  itemSize: 0,
  isSilent: true,
  isWatched: false,
});

/** A rest whose looks at its lines are counted. `play` is a call of the node, whose `kernel` says whether it gave silence. */
function restOf(lines: readonly Float32Array[]) {
  let reads = 0;
  const get = (line: Float32Array, key: string | symbol): unknown => {
    if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
    return Reflect.get(line, key, line);
  };
  const names = lines.map((_, k) => `line${k}`);
  const state = Object.fromEntries(lines.map((line, k) => [names[k], new Proxy(line, { get })]));
  const outlet = makeSignal();
  const rest = new Rest({ inlets: [makeSignal()], outlets: [outlet], state, empty: names });
  const play = (kernel: () => boolean): { isSkipped: boolean; reads: number } => {
    reads = 0;
    if (rest.skips(false)) return { isSkipped: true, reads };
    outlet.isSilent = kernel();
    rest.look();
    return { isSkipped: false, reads };
  };
  return { rest, play };
}

describe('rest', () => {
  it('of a line of ten seconds in stereo: a bounded part of it is looked at in each call', () => {
    const lines = [new Float32Array(TEN_SECONDS).fill(0.1), new Float32Array(TEN_SECONDS).fill(0.1)];
    const { play } = restOf(lines);
    let calls = 0;
    let isSkipped = false;
    for (; !isSkipped && calls < 10_000; calls++) {
      const at = 128 * calls;
      const played = play(() => {
        // As a delay does that hears nothing: zeros over what is there.
        for (const line of lines) if (at < TEN_SECONDS) line.fill(0, at, at + 128);
        return true;
      });
      expect(played.reads).toBeLessThanOrEqual(LOOKED_AT_MOST);
      isSkipped = played.isSkipped;
    }
    expect(lines.every(line => line.every(x => x === 0))).toBe(true);
    // Not before the line is overwritten, and not much later.
    expect(calls).toBeGreaterThan(TEN_SECONDS / 128);
    expect(calls).toBeLessThan((2 * TEN_SECONDS) / 128 + 100);
  });

  it('does not begin while something goes on to where it has looked before', () => {
    const [first, last] = [10, 9000];
    const line = new Float32Array(9500);
    const { play } = restOf([line]);
    const soundsAt = (place: number) => () => {
      line.fill(0)[place] = 1;
      return false;
    };
    // Looked at: some thousands from the beginning; then what is at the end sounds, and goes round to the beginning.
    play(soundsAt(last));
    for (let call = 0; call < 20; call++) expect(play(() => true).isSkipped).toBe(false);
    play(soundsAt(first));
    for (let call = 0; call < 40; call++) expect(play(() => true).isSkipped).toBe(false);
    line[first] = 0;
    let calls = 0;
    while (!play(() => true).isSkipped) expect(++calls).toBeLessThan(45);
  });

  it('of a Delay of ten seconds: comes, and no echo is lost', () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input', {}],
        ['delay', 'time/delay', { maxTime: '10 s', time: 8000, feedback: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > delay.in', 'delay.out > out.in'],
      8000,
    );
    const plan = makePlan(patch, registry, {}, { maxFrames: 128 }).plan as Plan;
    const heard = [ALL_PASSES, new Set([...ALL_PASSES].filter(name => name !== 'silence'))].map(passes => {
      const { calls, ...counted } = countCalls(plan, 'delay');
      const executor = new Executor({ ...counted, resources: {}, passes });
      const [input, output] = [plan.inputs[0], plan.outputs[0]].map(({ signal }) => executor.audio(signal)[0]);
      const sounds: string[] = [];
      for (let block = 0; block < 2500; block++) {
        input.fill(0);
        if (block === 3 || block === 1900) input[77] = 0.5;
        executor.process(128);
        for (let i = 0; i < 128; i++) if (output[i] !== 0) sounds.push(`${128 * block + i}: ${output[i]}`);
      }
      executor.dispose();
      return { sounds, calls: calls.length };
    });
    expect(heard[0].sounds).toEqual(heard[1].sounds);
    expect(heard[1].sounds.length).toBe(2);
    expect(heard[1].calls).toBe(2500);
    expect(heard[0].calls).toBeLessThan(2200);
  });
});
