// Bundle = engine: the same patches through the renderer and through the exported graph.
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';

const runtime = createGraphRuntime(
  await loadOrtFromFile('node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'),
);
const frames = 6000;
const inputs = { input: [noise(frames, 1).map(x => x * 0.5)] };

const patches = {
  gain: makePatch(
    [
      ['input', 'source/audio-input'],
      ['gain', 'dynamics/gain'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > gain.in', 'gain.out > out.in'],
  ),
  'aligned resamplers': makePatch(
    [
      ['input', 'source/audio-input'],
      ['down', 'rate/resampler', { to: '44100' }],
      ['gain', 'dynamics/gain'],
      ['up', 'rate/resampler', { to: '48000' }],
      ['mix', 'mix/dry-wet', { mix: 0.5 }],
      ['knob', 'control/knob', { value: 0.25 }],
      ['out', 'output/audio-output'],
    ],
    [
      'input.out > down.in',
      'down.out > gain.in',
      'gain.out > up.in',
      'knob.out > gain.level',
      'up.out > mix.wet',
      'input.out > mix.dry',
      'mix.out > out.in',
    ],
  ),
  'filter, delay and two sources into one inlet': makePatch(
    [
      ['input', 'source/audio-input', { channels: 'stereo' }],
      ['osc', 'source/oscillator', { frequency: 200 }],
      ['gain', 'dynamics/gain'],
      ['filter', 'filter/biquad-filter'],
      ['delay', 'time/delay', { time: 50, feedback: 0.5 }],
      ['out', 'output/audio-output'],
    ],
    [
      'input.out > filter.in',
      'osc.out > filter.in',
      'filter.out > delay.in',
      'filter.out > gain.in',
      'gain.out > out.in',
      'delay.out > out.in',
    ],
  ),
};

describe('BUNDLE-1 bundle = engine', () => {
  for (const [name, patch] of Object.entries(patches)) {
    it(`${name}, for every block, with params moving`, async () => {
      const { plan } = makePlan(patch, registry, {});
      const bundle = readBundle(packBundle(compileBundle(patch, plan!, registry, {})));
      const moves = [
        { frame: 700, node: 'gain', param: 'level', value: -20 },
        { frame: 701, node: 'gain', param: 'level', value: 3 },
      ];
      const engine = await renderPatch({
        patch,
        registry,
        resources: {},
        frames,
        inputs,
        events: moves.map(({ node, ...m }) => ({ kind: 'param', nodeId: node, ...m })),
      });
      for (const schedule of [[1], [37], [128], [480], [2048]]) {
        const player = new BundlePlayer(bundle, runtime);
        const length = schedule[0] === 1 ? 1500 : frames;
        const events = moves.map(({ node, param, ...m }) => ({ param: `${node}.${param}`, ...m }));
        const played = playBundle(player, { inputs, frames: length, schedule, events });
        for (const [id, channels] of Object.entries(played)) {
          channels.forEach((channel, c) =>
            expect(
              nullDb(channel, engine.outputs[id][c].subarray(0, length)),
              `${id} ${c} block ${schedule}`,
            ).toBeLessThan(-120),
          );
        }
        player.dispose();
      }
    }, 60000);
  }
});
