// `neuropatch inspect FILE` (what a model, patch or bundle expects and promises) and `neuropatch nodes`.

import { readBundle } from '../../compile/bundle.ts';
import { helpSummary } from '../../core/define-node.ts';
import type { ShapeContext } from '../../core/node-type.ts';
import type { Param } from '../../core/param.ts';
import { nodeReference } from '../../core/reference.ts';
import { runtimeOf } from '../../core/runtime-choice.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from '../../core/sample-rates.ts';
import { registry } from '../../generated/registry.ts';
import { loadModel } from '../../onnx/load.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { readArguments } from '../arguments.ts';
import { openPatch, readNamed } from '../files.ts';
import { type ExitCode, say, sayJson } from '../output.ts';

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
  return { kind: 'model', contract: { ...contract, card, sha256, runtime: runtimeOf(model) } };
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
