// The engine as one module without DOM or Node: what other pages, workers and programs import as dist/engine.mjs.
// Owns the choice of what is public. Must not know who imports it; reading files and starting a runtime is their part.
export { exportBundle } from './check/export-bundle.ts';
export { profilePatch } from './check/profile.ts';
export { verifyBundle } from './check/verify-bundle.ts';
export { readBundle } from './compile/bundle.ts';
export { ERROR_CODES, PatchError } from './core/errors.ts';
export { migratePatch } from './core/migrate.ts';
export { parsePatch, serializePatch } from './core/patch-file.ts';
export { nodeReference } from './core/reference.ts';
export { validatePatch } from './core/validate.ts';
export { decodeWav, encodeWav } from './dsp/wav.ts';
export { registry } from './generated/registry.ts';
export { loadOrt } from './inference/ort-glue.ts';
export { createGraphRuntime } from './inference/ort-graph.ts';
export { createInference } from './inference/ort-inference.ts';
export { loadModel } from './onnx/load.ts';
export { makePlan } from './plan/make-plan.ts';
export { parseLog } from './render/log.ts';
export { renderPatch } from './render/render-patch.ts';
export { loadResources } from './resources/load-resources.ts';
