// Who runs a model: the SIMD kernels, where its graph is a net that they take, or ONNX Runtime. Owns that judgement, its words and
// the param of a model node that settles it. Must not know how either works.
import { fail, type Problem } from './errors.ts';
import { flatPatch } from './flatten.ts';
import type { ResourceBook } from './infer.ts';
import type { ParamValues } from './param.ts';
import type { Patch } from './patch.ts';
import type { ModelPart, ModelResource } from './resource.ts';

/** Choices of the param `runtime`. */
export const RUNTIME_WISHES = ['auto', 'kernels', 'ONNX Runtime'] as const;
export type RuntimeWish = (typeof RUNTIME_WISHES)[number];

export type RuntimeName = 'SIMD kernels' | 'ONNX Runtime' | 'SIMD kernels + ONNX Runtime';

export interface RuntimeChoice {
  readonly name: RuntimeName;
  /** Why not the kernels, or which of both runs what; empty where the kernels run it. */
  readonly reason: string;
}

export const runtimeWish = ({ runtime }: ParamValues): RuntimeWish =>
  RUNTIME_WISHES.find(wish => wish === runtime) ?? 'auto';

/** A node's model with what the node wants of it. */
export function withRuntime(model: ModelResource, values: ParamValues): ModelResource {
  const runtime = runtimeWish(values);
  return model.runtime === runtime || (runtime === 'auto' && model.runtime === undefined)
    ? model
    : { ...model, runtime };
}

const refusalOf = ({ kernels }: ModelResource): string =>
  kernels === undefined ? 'a model that was not looked at' : 'refusal' in kernels ? kernels.refusal : '';

/** "the kernels run Conv and Tanh, ONNX Runtime runs Erf". */
function sharesText(parts: readonly ModelPart[]): string {
  const share = (isKernels: boolean): string => {
    const names = [...new Set(parts.filter(part => 'net' in part === isKernels).flatMap(({ operators }) => operators))];
    const [last, ...others] = names.reverse();
    return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
  };
  return `the kernels run ${share(true)}, ONNX Runtime runs ${share(false)}`;
}

export function runtimeOf(model: ModelResource): RuntimeChoice {
  if (model.runtime === 'ONNX Runtime') return { name: 'ONNX Runtime', reason: 'chosen on the node' };
  const refusal = refusalOf(model);
  if (refusal === '') return { name: 'SIMD kernels', reason: '' };
  if (model.parts) return { name: 'SIMD kernels + ONNX Runtime', reason: sharesText(model.parts) };
  return { name: 'ONNX Runtime', reason: `the SIMD kernels do not take ${refusal}` };
}

/** What was chosen, or who it is that runs the model instead. */
export const runtimeFound = (chosen: RuntimeChoice, found: RuntimeName | undefined): RuntimeChoice =>
  found === undefined || found === chosen.name
    ? chosen
    : { name: found, reason: 'the SIMD kernels had no memory for it, or a part of it was refused' };

/** Whether ONNX Runtime has to be there for it. */
export const needsOnnxRuntime = (model: ModelResource): boolean => runtimeOf(model).name !== 'SIMD kernels';

/** Who runs which model, by node id. */
export const runtimesOf = (patch: Patch, resources: ResourceBook): Record<string, RuntimeChoice> =>
  Object.fromEntries(
    Object.entries(flatPatch(patch).nodes).flatMap(([id, { params = {} }]) => {
      const model = Object.values(resources[id] ?? {}).find(resource => resource?.kind === 'model');
      return model ? [[id, runtimeOf(withRuntime(model, params))]] : [];
    }),
  );

/** Whether ONNX Runtime has to be there for a model of the patch. */
export const patchNeedsOnnxRuntime = (patch: Patch, resources: ResourceBook): boolean =>
  Object.values(runtimesOf(patch, resources)).some(({ name }) => name !== 'SIMD kernels');

/** "SIMD kernels", or "ONNX Runtime: why". */
export const runtimeText = ({ name, reason }: RuntimeChoice): string => (reason ? `${name}: ${reason}` : name);

const problemText = (where: string, refusal: string): string =>
  `${where}: expected a model that the SIMD kernels take, got ${refusal}. Choose “auto”, and ONNX Runtime runs it.`;

/** A node that wants kernels for a model that they do not take. */
export function runtimeProblem(nodeId: string, model: ModelResource, values: ParamValues): Problem | undefined {
  const refusal = refusalOf(model);
  if (runtimeWish(values) !== 'kernels' || refusal === '') return undefined;
  const label = 'Let ONNX Runtime run it';
  return {
    code: 'E-MODEL-OPERATOR',
    severity: 'error',
    path: `nodes.${nodeId}.params.runtime`,
    nodeId,
    message: problemText(`${nodeId}.runtime`, refusal),
    fix: { label, transaction: { label, changes: [{ path: ['nodes', nodeId, 'params', 'runtime'], value: 'auto' }] } },
  };
}

/** Throws E-MODEL-OPERATOR when a model that must run on the kernels can't. */
export function refuseKernels(model: ModelResource, refusal = refusalOf(model)): void {
  if (model.runtime === 'kernels' && refusal !== '')
    fail('E-MODEL-OPERATOR', model.path, problemText(model.path, refusal));
}
