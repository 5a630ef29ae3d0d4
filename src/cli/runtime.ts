// The runtime for models in this process, started when it is first needed.
import type { GraphRuntime, Inference } from '../core/model-runner.ts';
import { loadOrtFromFile } from '../inference/node.ts';
import { createGraphRuntime } from '../inference/ort-graph.ts';
import { createInference } from '../inference/ort-inference.ts';
import { withKernels } from '../neural/kernel-inference.ts';
import { wasmPath } from './files.ts';

export async function startRuntime(): Promise<{ models: Inference; runtime: GraphRuntime }> {
  const ort = await loadOrtFromFile(wasmPath());
  return { models: withKernels(createInference(ort)), runtime: createGraphRuntime(ort) };
}
