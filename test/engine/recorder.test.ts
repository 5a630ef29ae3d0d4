// File recorders: captured and rendered as tracks of their own, exactly the signal that reaches them, and never heard.
import { describe, expect, it } from 'vitest';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { readBundle } from '../../src/compile/bundle.ts';
import { unheardOutputs } from '../../src/engine/unheard-outputs.ts';
import { Player } from '../../src/engine/worklet/player.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';

const BLOCK = 128;
const FRAMES = 40 * BLOCK;
/** Heard at −20 dB, recorded at 0 dB. */
const patch = makePatch(
  [
    ['mic', 'source/audio-input'],
    ['quiet', 'dynamics/gain', { level: -20 }],
    ['rec', 'output/file-recorder'],
    ['out', 'output/audio-output'],
  ],
  ['mic.out > quiet.in', 'quiet.out > out.in', 'mic.out > rec.in'],
);
const plan = planOrThrow(patch, registry, {}, BLOCK);
const sound = noise(FRAMES, 7).map(x => x * 0.5);

/** Plays live; gives what left for the loudspeakers and what was captured. */
function play(playing = plan): { speakers: Float32Array; captured: Record<string, Float32Array> } {
  const player = new Player({ registry, rateHz: 48000, maxFrames: BLOCK, lateLimitMs: 1e9, now: () => 0 });
  player.setPlan(playing, {}, {}, 1, true);
  player.run(true);
  const captured: Record<string, Float32Array> = {};
  player.startCapture((id, frame, channels) => {
    (captured[id] ??= new Float32Array(FRAMES)).set(channels[0], frame);
  });
  const speakers = new Float32Array(FRAMES);
  for (let frame = 0; frame < FRAMES; frame += BLOCK)
    player.process(
      BLOCK,
      [sound.subarray(frame, frame + BLOCK)],
      [speakers.subarray(frame, frame + BLOCK), new Float32Array(BLOCK)],
      frame,
    );
  player.endCapture();
  return { speakers, captured };
}

describe('RECORDER-1 file recorder', () => {
  it('is an output of the plan that nobody hears', () => {
    expect(plan.outputs.map(({ nodeId }) => nodeId)).toEqual(['out', 'rec']);
    expect(unheardOutputs(plan, registry)).toEqual(['rec']);
  });

  it('live: its track is the signal itself; the loudspeakers get what they got without it', () => {
    const { speakers, captured } = play();
    expect(captured.rec).toEqual(sound);
    expect(
      nullDb(
        captured.out,
        sound.map(x => x * 10 ** (-20 / 20)),
      ),
    ).toBeLessThan(-140);
    const without = makePatch(
      [
        ['mic', 'source/audio-input'],
        ['quiet', 'dynamics/gain', { level: -20 }],
        ['out', 'output/audio-output'],
      ],
      ['mic.out > quiet.in', 'quiet.out > out.in'],
    );
    expect(speakers).toEqual(play(planOrThrow(without, registry, {}, BLOCK)).speakers);
    expect(Math.max(...speakers.map(Math.abs))).toBeGreaterThan(0.02);
  });

  it('a patch of recorders only is silent, and all is recorded', () => {
    const alone = makePatch(
      [
        ['mic', 'source/audio-input'],
        ['rec', 'output/file-recorder'],
      ],
      ['mic.out > rec.in'],
    );
    const { speakers, captured } = play(planOrThrow(alone, registry, {}, BLOCK));
    expect(speakers.every(x => x === 0)).toBe(true);
    expect(captured.rec).toEqual(sound);
  });

  it('rendered, it is a track by its name', async () => {
    const { outputs } = await renderPatch({ patch, registry, resources: {}, frames: FRAMES, inputs: { mic: [sound] } });
    expect(outputs.rec).toEqual([sound]);
  });

  it('in a bundle it is an output by its name, held against the engine like any other', async () => {
    const ort = await loadOrtFromFile(WASM_PATH);
    const runtime = createGraphRuntime(ort);
    const { bytes, report } = await exportBundle({
      patch,
      registry,
      resources: {},
      models: withKernels(createInference(ort)),
      runtime,
    });
    expect(report.ok).toBe(true);
    expect(readBundle(bytes, 'test').manifest.outputs.map(({ id }) => id)).toEqual(['out', 'rec']);
  });
});
