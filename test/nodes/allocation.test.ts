// No kernel leaves anything on the JavaScript heap: the audio thread must never wait for the garbage collector.
// A file of its own, because a kernel that has seen many shapes of objects is compiled to slower code that boxes numbers.
import { expect, test } from 'vitest';
import { carriesFrames } from '../../src/core/port.ts';
import type { AudioResource } from '../../src/core/resource.ts';
import { framesUntil } from '../../src/dsp/clock.ts';
import { bytesLeftBy, pause } from '../garbage.ts';
import { createInstance, type NodeInstance, nodeContext } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise } from './signals.ts';
import { controlInto } from './stimulus.ts';

const CALLS = 20_000;
/** At most. Until a kernel is compiled, beside the test and when the machine has time for it, it boxes numbers. */
const ROUNDS = 60;
const FRAMES = 16;
/** Calls of long blocks do more work each; so many find an object as surely. */
const CALLS_OF_BLOCKS = 2000;
/** A single object would be at least 12 bytes; what the compiler itself leaves is below 1. */
const LIMIT_BYTES = 4;

/**
 * Bytes per call that many calls leave behind, the least of all rounds until one leaves next to nothing: the compiler
 * allocates too, in some round. A kernel that makes an object in every call does so in every round.
 */
async function bytesPerCall({ type, io, p, state, ctx }: NodeInstance): Promise<number> {
  const frames = ctx.blockFrames || FRAMES;
  io.outFrames = ctx.outBlockFrames || framesUntil(frames, ctx.outRateHz, ctx.rateHz);
  const play = (calls: number) => {
    for (let call = 0; call < calls; call++) type.kernel(io, p, state, frames);
  };
  const calls = Math.max(frames, io.outFrames) > 4 * FRAMES ? CALLS_OF_BLOCKS : CALLS;
  play(calls / 4);
  let least = Infinity;
  for (let round = 0; round < ROUNDS && least >= LIMIT_BYTES; round++) {
    if (round > 0) await pause();
    least = Math.min(least, bytesLeftBy(() => play(calls)) / calls);
  }
  return least;
}

const { registry } = await loadRegistry();
const recording: AudioResource = {
  kind: 'audio',
  path: 'noise.wav',
  sha256: 'noise',
  sampleRateHz: 48000,
  channels: [noise(9000, 71, 0.5), noise(9000, 72, 0.5)],
};

test.each(Object.values(registry.types).map(type => [type.id, type] as const))(
  '%s allocates nothing while it plays',
  async (_id, type) => {
    // A node that works on a recording has one.
    const slots = Object.entries(type.resources).filter(([, { kind }]) => kind === 'audio');
    const resources = Object.fromEntries(slots.map(([slot]) => [slot, recording]));
    const { shape, ctx } = nodeContext(type, { resources });
    const inlets = Object.entries(shape.ports).filter(([, port]) => carriesFrames(port) && port.direction === 'inlet');
    const inChannels = Object.fromEntries(
      inlets.map(([name, port]) => [name, port.channels === 'follow' ? 2 : ctx.channels[name]]),
    );
    const control = controlInto(type);
    const instance = createInstance(type, { resources, inChannels, controls: Object.keys(control), maxFrames: 512 });
    for (const [name, values] of Object.entries(control)) {
      const inlet = instance.io.controlIn[name];
      inlet.values.set(values.subarray(0, inlet.values.length));
      inlet.isConstant = false;
    }
    for (const buffers of Object.values({ ...instance.io.audioIn, ...instance.io.itemsIn }))
      for (const buffer of buffers) buffer.set(noise(buffer.length, 7));
    expect(await bytesPerCall(instance), 'params at rest').toBeLessThan(LIMIT_BYTES);
    for (const [name, param] of Object.entries(shape.params))
      if (param.rate === 'a') instance.p[name].isConstant = false;
    expect(await bytesPerCall(instance), 'params moving').toBeLessThan(LIMIT_BYTES);
  },
);
