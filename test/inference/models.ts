// The models of these tests as resources: reads the files that make_golden.py wrote and states their contracts.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ModelContract, ModelResource, ModelState } from '../../src/core/resource.ts';

export const WASM_PATH = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');

const mono = (tensor: string, layout = 'bcn') => ({ tensor, channels: 1, layout });
const ANY: ModelContract = {
  inputs: [mono('x')],
  outputs: [mono('y')],
  params: [],
  states: [],
  sampleRateHz: 0,
  blockFrames: 0,
  latencySamples: 0,
};
const state = (input: string, shape: number[], dtype: ModelState['dtype'] = 'f32'): ModelState => ({
  input,
  output: `${input}_out`,
  shape,
  dtype,
});
const knob = (tensor: string, rate: 'a' | 'event', layout: string) => ({
  tensor,
  id: tensor,
  label: tensor,
  unit: '',
  min: -10,
  max: 10,
  default: 0,
  scale: 'linear' as const,
  rate,
  layout,
});

export const CONTRACTS = {
  identity: ANY,
  gru: { ...ANY, states: [state('h', [1, 1, 32])] },
  conv: { ...ANY, states: [state('c0', [1, 1, 2]), state('c1', [1, 8, 8]), state('c2', [1, 8, 32])] },
  block64: { ...ANY, blockFrames: 64 },
  halves: ANY,
  flat: ANY,
  constant: ANY,
  many: {
    ...ANY,
    inputs: [
      { tensor: 'main', channels: 2, layout: 'cn' },
      { tensor: 'side', channels: 2, layout: 'bnc' },
      mono('mono', 'bn'),
    ],
    outputs: [{ tensor: 'sum', channels: 2, layout: 'cn' }, mono('meter', 'bn')],
    params: [knob('gain', 'event', ''), knob('offset', 'event', '1'), knob('curve', 'a', '1n')],
    states: [state('count', [1], 'i64'), state('total', [1, 1], 'f64')],
  },
} satisfies Record<string, ModelContract>;

export type ModelName = keyof typeof CONTRACTS;

const fileOf = (relative: string): URL => new URL(relative, import.meta.url);

export function readModel(name: ModelName, changes: Partial<ModelContract> = {}): ModelResource {
  const bytes = new Uint8Array(readFileSync(fileOf(`./models/${name}.onnx`)));
  return {
    kind: 'model',
    path: `${name}.onnx`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes,
    contract: { ...CONTRACTS[name], ...changes },
    card: { name, description: '', licence: '', source: '', weights: 0, opset: 17, irVersion: 8, ops: [] },
  };
}

export function readGolden(name: 'noise' | 'gru' | 'conv'): Float32Array {
  const bytes = readFileSync(fileOf(`../golden/inference/${name}.f32`));
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Largest difference in dB relative to max(1, peak of the reference); −Infinity when equal. */
export function differenceDb(actual: Float32Array, reference: Float32Array): number {
  if (actual.length !== reference.length) throw new Error(`lengths ${actual.length} and ${reference.length}`);
  let peak = 1;
  let difference = 0;
  reference.forEach((value, i) => {
    peak = Math.max(peak, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - actual[i]!));
    if (!Number.isFinite(actual[i]!)) difference = Infinity;
  });
  return 20 * Math.log10(difference / peak);
}
