// Getting the runtime: what the server may send, and a start that fails and is tried again.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import { compileOrt, forgetOrt } from '../../src/inference/browser.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { loadOrt } from '../../src/inference/ort-glue.ts';
import { serve } from '../browser/harness.ts';
import { WASM_PATH } from './models.ts';

/** The smallest valid module: magic number and version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** A module that wants a function x.y and exports it as z, as the wasm of another version would want other functions. */
const FOREIGN_MODULE = Uint8Array.of(
  ...EMPTY_MODULE,
  ...[1, 4, 1, 0x60, 0, 0],
  ...[2, 7, 1, 1, 0x78, 1, 0x79, 0, 0],
  ...[7, 5, 1, 1, 0x7a, 0, 0],
);

let site: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  site = await serve({ '/typed.wasm': EMPTY_MODULE, '/untyped.bin': EMPTY_MODULE, '/': 'a page' });
});
afterAll(() => site.stop());

it.each(['typed.wasm', 'untyped.bin'])('compiles whatever type the server names: %s', async name => {
  expect(await compileOrt(site.url + name)).toBeInstanceOf(WebAssembly.Module);
});

it('is fetched and compiled once for a page, until it is forgotten', async () => {
  const first = compileOrt(`${site.url}typed.wasm?once`);
  expect(compileOrt(`${site.url}typed.wasm?once`)).toBe(first);
  await first;
  expect(compileOrt(`${site.url}typed.wasm?once`)).toBe(first);
  forgetOrt(`${site.url}typed.wasm?once`);
  expect(await compileOrt(`${site.url}typed.wasm?once`)).not.toBe(await first);
});

it('what failed is tried again', async () => {
  const failed = compileOrt(`${site.url}gone.wasm`);
  await failed.catch(() => undefined);
  const again = compileOrt(`${site.url}gone.wasm`);
  expect(again).not.toBe(failed);
  await again.catch(() => undefined);
});

it('says which file is missing', async () => {
  const error = await compileOrt(`${site.url}gone.wasm`).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PatchError);
  expect((error as PatchError).message).toMatch(/^E-RESOURCE-MISSING .*gone\.wasm: .* got HTTP status 404/);
});

it('refuses a module without functions, which would never settle', async () => {
  const error = await loadOrt(new WebAssembly.Module(EMPTY_MODULE)).catch((reason: unknown) => reason);
  expect((error as PatchError).message).toMatch(/^E-MODEL-RUN onnxruntime: could not start, got .*without functions/);
});

it('refuses a foreign module, and starts with the right one afterwards', async () => {
  const error = await loadOrt(new WebAssembly.Module(FOREIGN_MODULE)).catch((reason: unknown) => reason);
  expect((error as PatchError).message).toMatch(/^E-MODEL-RUN onnxruntime: could not start, got "TypeError.*x/);
  const ort = await loadOrtFromFile(WASM_PATH);
  expect(ort.HEAPU8.length).toBeGreaterThan(0);
  expect(await loadOrt(await WebAssembly.compile(readFileSync(WASM_PATH)))).toBe(ort);
});
