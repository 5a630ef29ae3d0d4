// The structural check of a model file, ours and before any runtime sees it: a runtime can crash on a bad file, never
// return, or play NaN without a word. Owns what a file must be; must not know audio (contract.ts).
import type { Problem } from '../core/errors.ts';
import { RESOURCE_BYTES_MAX } from '../core/resource.ts';
import { checkGraph, MAX_NODES } from './check-graph.ts';
import { inlineFunctions } from './functions.ts';
import { isStandardDomain, VERSIONS } from './operators.ts';
import type { OnnxModel } from './proto.ts';
import { decodeModel } from './proto.ts';
import { quote, Report } from './report.ts';

export interface CheckOptions {
  /** Largest file in bytes; left out, that of all files. */
  readonly maxBytes?: number;
  /** How problems name the file. */
  readonly path?: string;
}

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** The decoded model with its functions inlined; only when no problem is an error. */
  readonly model?: OnnxModel;
}

/** Checks a file of unknown origin. Reports up to 50 problems; never throws. */
export function checkModel(bytes: Uint8Array, options: CheckOptions = {}): CheckResult {
  const report = new Report(options.path ?? 'model');
  const maxBytes = options.maxBytes ?? RESOURCE_BYTES_MAX;
  if (bytes.length > maxBytes) {
    report.add('E-SIZE', `expected a model of at most ${maxBytes} bytes, got ${bytes.length}`, 'Use a smaller model.');
    return { problems: report.problems };
  }
  const model = decode(bytes, report);
  if (model === undefined) return { problems: report.problems };
  checkVersions(model, report);
  if (model.trainingInfo.length > 0) {
    report.add(
      'E-MODEL-OPERATOR',
      'expected a model for inference, got one with training steps',
      'Export it without training information.',
    );
  }
  if (report.hasErrors) return { problems: report.problems };
  const flat = inlineFunctions(model, MAX_NODES, report);
  if (flat.graph !== undefined && !report.hasErrors) checkGraph(flat.graph, opsetOf(flat), report);
  return { problems: report.problems, ...(report.hasErrors ? {} : { model: flat }) };
}

/** Opset of the standard operators; 0 when the file does not say. */
export function opsetOf(model: OnnxModel): number {
  return Number(model.opsetImport.find(opset => isStandardDomain(opset.domain))?.version ?? 0n);
}

function decode(bytes: Uint8Array, report: Report): OnnxModel | undefined {
  const refuse = (what: string, todo: string): undefined => report.add('E-MODEL-FORMAT', what, todo) as undefined;
  if (bytes.length === 0) return refuse('expected an ONNX model, got an empty file', 'Copy the file again.');
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start.startsWith('version https://git-lfs')) {
    return refuse('expected an ONNX model, got a Git LFS pointer', 'Fetch the file itself with `git lfs pull`.');
  }
  if (/^[\s\x20-\x7e]{8,}$/.test(start)) {
    return refuse(`expected an ONNX model, got text starting ${quote(start.slice(0, 24))}`, 'Choose an .onnx file.');
  }
  let model: OnnxModel;
  try {
    model = decodeModel(bytes);
  } catch {
    return refuse(
      `expected an ONNX model, got ${bytes.length} bytes that are none or a truncated one`,
      'Copy or export the file again.',
    );
  }
  if (model.graph === undefined || model.irVersion === 0n || model.graph.output.length === 0) {
    return refuse(
      `expected an ONNX model, got ${bytes.length} bytes without a graph`,
      'Choose an .onnx file, or export it again.',
    );
  }
  return model;
}

function checkVersions(model: OnnxModel, report: Report): void {
  const { minIr, maxIr, minOpset, maxOpset } = VERSIONS;
  if (model.irVersion < BigInt(minIr) || model.irVersion > BigInt(maxIr)) {
    report.add(
      'E-MODEL-OPERATOR',
      `expected IR version ${minIr}–${maxIr}, got ${model.irVersion}`,
      `Export the model for IR version ${maxIr} or lower.`,
    );
  }
  const standard = model.opsetImport.filter(opset => isStandardDomain(opset.domain));
  if (standard.length !== 1) {
    report.add(
      'E-MODEL-FORMAT',
      `expected one version of the standard operators, got ${standard.length}`,
      'The file may be cut; export it again.',
    );
  } else if (
    (standard[0] as { version: bigint }).version < BigInt(minOpset) ||
    (standard[0] as { version: bigint }).version > BigInt(maxOpset)
  ) {
    report.add(
      'E-MODEL-OPERATOR',
      `expected opset ${minOpset}–${maxOpset}, got ${standard[0]?.version}`,
      `Export the model with an opset of ${minOpset} to ${maxOpset}.`,
    );
  }
}
