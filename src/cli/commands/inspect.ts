// `neuropatch inspect FILE` (what a model, patch or bundle expects and promises) and `neuropatch nodes`.

import { readBundle } from '../../compile/bundle.ts';
import { helpSummary } from '../../core/define-node.ts';
import { PatchError } from '../../core/errors.ts';
import type { ShapeContext } from '../../core/node-type.ts';
import type { Param } from '../../core/param.ts';
import { nodeReference } from '../../core/reference.ts';
import type { ModelResource } from '../../core/resource.ts';
import { type RuntimeName, runtimeFound, runtimeOf } from '../../core/runtime-choice.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from '../../core/sample-rates.ts';
import { registry } from '../../generated/registry.ts';
import { loadModel } from '../../onnx/load.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { readArguments } from '../arguments.ts';
import { openPatch, readNamed } from '../files.ts';
import { type ExitCode, say, sayJson } from '../output.ts';
import { startRuntime } from '../runtime.ts';

/** Of a model that names no single block. */
const CALL_FRAMES = 128;

async function describe(path: string): Promise<{ kind: string; contract: unknown }> {
  if (path.endsWith('.npatch')) {
    const { patch, resources } = await openPatch(path);
    const { plan } = makePlan(patch, registry, resources, { wholeFrames: 1 });
    return {
      kind: 'patch',
      contract: {
        name: patch.name,
        sampleRateHz: patch.sampleRateHz,
        latencySamples: plan?.latencySamples ?? null,
        latency: plan?.latency ?? null,
        inputs: plan?.inputs ?? [],
        outputs: plan?.outputs ?? [],
        connections: Object.values(plan?.connections ?? {}),
      },
    };
  }
  const bytes = await readNamed(path);
  if (path.endsWith('.npbundle')) return { kind: 'bundle', contract: readBundle(bytes, path).manifest };
  const model = loadModel(bytes, path);
  const { contract, card, sha256 } = model;
  return { kind: 'model', contract: { ...contract, card, sha256, runtime: await findRuntime(model) } };
}

/** Who runs the model, as its runner tells; without a name where none takes it. */
async function findRuntime(model: ModelResource): Promise<{ name: RuntimeName | null; reason: string }> {
  const { blockFrames } = model.contract;
  const callFrames = typeof blockFrames === 'number' && blockFrames > 0 ? blockFrames : CALL_FRAMES;
  const { models } = await startRuntime();
  try {
    const { runtime } = models.createRunner(model, callFrames);
    return runtimeFound(runtimeOf(model), runtime);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return { name: null, reason: error.problems.map(({ message }) => message).join(' ') };
  } finally {
    models.dispose();
  }
}

export async function inspect(words: readonly string[]): Promise<ExitCode> {
  const {
    values,
    positionals: [path],
  } = readArguments(words, {}, ['FILE']);
  const description = await describe(path);
  if (values.json === true) sayJson(description);
  else {
    say(`${path}: ${description.kind}`);
    sayJson(description.contract);
  }
  return 0;
}

function rangeText(param: Param): string {
  if (param.kind === 'choice') return param.choices.join(' | ');
  return param.kind === 'text' ? `text of up to ${param.maxBytes} bytes` : `${param.min}–${param.max} ${param.unit}`;
}

export function nodes(words: readonly string[]): ExitCode {
  const { values } = readArguments(words, {}, []);
  if (values.json === true) {
    sayJson(nodeReference(registry));
    return 0;
  }
  const shape: ShapeContext = { values: {}, resources: {}, patchRateHz: SAMPLE_RATE_DEFAULT_HZ };
  for (const type of Object.values(registry.types)) {
    say(`${type.id.padEnd(26)} ${type.label}: ${helpSummary(type.help)}`);
    for (const [name, param] of Object.entries(type.params(shape))) {
      say(`    ${name.padEnd(22)} ${rangeText(param)}, default ${param.default}`);
    }
  }
  return 0;
}
