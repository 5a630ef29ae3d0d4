// Spectra and tensors in the worklet: the gallery's denoiser and autoencoder, played by the audio thread of a real Chromium, are what
// Node renders, with models that are called once a hop or block between quanta of 128 frames.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parsePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { WASM_PATH } from '../inference/models.ts';
import { nullDb, registry } from '../render/helpers.ts';
import { decode, serveBuiltins, useEngine } from './bench.ts';

const FRAMES = 4096 * 12;

const browser = useEngine(serveBuiltins);

it.each(['speech-denoiser', 'autoencoder'])(
  '%s in the worklet is what Node renders',
  async name => {
    const { patch } = parsePatch(readFileSync(`${GALLERY}${name}.npatch`, 'utf8'));
    const { resources } = await loadResources(patch, registry, readBuiltin);
    const models = withKernels(createInference(await loadOrtFromFile(WASM_PATH)));
    const inNode = await renderPatch({ patch, registry, resources, models, frames: FRAMES, schedule: [128] });
    models.dispose();
    expect(inNode.faults).toEqual([]);
    const { captured } = await browser.run(([given, frames]) => engine.renderOffline(given, frames), [
      patch,
      FRAMES + 128,
    ] as const);
    const heard = decode(captured);
    const expected = inNode.outputs.output[0];
    expect(heard.length).toBe(FRAMES);
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
    expect(nullDb(heard, expected)).toBeLessThan(-120);
  },
  60_000,
);
