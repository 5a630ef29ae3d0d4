// Kernels of effects: each is its scalar twin within the error that core/effect-kernels.ts states, over any lengths, in place,
// and with numbers that are none. Curves: shape.test.ts.
import { describe, expect, it } from 'vitest';
import { peakOf } from '../../src/dsp/level.ts';
import { SVF_KINDS, SVF_ROOM, SVF_STATE, SVF_TABLE } from '../../src/dsp/svf.ts';
import { distance, type KernelPair, kernelPair, noise } from './kernel-pair.ts';

const FORMS = ['simd', 'relaxed'] as const;
const LENGTHS = [0, 1, 2, 3, 7, 127, 128, 129];
/** One unit of the last place of f32 for numbers below 2. */
const ROUNDING = 1.3e-7;

const steady = (value: number) => ({ value, isConstant: true, values: new Float64Array(0) });
const moving = (pair: KernelPair, values: ArrayLike<number>) => ({
  value: values[0],
  isConstant: false,
  values: pair.f64(values),
});

/** Runs both forms into fresh outputs of `frames` + 4 sentinels; gives the distance, and checks that nothing else was written. */
function outputDistance(
  pair: KernelPair,
  frames: number,
  play: (kernels: KernelPair['simd'], output: Float32Array) => void,
): number {
  const [wanted, got] = [
    pair.f32(new Float32Array(frames + 4).fill(9)),
    pair.f32(new Float32Array(frames + 4).fill(9)),
  ];
  play(pair.scalar, wanted);
  play(pair.simd, got);
  expect([...got.subarray(frames)]).toEqual([9, 9, 9, 9]);
  return distance(wanted.subarray(0, frames), got.subarray(0, frames));
}

describe.each(FORMS)('mix, %s', form => {
  it.each(LENGTHS)('%d frames', frames => {
    const pair = kernelPair(form);
    const [a, b, c] = [1, 2, 3].map(seed => pair.f32(noise(frames, seed)));
    const moves = noise(Math.max(1, frames), 4);
    const room = pair.f64(new Float64Array(frames + 1));
    expect(outputDistance(pair, frames, (k, out) => k.scale(0.7, a, out, frames))).toBe(0);
    const gains = pair.f64(moves);
    expect(outputDistance(pair, frames, (k, out) => k.multiply(gains, a, out, frames))).toBe(0);
    const levelsDb = pair.f64(noise(frames + 1, 6).map(x => 60 * x));
    for (const count of [1, 2, 3]) {
      const input = [a, b, c].slice(0, count);
      const [wanted, got] = [0, 1].map(() => input.map(() => pair.f32(new Float32Array(frames + 4).fill(9))));
      pair.scalar.amplify(levelsDb, input, wanted, frames);
      pair.simd.amplify(levelsDb, input, got, frames);
      for (let k = 0; k < count; k++)
        for (let i = 0; i < frames + 4; i++)
          expect(Math.abs(got[k][i] - wanted[k][i])).toBeLessThanOrEqual(1.5e-6 * Math.abs(wanted[k][i]));
    }
    for (const mix of [steady(0.3), moving(pair, moves.map(Math.abs))])
      expect(outputDistance(pair, frames, (k, out) => k.blend(mix, a, b, out, frames))).toBeLessThan(2e-7);
    for (const signal of [steady(0.3), moving(pair, moves)]) {
      expect(outputDistance(pair, frames, (k, out) => k.add(a, b, signal, out, frames))).toBe(0);
      expect(outputDistance(pair, frames, (k, out) => k.product(a, b, signal, out, frames))).toBe(0);
    }
    const addresses = new Int32Array(pair.f32([0, 0, 0]).buffer, room.byteOffset, 3);
    const levels = pair.f64([0.3, -0.5, 1.25]);
    expect(outputDistance(pair, frames, (k, out) => k.sum(levels, [a, b, c], addresses, out, frames))).toBe(0);
    const stride = frames + (frames % 2);
    const many = pair.f64(noise(3 * stride + 2, 5));
    expect(outputDistance(pair, frames, (k, out) => k.sumMoving(many, stride, [a, b, c], addresses, out, frames))).toBe(
      0,
    );
  });

  it('gains of levels', () => {
    const pair = kernelPair(form);
    const levels = pair.f64(noise(1001, 3).map(x => 200 * x));
    levels[5] = 0;
    const gains = pair.f64(new Float64Array(1001));
    pair.simd.levelToGain(levels, gains, 1001);
    expect(gains[5]).toBe(1);
    for (let i = 0; i < 1001; i++) expect(Math.abs(gains[i] / 10 ** (levels[i] / 20) - 1)).toBeLessThan(1e-10);
    pair.simd.levelToGain(pair.f64([Number.NaN]), gains, 1);
    expect(gains[0]).toBeNaN();
  });

  it('what is not finite is silence where gains move, and mixes end bit by bit', () => {
    const pair = kernelPair(form);
    const input = pair.f32([Number.NaN, 1, Number.POSITIVE_INFINITY, -2, Number.NEGATIVE_INFINITY, 1e-40, Number.NaN]);
    const gains = pair.f64(new Float64Array(7).fill(0.5));
    expect(outputDistance(pair, 7, (k, out) => k.multiply(gains, input, out, 7))).toBe(0);
    const [dry, wet] = [pair.f32(noise(9, 1)), pair.f32(noise(9, 2))];
    const out = pair.f32(new Float32Array(9));
    pair.simd.blend(steady(0), dry, wet, out, 9);
    expect([...out]).toEqual([...dry]);
    pair.simd.blend(steady(1), dry, wet, out, 9);
    expect([...out]).toEqual([...wet]);
  });
});

describe.each(FORMS)('dynamics, %s', form => {
  it('peaks of any channels', () => {
    for (const channels of [1, 2, 3, 5])
      for (const frames of LENGTHS) {
        const pair = kernelPair(form);
        const input = Array.from({ length: channels }, (_, c) => pair.f32(noise(frames, 9 * c + 1)));
        if (frames > 2) {
          input[0][1] = Number.NaN;
          input[channels - 1][frames - 1] = Number.NEGATIVE_INFINITY;
          input[0][2] = 1e-40;
        }
        const [wanted, got] = [new Float64Array(frames), pair.f64(new Float64Array(frames))];
        const [wantedMost, most] = [Float64Array.of(0.3), Float64Array.of(0.3)];
        pair.scalar.peaks(input, 0, channels, wanted, wantedMost, frames);
        pair.simd.peaks(input, 0, channels, got, most, frames);
        expect(most).toEqual(wantedMost);
        expect([...got]).toEqual([...wanted]);
      }
  });

  it('follows one and more levels', () => {
    for (const count of [1, 2, 3])
      for (const [attack, release] of [
        [0, 0.9],
        [0.99, 0.5],
        [0.3, 0.999],
      ]) {
        const pair = kernelPair(form);
        const wantedStates = new Float64Array(count);
        const states = pair.f64(wantedStates);
        for (const frames of LENGTHS) {
          const levels = Array.from({ length: count }, (_, c) => noise(frames, 5 * c + frames).map(Math.abs));
          const placed = levels.map(level => pair.f64(level));
          pair.scalar.follow(Float64Array.of(attack, release), wantedStates, levels, frames);
          pair.simd.follow(Float64Array.of(attack, release), states, placed, frames);
          for (let c = 0; c < count; c++) expect(distance(levels[c], placed[c])).toBeLessThan(1e-14);
        }
        expect(distance(states, wantedStates)).toBeLessThan(1e-14);
      }
  });

  it.each([false, true])('compresses, params moving: %s', isMoving => {
    for (const [attack, release] of [
      [0.99, 0.999],
      [0, 0],
      [0.5, 0.9],
    ]) {
      const pair = kernelPair(form);
      const states = [0, 0].map(() => new Float64Array(2));
      const placed = states.map(state => pair.f64(state));
      for (const frames of [...LENGTHS, 128, 128, 128]) {
        const signal = (least: number, most: number, seed: number) =>
          isMoving
            ? moving(
                pair,
                noise(frames + 1, seed).map(x => least + (most - least) * Math.abs(x)),
              )
            : steady((least + most) / 2);
        const params = [signal(-40, -6, 1), signal(1, 20, 2), signal(0, 24, 3), signal(-3, 12, 4)] as const;
        const levels = pair.f64(noise(frames, frames).map(x => Math.abs(x) ** 30));
        const [wantedChanges, wantedGains] = [new Float64Array(frames), new Float64Array(frames)];
        const [changes, gains] = [pair.f64(wantedChanges), pair.f64(wantedGains)];
        const poles = Float64Array.of(attack, release);
        pair.scalar.compress(poles, states[0], states[1], 1, ...params, levels, wantedChanges, wantedGains, frames);
        pair.simd.compress(poles, placed[0], placed[1], 1, ...params, levels, changes, gains, frames);
        expect(distance(changes, wantedChanges)).toBeLessThan(1e-9);
        expect(distance(gains, wantedGains)).toBeLessThan(1e-9);
      }
      expect(distance(placed[0], states[0])).toBeLessThan(1e-9);
      expect(distance(placed[1], states[1])).toBeLessThan(1e-9);
      expect([placed[0][0], placed[1][0]]).toEqual([0, 0]);
    }
  });
});

describe.each(FORMS)('a corner, %s', form => {
  it.each(LENGTHS)('%d frames', frames => {
    const pair = kernelPair(form);
    for (const scale of [0.05, 1, 30]) {
      const settings = Float64Array.of(0.1, 0.75, 3);
      const levels = pair.f64(noise(frames, 3).map(x => scale * Math.abs(x)));
      if (frames > 3) [levels[1], levels[2]] = [0, 0.1];
      const [wantedLast, last] = [new Float64Array(2), pair.f64(new Float64Array(2))];
      const [wantedChanges, wantedGains] = [new Float64Array(frames), new Float64Array(frames)];
      const [changes, gains] = [pair.f64(wantedChanges), pair.f64(wantedGains)];
      pair.scalar.reduce(settings, wantedLast, 1, levels, wantedChanges, wantedGains, frames);
      pair.simd.reduce(settings, last, 1, levels, changes, gains, frames);
      expect(distance(changes, wantedChanges)).toBeLessThan(1e-9);
      expect(distance(gains, wantedGains)).toBeLessThan(1e-9);
      expect(distance(last, wantedLast)).toBeLessThan(1e-9);
    }
  });
});

describe.each(FORMS)('gate, %s', form => {
  it('opens, holds and shuts as its twin', () => {
    const pair = kernelPair(form);
    const settings = Float64Array.of(0.9, 0.5, 0.8, 9);
    const make = () => [0, 0, 0, 0, 0].map(() => pair.f64([0]));
    const stateOf = ([level, latch, left, released, openness]: Float64Array[]) => ({
      level,
      latch,
      left,
      released,
      openness,
    });
    const [wantedState, state] = [stateOf(make()), stateOf(make())];
    for (const [at, frames] of [...LENGTHS, 128, 30].entries()) {
      const opens = pair.f64(noise(frames + 1, 1).map(x => 0.5 + 0.1 * x));
      const closes = pair.f64(opens.map(x => x / 2));
      const shut = pair.f64(noise(frames + 1, 2).map(x => 0.1 + 0.05 * x));
      const peaks = pair.f64(noise(frames, at).map(x => Math.abs(x) ** 8));
      const [wanted, got] = [new Float64Array(frames), pair.f64(new Float64Array(frames))];
      pair.scalar.gate(settings, opens, closes, shut, at % 2 === 0, wantedState, peaks, wanted, frames);
      pair.simd.gate(settings, opens, closes, shut, at % 2 === 0, state, peaks, got, frames);
      expect(distance(wanted, got)).toBeLessThan(1e-14);
      for (const [name, value] of Object.entries(state))
        expect(distance(value, wantedState[name as keyof typeof state])).toBeLessThan(1e-14);
    }
  });
});

describe.each(FORMS)('delay, %s', form => {
  it('is its twin bit by bit, at any length and across the end of the line', () => {
    for (const length of [1, 2, 3, 4, 5, 31, 63, 64])
      for (const isMoving of [false, true]) {
        const pair = kernelPair(form);
        const [wantedLine, line] = [pair.f32(new Float32Array(64)), pair.f32(new Float32Array(64))];
        let now = 2 ** 32 - 200;
        for (const frames of LENGTHS) {
          const gain = isMoving ? moving(pair, noise(frames + 3, 7)) : steady(-0.9);
          const input = pair.f32(noise(frames + 3, frames));
          if (frames > 6) [input[3], input[4], input[5]] = [Number.NaN, 1e-39, Number.POSITIVE_INFINITY];
          const [wanted, got] = [new Float32Array(frames + 7), pair.f32(new Float32Array(frames + 7))];
          pair.scalar.delay(wantedLine, now, length, gain, input, wanted, 3, frames);
          pair.simd.delay(line, now, length, gain, input, got, 3, frames);
          expect([...got]).toEqual([...wanted]);
          expect([...line]).toEqual([...wantedLine]);
          now += frames;
        }
      }
  });
});

describe.each(FORMS)('one-poles, %s', form => {
  it('any channels, any lengths', () => {
    for (const channels of [1, 2, 3])
      for (const isMoving of [false, true]) {
        const pair = kernelPair(form);
        const states = [0, 1, 2].map(() => new Float64Array(channels));
        const placed = states.map(state => pair.f64(state));
        for (const frames of LENGTHS) {
          const poles = pair.f64(noise(frames + 1, 3).map(Math.abs));
          const input = Array.from({ length: channels }, (_, c) => pair.f32(noise(frames, 7 * c + frames)));
          if (frames > 3) [input[0][1], input[channels - 1][2]] = [Number.NaN, Number.POSITIVE_INFINITY];
          const make = () => input.map(() => pair.f32(new Float32Array(frames + 4).fill(9)));
          const [wanted, got, wantedDc, gotDc] = [make(), make(), make(), make()];
          pair.scalar.onePole(poles, !isMoving, -1, 2, states[0], input, wanted, frames);
          pair.simd.onePole(poles, !isMoving, -1, 2, placed[0], input, got, frames);
          pair.scalar.blockDc(poles, !isMoving, states[1], states[2], input, wantedDc, frames);
          pair.simd.blockDc(poles, !isMoving, placed[1], placed[2], input, gotDc, frames);
          for (let c = 0; c < channels; c++) {
            expect(distance(wanted[c], got[c])).toBeLessThan(2 * ROUNDING);
            expect(distance(wantedDc[c], gotDc[c])).toBeLessThan(4 * ROUNDING);
          }
          for (const k of [0, 1, 2]) expect(distance(placed[k], states[k])).toBeLessThan(1e-13);
        }
      }
  });
});

describe.each(FORMS)('look-ahead, %s', form => {
  it('is its twin bit by bit, while gains move and stand', () => {
    const design = { lookAhead: 13, first: 7, second: 8 };
    const pair = kernelPair(form);
    const make = (isPlaced: boolean) => {
      const f64 = (length: number) => (isPlaced ? pair.f64(new Float64Array(length)) : new Float64Array(length));
      const i32 = (length: number) => {
        const room = f64(length);
        return isPlaced ? new Int32Array(room.buffer, room.byteOffset, length) : new Int32Array(length);
      };
      return {
        lines: [0, 1].map(() => (isPlaced ? pair.f32(new Float32Array(13)) : new Float32Array(13))),
        state: {
          needs: f64(14),
          came: f64(14),
          queue: i32(2),
          firstRing: f64(7),
          secondRing: f64(8),
          places: i32(3),
          totals: f64(4),
          reduction: f64(1),
        },
      };
    };
    const [twin, simd] = [make(false), make(true)];
    let place = 0;
    for (const [at, frames] of [...LENGTHS, 128, 30, 128].entries()) {
      const isSteady = at % 2 === 0;
      const drives = pair.f64(noise(frames + 1, 5).map(x => 1 + Math.abs(x)));
      const targets = pair.f64(noise(frames + 1, 6).map(x => 0.3 + Math.abs(x)));
      const input = [0, 1].map(c => pair.f32(noise(frames, 9 * c + at)));
      if (frames > 5) [input[0][3], input[1][4]] = [Number.NaN, Number.POSITIVE_INFINITY];
      const play = (
        kernels: KernelPair['simd'],
        { lines, state }: typeof twin,
        place64: (n: number) => Float64Array,
      ) => {
        const [peaks, gains] = [place64(frames), place64(frames)];
        const output = [0, 1].map(() => pair.f32(new Float32Array(frames)));
        for (const c of [0, 1])
          kernels.hold(lines[c], place, drives, isSteady, input[c], output[c], peaks, c > 0, frames);
        kernels.limit(design, Float64Array.of(0.98), targets, isSteady, state, peaks, gains, frames);
        return [...output, peaks, gains, ...lines, ...Object.values(state)].map(array => [...array]);
      };
      const wanted = play(pair.scalar, twin, n => new Float64Array(n));
      expect(play(pair.simd, simd, n => pair.f64(new Float64Array(n)))).toEqual(wanted);
      place = (place + frames) % 13;
    }
    expect(simd.state.reduction[0]).toBeGreaterThan(0.01);
  });
});

describe.each(FORMS)('moving filters, %s', form => {
  it.each(SVF_KINDS.map((name, kind) => [name, kind] as const))('%s', (_name, kind) => {
    for (const channels of [1, 2, 3])
      for (const isMoving of [false, true]) {
        const pair = kernelPair(form);
        const table = pair.f64(SVF_TABLE);
        const room = pair.f64(new Float64Array(SVF_ROOM));
        const wantedStates = new Float64Array(SVF_STATE * channels);
        const states = pair.f64(wantedStates);
        for (const frames of LENGTHS) {
          const moves = (seed: number, middle: number, swing: number) =>
            isMoving
              ? moving(
                  pair,
                  noise(frames + 1, seed).map(x => middle + swing * x),
                )
              : steady(middle);
          // Cutoffs below and above their bounds as well.
          const params = [moves(1, 12000, 13000), moves(2, 4, 3.9), moves(3, 2, 20)] as const;
          const input = Array.from({ length: channels }, (_, c) => pair.f32(noise(frames, 7 * c + frames)));
          if (frames > 3) [input[0][1], input[channels - 1][2]] = [Number.NaN, Number.POSITIVE_INFINITY];
          const [wanted, got] = [0, 1].map(() => input.map(() => pair.f32(new Float32Array(frames + 4).fill(9))));
          pair.scalar.svfMoving(table, kind, room, 48000, ...params, wantedStates, input, wanted, frames);
          pair.simd.svfMoving(table, kind, room, 48000, ...params, states, input, got, frames);
          const peak = Math.max(1, ...wanted.map(channel => peakOf(channel.subarray(0, frames))));
          for (let c = 0; c < channels; c++) expect(distance(wanted[c], got[c]) / peak).toBeLessThan(ROUNDING);
          expect(distance(states, wantedStates) / peak).toBeLessThan(1e-8);
        }
      }
  });
});
