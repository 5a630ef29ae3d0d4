// The check of stored tensors: data that fit their shape, finite numbers, nothing outside the file.
// Owns what a weight must be. Must not know where in the graph it is used.
import type { OnnxTensor } from './proto.ts';
import type { Report } from './report.ts';
import { quote } from './report.ts';
import { ELEMENT_TYPES, elementCount, elementTypeName, findNonFinite, typedData } from './tensor.ts';

/** Most elements of one tensor, stored or made by the graph from constants. */
export const MAX_ELEMENTS = 2 ** 28;
const MAX_RANK = 16;

/** Reports what is wrong with a stored tensor; `what` names it. */
export function checkTensor(tensor: OnnxTensor, what: string, report: Report): void {
  const shape = `[${tensor.dims.slice(0, MAX_RANK).join(', ')}]`;
  if (tensor.dataLocation === 1 || (tensor.externalData?.length ?? 0) > 0) {
    checkExternal(tensor, what, report);
    return;
  }
  const type = ELEMENT_TYPES[tensor.dataType];
  const count = elementCount(tensor.dims);
  if (type === undefined) {
    report.add(
      'E-MODEL-FORMAT',
      `${what}: expected a known element type, got ${tensor.dataType}`,
      'Export the model with float32 weights.',
    );
    return;
  }
  if (Number.isNaN(count) || count > MAX_ELEMENTS || tensor.dims.length > MAX_RANK) {
    report.add(
      'E-MODEL-WEIGHTS',
      `${what}: expected at most ${MAX_ELEMENTS} elements in ${MAX_RANK} axes, got shape ${shape}`,
      'The file is damaged or too large.',
    );
    return;
  }
  const lengthProblem = dataLengthProblem(tensor, count, type.bits);
  if (lengthProblem !== undefined) {
    report.add(
      'E-MODEL-WEIGHTS',
      `${what}: expected ${lengthProblem.expected} for ${elementTypeName(tensor.dataType)} of shape ${shape}, got ${lengthProblem.got}`,
      'The file is damaged; export it again.',
    );
    return;
  }
  const at = findNonFinite(tensor);
  // A single infinity is a constant of many exporters (masks, open clips); an infinite weight is not.
  if (at >= 0 && !(count === 1 && !isNaNScalar(tensor))) {
    report.add(
      'E-MODEL-WEIGHTS',
      `${what}: expected finite numbers, got NaN or infinity at element ${at}`,
      'Train or export the model again.',
    );
  }
}

function dataLengthProblem(
  tensor: OnnxTensor,
  count: number,
  bits: number,
): { expected: string; got: string } | undefined {
  const rawBytes = tensor.rawData?.length ?? 0;
  if (rawBytes > 0) {
    const bytes = Math.ceil((count * bits) / 8);
    return bits > 0 && rawBytes === bytes ? undefined : { expected: `${bytes} bytes`, got: `${rawBytes}` };
  }
  const perElement = tensor.dataType === 14 || tensor.dataType === 15 ? 2 : 1;
  const values = bits > 0 && bits < 8 ? Math.ceil((count * bits) / 8) : count * perElement;
  const got = typedData(tensor)?.length ?? 0;
  return got === values ? undefined : { expected: `${values} values`, got: `${got}` };
}

function isNaNScalar(tensor: OnnxTensor): boolean {
  const raw = tensor.rawData;
  if (raw === undefined || raw.length === 0) return Number.isNaN(Number(typedData(tensor)?.[0]));
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (tensor.dataType === 1) return Number.isNaN(view.getFloat32(0, true));
  if (tensor.dataType === 11) return Number.isNaN(view.getFloat64(0, true));
  return (view.getUint16(0, true) & (tensor.dataType === 16 ? 0x7f : 0x3ff)) !== 0;
}

function checkExternal(tensor: OnnxTensor, what: string, report: Report): void {
  const location = tensor.externalData?.find(entry => entry.key === 'location')?.value ?? '';
  const leaves = /^[/\\]|^[A-Za-z][A-Za-z0-9+.-]*:/.test(location) || location.split(/[/\\]/).includes('..');
  report.add(
    leaves ? 'E-RESOURCE-PATH' : 'E-MODEL-FORMAT',
    `${what}: expected weights inside the file, got weights in ${quote(location)}`,
    'Save the model as one file (onnx.save with save_as_external_data=False).',
  );
}
