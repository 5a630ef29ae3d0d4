// Inner loops of effects: what the nodes of dynamics, mix, math, time and filter may ask of the engine that calls them.
// Part of Kernels (kernels.ts), whose rules hold here as well: owns meaning and stated errors. Twins: src/dsp, SIMD: src/simd.
// One channel a call, unless `Channels` says otherwise; an output may be the input of the same channel.

import type { ControlSignal } from './node-type.ts';

type Channels = readonly Float32Array[];

/** A param or a control as a kernel takes it: `values` count only where it is not constant. */
type Signal = Readonly<ControlSignal>;

export interface MixKernels {
  /** output = gain·input in f32, the gain rounded to f32. Twin and SIMD agree bit by bit. */
  scale(gain: number, input: Float32Array, output: Float32Array, frames: number): void;
  /** output[i] = gains[i]·input[i] in f64, rounded once; what is not finite becomes 0. */
  multiply(gains: Float64Array, input: Float32Array, output: Float32Array, frames: number): void;
  /** gains[i] = 10^(levelsDb[i]/20), i < count, |level| ≤ 5000 dB; within 1e-10 of itself. */
  levelToGain(levelsDb: Float64Array, gains: Float64Array, count: number): void;
  /** output = 10^(levelsDb/20)·input, all channels; |level| ≤ 100 dB. f32 in SIMD: within 1.5e-6 of itself. Not finite: 0. */
  amplify(levelsDb: Float64Array, input: Channels, output: Channels, frames: number): void;
  /** (1 − mix)·dry + mix·wet, gains rounded to f32; f64 in the twin, f32 in SIMD: within 2e-7 of the greater one's size. */
  blend(mix: Signal, dry: Float32Array, wet: Float32Array, output: Float32Array, frames: number): void;
  /**
   * output = Σ gains[k]·inputs[k] in f64, rounded once, over all k of `gains`. `addresses` is room for as many numbers that
   * means nothing to the caller.
   */
  sum(gains: Float64Array, inputs: Channels, addresses: Int32Array, output: Float32Array, frames: number): void;
  /** The same with a gain for each frame: those of input k begin at k·stride, which is even. */
  sumMoving(
    gains: Float64Array,
    stride: number,
    inputs: Channels,
    addresses: Int32Array,
    output: Float32Array,
    frames: number,
  ): void;
  /** a + b + offset in f64, rounded once. */
  add(a: Float32Array, b: Float32Array, offset: Signal, output: Float32Array, frames: number): void;
  /** a·b·factor in f64, rounded once. */
  product(a: Float32Array, b: Float32Array, factor: Signal, output: Float32Array, frames: number): void;
}

/** Curves by their place in CURVES of dsp/shape.ts. */
export interface ShapeKernels {
  /**
   * output = gain·(f(drive·input + bias) − f(bias)), rounded once in the twin: silence stays silence, exactly. SIMD is in f32 and within
   * 5e-7·gain of the twin; foldback, which knows no end, is in f64 and within 2e-10 before it is rounded.
   */
  shape(
    curve: number,
    drive: number,
    bias: number,
    gain: number,
    input: Float32Array,
    output: Float32Array,
    frames: number,
  ): void;
  /** The same while one of them moves, all channels; drive and level in dB, |dB| ≤ 200. Within 3e-6·gain. */
  shapeMoving(
    curve: number,
    drive: Signal,
    bias: Signal,
    level: Signal,
    input: Channels,
    output: Channels,
    frames: number,
  ): void;
  /** output[i] = f(input[i]) in f64, i < count; SIMD within 2e-10. */
  bend(curve: number, input: Float64Array, output: Float64Array, count: number): void;
}

export interface DynamicsKernels {
  /**
   * output[i] = greatest |x| of channels first … last − 1; what is not finite counts as 0. greatest[0] becomes
   * the greatest of itself and all of them.
   */
  peaks(
    input: Channels,
    first: number,
    last: number,
    output: Float64Array,
    greatest: Float64Array,
    frames: number,
  ): void;
  /**
   * Each of `levels` in place: y ← x + pole·(y − x), with the first of `poles` where x > y and the second elsewhere; `states` holds
   * one y for each. Equal to the twin within 1e-14 of the peak.
   */
  follow(poles: Float64Array, states: Float64Array, levels: readonly Float64Array[], frames: number): void;
  /**
   * From peak levels (linear, ≥ 0) to what a compressor does: `changes` in dB, 0 or less, and `gains`, make-up included. `poles`
   * are those of attack and release, 0 = at once; `released[channel]` and `reduction[channel]` are the states. Within 1e-9 of the twin.
   */
  compress(
    poles: Float64Array,
    released: Float64Array,
    reduction: Float64Array,
    channel: number,
    threshold: Signal,
    ratio: Signal,
    knee: Signal,
    makeUp: Signal,
    levels: Float64Array,
    changes: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void;
  /**
   * The same at rest, with a corner for a knee: above the threshold gains = makeUp·(level/threshold)^−slope. `settings`: threshold
   * (linear), slope, make-up (dB). reduction[channel] becomes −change of the last frame. Within 1e-9 of the twin.
   */
  reduce(
    settings: Float64Array,
    reduction: Float64Array,
    channel: number,
    levels: Float64Array,
    changes: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void;
  /**
   * `peaks`, `follow`, `reduce` and `multiply` of every channel by itself: `levels` are the states of `follow`, all else as there, and
   * `room` has a number for each frame, which means nothing to the caller. Gains are f32 in SIMD: output within 7e-7 of the twin's up
   * to 60 dB above the threshold; at and below it the make-up is all, exactly. Reductions within 1e-5 dB.
   */
  compressCorner(
    poles: Float64Array,
    settings: Float64Array,
    levels: Float64Array,
    reduction: Float64Array,
    room: Float64Array,
    input: Channels,
    output: Channels,
    frames: number,
  ): void;
}

export interface DelayKernels {
  /**
   * Frames from … from + frames − 1 of a delay by `length` whole frames, 1 ≤ length ≤ line.length: output = line `length` ago,
   * line = input + feedback·output, which is 0 where it is tiny or not finite. Frame `now` + i lies at (now + i) mod line.length,
   * a power of two. Twin and SIMD agree bit by bit.
   */
  delay(
    line: Float32Array,
    now: number,
    length: number,
    feedback: Signal,
    input: Float32Array,
    output: Float32Array,
    from: number,
    frames: number,
  ): void;
}

/** Lengths and states of a limiter's look-ahead; src/dsp/look-ahead.ts says what they are. */
interface LookAhead {
  readonly lookAhead: number;
  readonly first: number;
  readonly second: number;
}
type LookAheadState = Readonly<
  Record<'needs' | 'came' | 'firstRing' | 'secondRing' | 'totals' | 'reduction', Float64Array> &
    Record<'queue' | 'places', Int32Array>
>;

/** Twin and SIMD agree bit by bit. */
export interface LookAheadKernels {
  /**
   * Through a line of line.length frames that is at `place`: what enters is gain·input, rounded to f32, 0 where it is not finite;
   * output is what leaves. `gains`: one a frame, or the first for all. peaks[i] = |what enters|, with `isMore` not below what it is.
   */
  hold(
    line: Float32Array,
    place: number,
    gains: Float64Array,
    isSteady: boolean,
    input: Float32Array,
    output: Float32Array,
    peaks: Float64Array,
    isMore: boolean,
    frames: number,
  ): void;
  /** Gains that keep peaks behind the line at or below `targets` (linear; one a frame, or the first for all); release[0] is a pole. */
  limit(
    design: LookAhead,
    release: Float64Array,
    targets: Float64Array,
    isSteady: boolean,
    state: LookAheadState,
    peaks: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void;
}

/**
 * All channels; what is not finite counts as 0. Coefficients: one a frame, or the first for all. Equal to the twins within 1e-14 of
 * the peak.
 */
export interface OnePoleKernels {
  /** direct·x + filtered·low with low = s + share·(x − s), s ← s + 2·share·(x − s); `states` holds s of each channel. */
  onePole(
    shares: Float64Array,
    isSteady: boolean,
    direct: number,
    filtered: number,
    states: Float64Array,
    input: Channels,
    output: Channels,
    frames: number,
  ): void;
  /** y = x − before + pole·y; `before` and `blocked` hold the last x and y of each channel. */
  blockDc(
    poles: Float64Array,
    isSteady: boolean,
    before: Float64Array,
    blocked: Float64Array,
    input: Channels,
    output: Channels,
    frames: number,
  ): void;
}

/** States of a gate; src/dsp/gate.ts says what they are. */
type GateState = Readonly<Record<'level' | 'latch' | 'left' | 'released' | 'openness', Float64Array>>;

export interface GateKernels {
  /**
   * Peak levels to a gate's gains. `settings`: the level's fall per frame, the poles of attack and release, frames that it stays open
   * from the last loud one on. opens, closes, shut: levels and the gain of a closed gate, linear; one a frame, or the first for
   * all. Equal to the twin within 1e-14.
   */
  gate(
    settings: Float64Array,
    opens: Float64Array,
    closes: Float64Array,
    shut: Float64Array,
    isSteady: boolean,
    state: GateState,
    peaks: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void;
}

export interface MovingFilterKernels {
  /**
   * Second-order filters whose cutoff (Hz), q and gain (dB) may move at every frame, all channels; what is not finite counts as 0.
   * `table` is SVF_TABLE, `kind` a row of it, `room` SVF_ROOM numbers that mean nothing to the caller; states as for `svf`.
   * Within 1e-8 of the twin's peak.
   */
  svfMoving(
    table: Float64Array,
    kind: number,
    room: Float64Array,
    rateHz: number,
    cutoff: Signal,
    q: Signal,
    gain: Signal,
    states: Float64Array,
    input: Channels,
    output: Channels,
    frames: number,
  ): void;
}

export interface EffectKernels
  extends MixKernels,
    ShapeKernels,
    DynamicsKernels,
    DelayKernels,
    LookAheadKernels,
    OnePoleKernels,
    GateKernels,
    MovingFilterKernels {}
