// What is special about spectral/spectral-mask: silence has no share of anything, and limits that glide to their ends arrive at a
// frame of their own, whatever the block. Engine and bundle.
import { expect, test } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { compileBundle } from '../../src/compile/bundle.ts';
import { setSmoothing } from '../../src/core/edits.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { noise, nullDb } from './signals.ts';

const FRAMES = 4000;
const runtime = createGraphRuntime(await loadOrtFromFile(WASM_PATH));
const patchOf = (params: Record<string, number>) =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['stft', 'spectral/stft', { window: '256' }],
      ['mask', 'spectral/spectral-mask', params],
      ['istft', 'spectral/istft'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > stft.in', 'stft.out > mask.in', 'mask.out > istft.in', 'istft.out > out.in'],
  );

/** Outputs of the engine for several blocks, and of the bundle. */
async function plays(params: Record<string, number>, x: Float32Array, moves: readonly [number, string, number][] = []) {
  // A quick glide, which is over before the end.
  const patch = ['low', 'high'].reduce(
    (before, name) => applyTransaction(before, setSmoothing('mask', name, 1)).patch,
    patchOf(params),
  );
  const inputs = { input: [x] };
  const events = moves.map(
    ([frame, param, value]) => ({ kind: 'param', frame, nodeId: 'mask', param, value }) as const,
  );
  const engine = await Promise.all(
    [[480], [1], [37], [4096]].map(async schedule => {
      const request = { patch, registry, resources: {}, frames: FRAMES, inputs, events, schedule };
      return (await renderPatch(request)).outputs.out[0];
    }),
  );
  const player = new BundlePlayer(compileBundle(patch, makePlan(patch, registry, {}).plan!, registry, {}), runtime);
  const bundled = events.map(({ frame, param, value }) => ({ frame, param: `mask.${param}`, value }));
  const { out } = playBundle(player, { inputs, frames: FRAMES, schedule: [300, 37], events: bundled });
  player.dispose();
  return [...engine, out[0]];
}

test.each([
  ['as it comes', {}],
  ['with a floor', { floor: -20 }],
  ['with limits', { low: 500, high: 2000 }],
])('digital silence stays silence, %s', async (_name, params) => {
  const [reference, ...others] = await plays(params, noise(FRAMES, 1, 0.5).fill(0, 0, 2000));
  expect(reference.subarray(0, 2000)).toEqual(new Float32Array(2000));
  expect(reference.subarray(2500).some(x => Math.abs(x) > 0.001)).toBe(true);
  for (const other of others) expect(nullDb([other], [reference])).toBeLessThan(-120);
});

test.each([
  ['low', 46, 20],
  ['high', 12000, 20000],
])('%s glides to its end alike in every block and in the bundle', async (name, from, to) => {
  // Something at 0 Hz and above 20 kHz, where an open end is heard.
  const x = noise(FRAMES, 2, 0.4).map(v => v + 0.3);
  const [reference, ...others] = await plays({ [name]: from }, x, [[1313, name, to]]);
  const [open] = await plays({}, x);
  expect(nullDb([reference.subarray(3900)], [open.subarray(3900)])).toBeLessThan(-100);
  for (const other of others) expect(nullDb([other], [reference])).toBeLessThan(-120);
});
