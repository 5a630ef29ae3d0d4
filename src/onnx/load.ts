// From the bytes of a model file to a resource that the product can play: checked, understood, named by its hash.
// Owns the order of these steps only.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { PatchError } from '../core/errors.ts';
import type { ModelContract, ModelResource } from '../core/resource.ts';
import { checkModel, opsetOf } from './check.ts';
import { findContract } from './contract.ts';
import { findCut } from './net/find-cut.ts';
import { findNet } from './net/find-net.ts';

/**
 * Loads a model file of unknown origin; `path` names it in problems, `overrides` corrects its contract. Throws PatchError with
 * every problem (E-SIZE, E-MODEL-FORMAT, E-MODEL-OPERATOR, E-MODEL-WEIGHTS, E-RESOURCE-PATH, E-MODEL-CONTRACT). A fixed block
 * is no problem here: `contract.blockFrames` says it.
 */
export function loadModel(bytes: Uint8Array, path: string, overrides: Partial<ModelContract> = {}): ModelResource {
  const { model, problems } = checkModel(bytes, { path });
  if (model === undefined) throw new PatchError(problems.filter(problem => problem.severity === 'error'));
  const found = findContract(model, overrides, path);
  if (found.problems.length > 0) throw new PatchError(found.problems);
  const { contract, card } = found;
  const source = { model, file: bytes, contract, opset: opsetOf(model) };
  const kernels = findNet(source);
  const parts = 'refusal' in kernels ? findCut(source) : undefined;
  const made = { kind: 'model', path, sha256: bytesToHex(sha256(bytes)), bytes, contract, card, kernels } as const;
  return parts ? { ...made, parts } : made;
}
