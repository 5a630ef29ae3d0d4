// Loud, then silent: what fades must end in zeros, never in the numbers next to them, which processors are many times slower with.
import { expect, it } from 'vitest';
import type { StateArray } from '../../src/core/node-type.ts';
import type { ParamValue } from '../../src/core/param.ts';
import type { Patch } from '../../src/core/patch.ts';
import { noiseAt } from '../../src/dsp/noise.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { makePatch, registry } from '../render/helpers.ts';

const FRAMES = 128;
const LOUD_BLOCKS = 60;
/** 4 s: the longest fades of the types below have left f32, and f64 below the limit of dsp/safe.ts. */
const SILENT_BLOCKS = 1500;

const LEAST_F32 = 2 ** -126;
const LEAST_F64 = 2 ** -1022;

/** How many numbers are denormal. */
function countDenormals(values: StateArray, from = 0, to = values.length): number {
  if (values instanceof Int32Array) return 0;
  const least = values instanceof Float32Array ? LEAST_F32 : LEAST_F64;
  let count = 0;
  for (let i = from; i < to; i++) if (values[i] !== 0 && Math.abs(values[i]) < least) count++;
  return count;
}

/** Names of states and signals that hold denormals at the end of blocks of silence, and of how many. */
function slowPlaces(patch: Patch): Record<string, number> {
  const { plan, problems } = makePlan(patch, registry, {}, { maxFrames: FRAMES });
  if (!plan) throw new Error(problems[0].message);
  const executor = new Executor({ plan, registry, resources: {} });
  for (const signal of plan.signals.keys()) executor.watch(signal);
  const [left, right] = executor.audio(plan.inputs[0].signal);
  const found: Record<string, number> = {};
  const look = (place: string, count: number): void => {
    if (count > 0) found[place] = 1 + (found[place] ?? 0);
  };
  for (let block = 0; block < LOUD_BLOCKS + SILENT_BLOCKS; block++) {
    const gain = block < LOUD_BLOCKS ? 0.3 : 0;
    for (const [c, channel] of [left, right].entries())
      for (let i = 0; i < FRAMES; i++) channel[i] = gain * noiseAt(c, block * FRAMES + i);
    executor.process(FRAMES);
    if (block < LOUD_BLOCKS) continue;
    for (const [id, { state }] of executor.nodes)
      for (const [name, values] of Object.entries(state)) look(`${id}.${name}`, countDenormals(values));
    for (const [id, { rateHz, blockFrames }] of plan.signals.entries()) {
      const frames = executor.framesAt(rateHz, blockFrames);
      look(`signal ${id}`, countDenormals(executor.audio(id)[0] ?? [], 0, frames));
    }
  }
  executor.dispose();
  return found;
}

/** Params with which a type fades for long; all else is played as it comes. */
const LONG: Readonly<Record<string, Readonly<Record<string, ParamValue>>>> = {
  'time/delay': { time: 20, feedback: 0.7 },
  'filter/biquad-filter': { cutoff: 200, q: 4 },
  'filter/one-pole': { cutoff: 100 },
};

/** Types with an audio inlet and an outlet at the patch's rate. */
const played = Object.values(registry.types).flatMap(type => {
  const ports = Object.entries(type.ports({ values: {}, resources: {}, patchRateHz: 48000 }));
  const inlets = ports.filter(([, port]) => port.direction === 'inlet' && port.type === 'audio');
  return inlets.length > 0 && type.id !== 'rate/block-adapter'
    ? [{ id: type.id, inlets: inlets.map(([name]) => name) }]
    : [];
});

it('finds numbers that are too small, and only those', () => {
  expect(countDenormals(Float32Array.of(0, 1e-38, -1e-40, 1.2e-38, 1e-45))).toBe(3);
  expect(countDenormals(Float64Array.of(0, 1e-300, -1e-310, 1))).toBe(1);
  expect(countDenormals(Float32Array.of(1e-40, 0), 1)).toBe(0);
});

it.each(played)('$id', ({ id, inlets }) => {
  const patch = makePatch(
    [
      ['in', 'source/audio-input', { channels: 'stereo' }],
      ['node', id, LONG[id]],
    ],
    inlets.map(name => `in.out > node.${name}`),
  );
  expect(slowPlaces(patch)).toEqual({});
});

it('a row of them: a fade that a gain makes softer passes them within milliseconds', () => {
  const patch = makePatch(
    [
      ['in', 'source/audio-input', { channels: 'stereo' }],
      ['echo', 'time/delay', LONG['time/delay']],
      ['filter', 'filter/biquad-filter', LONG['filter/biquad-filter']],
      ['shelf', 'filter/biquad-filter', { type: 'low-shelf', cutoff: 200, gain: -12 }],
      ['gain', 'dynamics/gain', { level: -60 }],
      ['bend', 'dynamics/waveshaper', { drive: -24 }],
      ['compressor', 'dynamics/compressor'],
      ['out', 'output/audio-output'],
    ],
    [
      'in.out > echo.in',
      'echo.out > filter.in',
      'filter.out > shelf.in',
      'shelf.out > gain.in',
      'gain.out > bend.in',
      'bend.out > compressor.in',
      'compressor.out > out.in',
    ],
  );
  expect(Math.max(0, ...Object.values(slowPlaces(patch)))).toBeLessThanOrEqual(3);
});
