// No kernel writes where it has nothing to write: after a call of each, in calls of any length, all of the memory but its outputs is as
// it was. Outputs that core/kernels.ts allows one number more are told apart.
import { describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/core/kernels.ts';
import { CASCADE_NUMBERS, CASCADE_STATES, LANES } from '../../src/dsp/cascade.ts';
import { framesUntil } from '../../src/dsp/clock.ts';
import { designMeter } from '../../src/dsp/meter.ts';
import { polyphaseBank } from '../../src/dsp/polyphase.ts';
import { windowTransform } from '../../src/dsp/quarter-transform.ts';
import { designResampler } from '../../src/dsp/resampler.ts';
import { scalarKernels } from '../../src/dsp/scalar-kernels.ts';
import { CURVES } from '../../src/dsp/shape.ts';
import { stftTables } from '../../src/dsp/stft.ts';
import { designSvf, SVF_COEFFICIENTS, SVF_KINDS, SVF_ROOM, SVF_STATE, SVF_TABLE } from '../../src/dsp/svf.ts';
import { type KernelPair, kernelPair, noise } from './kernel-pair.ts';

type Numbers = Float32Array | Float64Array | Int32Array;

/** A call, and what it may write: all of `writes`, and of `more` one number behind an odd count as well. */
interface Call {
  readonly play: (kernels: Kernels) => void;
  readonly writes: readonly Numbers[];
  readonly more?: readonly Float64Array[];
}

const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 127, 128, 129];
/** A pair, and one that goes with itself. */
const CHANNELS = 3;
const SIZE = 16;

/** Arrays with room between them, which nobody may write to and whose numbers no kernel would give. */
function makeRoom(pair: KernelPair, isMoving: boolean) {
  let seed = 0;
  new Uint8Array(pair.i32([0]).buffer).fill(0x5a);
  const guard = <Kind extends Numbers>(array: Kind): Kind => {
    pair.i32(new Int32Array(16).fill(0x5a5a5a5a));
    return array;
  };
  const room = {
    isMoving,
    /** Between 0.25 and 0.75: what any param may be. */
    f64: (count: number) => guard(pair.f64(noise(count, ++seed).map(x => 0.5 + x / 4))),
    f32: (count: number) => guard(pair.f32(noise(count, ++seed))),
    i32: (count: number) => guard(pair.i32(new Int32Array(count))),
    place: <Kind extends Numbers>(array: Kind): Kind =>
      guard(
        array instanceof Int32Array
          ? pair.i32(array)
          : array instanceof Float32Array
            ? pair.f32(array)
            : pair.f64(array),
      ) as Kind,
    /** A channel: a span of a buffer, which begins anywhere. */
    audio: (frames: number) => room.f32(frames + 1).subarray(1),
    channels: (frames: number) => Array.from({ length: CHANNELS }, () => room.audio(frames)),
    signal: (frames: number) => ({ value: 0.5, isConstant: !isMoving, values: room.f64(frames) }),
  };
  return room;
}
type Room = ReturnType<typeof makeRoom>;

/** From one channel or all of them to another. */
const through = (
  room: Room,
  frames: number,
  play: (kernels: Kernels, input: Float32Array[], output: Float32Array[]) => void,
  ...states: Numbers[]
): Call => {
  const [input, output] = [room.channels(frames), room.channels(frames)];
  return { play: kernels => play(kernels, input, output), writes: [...output, ...states] };
};

const numbersThrough = (name: 'exp' | 'log' | 'tan' | 'levelToGain') => (room: Room, count: number) => {
  const [input, output] = [room.f64(count), room.f64(count)];
  return { play: (kernels: Kernels) => kernels[name](input, output, count), writes: [], more: [output] };
};

const eachCurve = (play: (curve: number) => void): void => CURVES.forEach((_, curve) => play(curve));

const bankFor = (room: Room, frames: number) => {
  const rates = { inRateHz: 44100, outRateHz: 48000, patchRateHz: 48000 };
  const bank = polyphaseBank(designResampler({ ...rates, quality: 'low-latency' }), frames + 1);
  return { ...bank, taps: room.place(bank.taps), starts: room.place(bank.starts), lines: room.place(bank.lines) };
};

const CASES: Readonly<Record<string, (room: Room, frames: number) => Call>> = {
  scale: (room, n) => through(room, n, (k, [x], [y]) => k.scale(0.5, x, y, n)),
  multiply: (room, n) => {
    const gains = room.f64(n);
    return through(room, n, (k, [x], [y]) => k.multiply(gains, x, y, n));
  },
  levelToGain: numbersThrough('levelToGain'),
  amplify: (room, n) => {
    const levels = room.f64(n);
    return through(room, n, (k, x, y) => k.amplify(levels, x, y, n));
  },
  blend: (room, n) => {
    const mix = room.signal(n);
    return through(room, n, (k, [a, b], [y]) => k.blend(mix, a, b, y, n));
  },
  sum: (room, n) => {
    const [gains, addresses] = [room.f64(CHANNELS), room.i32(CHANNELS)];
    return through(room, n, (k, x, [y]) => k.sum(gains, x, addresses, y, n), addresses);
  },
  sumMoving: (room, n) => {
    const stride = n + (n % 2);
    const [gains, addresses] = [room.f64(CHANNELS * stride), room.i32(CHANNELS)];
    return through(room, n, (k, x, [y]) => k.sumMoving(gains, stride, x, addresses, y, n), addresses);
  },
  add: (room, n) => {
    const offset = room.signal(n);
    return through(room, n, (k, [a, b], [y]) => k.add(a, b, offset, y, n));
  },
  product: (room, n) => {
    const factor = room.signal(n);
    return through(room, n, (k, [a, b], [y]) => k.product(a, b, factor, y, n));
  },
  shape: (room, n) => through(room, n, (k, [x], [y]) => eachCurve(curve => k.shape(curve, 2, 0.1, 0.5, x, y, n))),
  shapeMoving: (room, n) => {
    const [drive, bias, level] = [room.signal(n), room.signal(n), room.signal(n)];
    return through(room, n, (k, x, y) => eachCurve(curve => k.shapeMoving(curve, drive, bias, level, x, y, n)));
  },
  bend: (room, n) => {
    const [x, y] = [room.f64(n), room.f64(n)];
    return { play: k => eachCurve(curve => k.bend(curve, x, y, n)), writes: [], more: [y] };
  },
  peaks: (room, n) => {
    const [input, levels, greatest] = [room.channels(n), room.f64(n), room.f64(1)];
    return { play: k => k.peaks(input, 0, CHANNELS, levels, greatest, n), writes: [greatest], more: [levels] };
  },
  follow: (room, n) => {
    const [poles, states] = [room.f64(2), room.f64(CHANNELS)];
    const levels = [0, 1, 2].map(() => room.f64(n));
    return { play: k => k.follow(poles, states, levels, n), writes: [states, ...levels] };
  },
  compress: (room, n) => {
    const [poles, released, reduction] = [room.f64(2), room.f64(CHANNELS), room.f64(CHANNELS)];
    const params = [0, 1, 2, 3].map(() => room.signal(n)) as [Signal, Signal, Signal, Signal];
    const [levels, changes, gains] = [room.f64(n), room.f64(n), room.f64(n)];
    return {
      play: k => k.compress(poles, released, reduction, 1, ...params, levels, changes, gains, n),
      writes: [released.subarray(1, 2), reduction.subarray(1, 2)],
      more: [changes, gains],
    };
  },
  reduce: (room, n) => {
    const [settings, reduction] = [room.f64(3), room.f64(CHANNELS)];
    const [levels, changes, gains] = [room.f64(n), room.f64(n), room.f64(n)];
    return {
      play: k => k.reduce(settings, reduction, 1, levels, changes, gains, n),
      writes: [reduction.subarray(1, 2)],
      more: [changes, gains],
    };
  },
  compressCorner: (room, n) => {
    const [poles, settings, levels, reduction] = [room.f64(2), room.f64(3), room.f64(CHANNELS), room.f64(CHANNELS)];
    const own = room.f64(n);
    const call = through(room, n, (k, x, y) => k.compressCorner(poles, settings, levels, reduction, own, x, y, n));
    return { ...call, writes: [...call.writes, levels, reduction], more: [own] };
  },
  delay: (room, n) => {
    const from = 2;
    const [line, feedback, input, output] = [
      room.f32(64),
      room.signal(n + from),
      room.audio(n + from),
      room.audio(n + from),
    ];
    return {
      play: k => k.delay(line, 50, 31, feedback, input, output, from, n),
      writes: [line, output.subarray(from)],
    };
  },
  hold: (room, n) => {
    const [line, gains, peaks] = [room.f32(13), room.f64(n), room.f64(n)];
    return through(room, n, (k, [x], [y]) => k.hold(line, 5, gains, !room.isMoving, x, y, peaks, true, n), line, peaks);
  },
  limit: (room, n) => {
    const design = { lookAhead: 13, first: 7, second: 8 };
    const f64 = (count: number) => room.f64(count).fill(0);
    const state = {
      needs: f64(14),
      came: f64(14),
      queue: room.i32(2),
      firstRing: f64(7),
      secondRing: f64(8),
      places: room.i32(3),
      totals: f64(4),
      reduction: f64(1),
    };
    const [release, targets, peaks, gains] = [room.f64(1), room.f64(n), room.f64(n), room.f64(n)];
    return {
      play: k => k.limit(design, release, targets, !room.isMoving, state, peaks, gains, n),
      writes: [...Object.values(state), gains],
    };
  },
  onePole: (room, n) => {
    const [shares, states] = [room.f64(n), room.f64(CHANNELS)];
    return through(room, n, (k, x, y) => k.onePole(shares, !room.isMoving, 1, -1, states, x, y, n), states);
  },
  blockDc: (room, n) => {
    const [poles, before, blocked] = [room.f64(n), room.f64(CHANNELS), room.f64(CHANNELS)];
    return through(room, n, (k, x, y) => k.blockDc(poles, !room.isMoving, before, blocked, x, y, n), before, blocked);
  },
  gate: (room, n) => {
    const [settings, opens, closes, shut] = [room.f64(4), room.f64(n), room.f64(n), room.f64(n)];
    const [level, latch, left, released, openness] = [0, 1, 2, 3, 4].map(() => room.f64(1));
    const state = { level, latch, left, released, openness };
    const [peaks, gains] = [room.f64(n), room.f64(n)];
    return {
      play: k => k.gate(settings, opens, closes, shut, !room.isMoving, state, peaks, gains, n),
      writes: [...Object.values(state), gains],
    };
  },
  svfMoving: (room, n) => {
    const [table, own, states] = [room.place(SVF_TABLE), room.f64(SVF_ROOM), room.f64(SVF_STATE * CHANNELS)];
    const [cutoff, q, gain] = [room.signal(n), room.signal(n), room.signal(n)];
    return through(
      room,
      n,
      (k, x, y) => k.svfMoving(table, 4, own, 48000, cutoff, q, gain, states, x, y, n),
      own,
      states,
    );
  },
  meter: (room, n) => {
    const state = { peak: room.f64(CHANNELS), hold: room.i32(CHANNELS), meanSquare: room.f64(CHANNELS) };
    const input = room.channels(n);
    return { play: k => k.meter(designMeter(48000), state, input, n), writes: Object.values(state) };
  },
  resample: (room, n) => {
    const bank = bankFor(room, n);
    const frames = framesUntil(n, 44100, 48000);
    const histories = [0, 1, 2].map(() => room.f32(bank.window));
    const input = room.channels(frames);
    const output = room.channels(n);
    return {
      play: k => k.resample(bank, histories, input, 0, frames, output, 0, n),
      writes: [bank.lines, ...histories, ...output],
    };
  },
  fir: (room, n) => {
    const [taps, line, output] = [room.f64(12), room.f64(n + 8), room.f64(n)];
    return { play: k => k.fir(taps, 3, 8, line, output, n, room.isMoving), writes: [output] };
  },
  takeFrames: (room, n) => {
    const [input, line] = [room.audio(n), room.f32(n + 2)];
    return { play: k => k.takeFrames(input, 0, line, 2, n), writes: [line.subarray(2)] };
  },
  playHead: (room, n) => {
    const [taps, line, late, output] = [room.f32(32), room.f32(n + 36), room.f32(n), room.audio(n)];
    return { play: k => k.playHead(taps, line, 0, late, 0, output, 0, n), writes: [late, output] };
  },
  hearWindow: room => {
    const transform = { ...windowTransform(SIZE), turns: room.place(windowTransform(SIZE).turns) };
    const [line, spectra] = [room.f32(2 * SIZE), room.f32(2 * SIZE + 4)];
    return { play: k => k.hearWindow(transform, line, 0, SIZE, spectra, 4), writes: [spectra.subarray(4)] };
  },
  addProducts: room => {
    const [heard, parts, sums] = [room.f32(6 * SIZE), room.f32(6 * SIZE), room.f32(2 * SIZE + 4)];
    return { play: k => k.addProducts(SIZE, heard, 0, 3, 4, parts, 0, 3, sums, 4), writes: [sums.subarray(4)] };
  },
  playSum: room => {
    const transform = { ...windowTransform(SIZE), turns: room.place(windowTransform(SIZE).turns) };
    const [sums, late] = [room.f32(2 * SIZE), room.f32(SIZE + 4)];
    return { play: k => k.playSum(transform, sums, 0, late, 4), writes: [sums, late.subarray(4)] };
  },
  analyse: room => {
    const tables = stftTables(noise(SIZE, 1), room.place);
    const lines = [0, 1, 2].map(() => room.f32(2 * SIZE));
    const items = lines.map(() => room.f32(SIZE + 5));
    return {
      play: k => k.analyse(tables, lines, 25, items, 3),
      writes: [tables.room, ...items.map(item => item.subarray(3))],
    };
  },
  synthesise: room => {
    const tables = stftTables(noise(SIZE, 1), room.place);
    const lines = [0, 1, 2].map(() => room.f64(2 * SIZE));
    const items = lines.map(() => room.f32(SIZE + 5));
    return { play: k => k.synthesise(tables, items, 3, lines, 25), writes: [tables.room, ...lines] };
  },
  svf: (room, n) => {
    const coefficients = room.f64(SVF_COEFFICIENTS);
    designSvf(SVF_KINDS[0], 900, 0.7, 0, 48000, coefficients);
    const states = room.f64(SVF_STATE * CHANNELS);
    return through(room, n, (k, x, y) => k.svf(coefficients, states, x, y, n), states);
  },
  exp: numbersThrough('exp'),
  log: numbersThrough('log'),
  tan: numbersThrough('tan'),
  peak: (room, n) => {
    const input = room.channels(n);
    const addresses = room.place(Int32Array.from(input, ({ byteOffset }) => byteOffset));
    return { play: k => void k.peak(input, addresses, n), writes: [] };
  },
  ramp: (room, n) => {
    const values = room.f64(n + 2);
    return { play: k => void k.ramp(values, 1, n + 1, 1, 0.5, 0.9), writes: [values.subarray(1, n + 1)] };
  },
  cascade: (room, n) => {
    const [coefficients, states] = [room.f64(2 * LANES * CASCADE_NUMBERS), room.f64(2 * CASCADE_STATES)];
    coefficients.forEach((x, at) => void (coefficients[at] = x / 8));
    const play = (k: Kernels, x: Float32Array[], y: Float32Array[]) =>
      void k.cascade(coefficients, states, x.slice(0, LANES), y.slice(0, LANES), n);
    return through(room, n, play, states);
  },
};
type Signal = ReturnType<Room['signal']>;

/** Bytes that a call may write: from … to. */
const spansOf = ({ writes, more = [] }: Call): (readonly [number, number])[] => [
  ...writes.map(({ byteOffset, byteLength }) => [byteOffset, byteOffset + byteLength] as const),
  ...more.map(
    ({ byteOffset, byteLength, length }) => [byteOffset, byteOffset + byteLength + 8 * (length % 2)] as const,
  ),
];

it('goes over all kernels', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(scalarKernels).sort());
});

describe.each(['scalar', 'simd', 'relaxed'] as const)('%s', form => {
  it.each(Object.keys(CASES))('%s writes its outputs alone', name => {
    for (const isMoving of [false, true])
      for (const frames of LENGTHS) {
        const pair = kernelPair(form === 'relaxed' ? form : 'simd', 2);
        const call = CASES[name](makeRoom(pair, isMoving), frames);
        const memory = new Uint8Array(pair.i32([0]).buffer);
        const before = memory.slice();
        call.play(form === 'scalar' ? pair.scalar : pair.simd);
        const hasWritten = Buffer.compare(memory, before) !== 0;
        if (frames > 100 && name !== 'peak') expect(hasWritten, name).toBe(true);
        for (const [from, to] of spansOf(call)) memory.set(before.subarray(from, to), from);
        const isAsBefore = Buffer.compare(memory, before) === 0;
        const at = isAsBefore ? -1 : memory.findIndex((byte, index) => byte !== before[index]);
        expect(at, `${name}, ${frames} frames, moving: ${isMoving}`).toBe(-1);
      }
  });
});
