// Sizes of what operators compute that the kernels do not take: from what the file says of a tensor, or because the operator keeps the
// sizes of its first input. Owns that list. ONNX Runtime checks it with its first call.
import type { Size } from '../../core/net.ts';
import type { ModelContract } from '../../core/resource.ts';
import { isStandardDomain } from '../operators.ts';
import { type OnnxModel, type OnnxNode, type OnnxValueInfo, shapeOf, tensorTypeOf } from '../proto.ts';
import { DATA_TYPE } from '../tensor.ts';
import { size } from './size.ts';
import { isComputed, type Value } from './value.ts';

const KEEPS_SIZES = new Set(
  `Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh CumSum Erf Floor Gelu GroupNormalization Hardmax InstanceNormalization
  LayerNormalization LogSoftmax LpNormalization MeanVarianceNormalization Mish RMSNormalization Round Selu Shrink Sign Sin Sinh
  Softmax Softsign Swish Tan ThresholdedRelu`.split(/\s+/),
);

/** Sizes by output, undefined where nobody knows. */
export function sizesOfOther(
  node: OnnxNode,
  inputs: readonly (Value | undefined)[],
  model: OnnxModel,
  contract: ModelContract,
): (readonly Size[] | undefined)[] {
  const [first] = inputs;
  const keepsSizes = isStandardDomain(node.domain) && KEEPS_SIZES.has(node.opType) && isComputed(first);
  return node.output.map((name, at) => {
    if (name === '') return undefined;
    if (at === 0 && keepsSizes) return (first as { readonly sizes: readonly Size[] }).sizes;
    const info = model.graph?.valueInfo.find(told => told.name === name);
    return info && toldSizes(info, model, contract);
  });
}

/** An axis that has the name of the audio's is as long as it. */
function toldSizes(info: OnnxValueInfo, model: OnnxModel, contract: ModelContract): Size[] | undefined {
  if (tensorTypeOf(info)?.elemType !== DATA_TYPE.f32) return undefined;
  const [audio] = contract.inputs;
  const given = model.graph?.input.find(({ name }) => name === audio?.tensor);
  const frames = given && shapeOf(given)?.[audio.layout.indexOf('n')];
  const sizes = shapeOf(info)?.map(length =>
    typeof length === 'number' ? size(length) : length !== '' && length === frames ? size(0, 1) : undefined,
  );
  return sizes?.every(one => one !== undefined) ? (sizes as Size[]) : undefined;
}
