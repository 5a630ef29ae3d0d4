// Resources for tests without files: models by their contract only, for what is decided before a model runs.
import type { ModelContract, ModelResource } from '../../src/core/resource.ts';

/** A model of `channels` at `sampleRateHz` (0 = says nothing); its bytes are empty, so it can't run. */
export function modelAt(sampleRateHz: number, more: Partial<ModelContract> = {}): ModelResource {
  return {
    kind: 'model',
    path: 'model.onnx',
    sha256: `model-${sampleRateHz}`,
    bytes: new Uint8Array(0),
    contract: {
      inputs: [{ tensor: 'x', channels: 1, layout: 'bcn' }],
      outputs: [{ tensor: 'y', channels: 1, layout: 'bcn' }],
      params: [],
      states: [],
      sampleRateHz,
      blockFrames: 0,
      latencySamples: 0,
      ...more,
    },
    card: { name: 'model', description: '', licence: '', source: '', weights: 0, opset: 17, irVersion: 8, ops: [] },
  };
}
