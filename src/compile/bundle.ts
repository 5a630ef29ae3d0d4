// The bundle: patch → plan → graph → manifest → archive, and back from bytes to its parts.
// Owns what is in the archive. That a bundle sounds right is proved in src/check; nothing here runs a model.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, PatchError } from '../core/errors.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Patch } from '../core/patch.ts';
import { serializePatch } from '../core/patch-file.ts';
import type { Registry } from '../core/registry.ts';
import { checkModel } from '../onnx/check.ts';
import { allNodes } from '../onnx/proto.ts';
import type { Plan } from '../plan/plan.ts';
import { readArchive, writeArchive } from './archive.ts';
import {
  FRAMES_INPUT,
  inputName,
  type LoweredParam,
  type LoweredPlan,
  lowerPlan,
  outputName,
  paramInputName,
} from './lower-plan.ts';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleManifest,
  type BundleParam,
  type BundleState,
} from './manifest.ts';

/** A bundle in memory. `files` holds further entries (goldens) by name. */
export interface Bundle {
  readonly manifest: BundleManifest;
  readonly model: Uint8Array;
  readonly patchText: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const encoder = new TextEncoder();
const hash = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));
const jsonBytes = (value: unknown): Uint8Array => encoder.encode(`${JSON.stringify(value, null, 2)}\n`);

function describeParam({ nodeId, name, definition, value, isWired }: LoweredParam, patch: Patch): BundleParam {
  const label = `${flatPatch(patch).nodes[nodeId].label || nodeId} ${definition.label || name}`;
  const common = { id: `${nodeId}.${name}`, label, tensor: paramInputName(nodeId, name), rate: definition.rate };
  if (definition.kind === 'choice')
    return {
      ...common,
      unit: '',
      min: 0,
      max: definition.choices.length - 1,
      default: value,
      scale: 'linear',
      choices: definition.choices,
    };
  const { unit, min, max, scale } = definition;
  // What is added to a control signal may be anything between nothing and the whole range.
  if (isWired) return { ...common, unit, min: Math.min(0, min), max, default: value, scale: 'linear' };
  return { ...common, unit, min, max, default: Math.min(max, Math.max(min, value)), scale };
}

function describeStates(lowered: LoweredPlan): BundleState[] {
  return lowered.builder.states.map(state => {
    const init =
      typeof state.init === 'object' && 'param' in state.init
        ? { param: `${state.nodeId}.${state.init.param}` }
        : state.init;
    return { input: state.in, output: state.out, shape: state.shape, dtype: state.dtype, init };
  });
}

/** Writes the graph and the manifest of a plan. Throws PatchError E-LOWER naming the node that can't be exported. */
export function compileBundle(patch: Patch, plan: Plan, registry: Registry, resources: ResourceBook): Bundle {
  if (plan.outputs.length === 0)
    fail('E-LOWER', 'nodes', 'patch: expected a connected Audio Output, got none. Add one and connect it.');
  const lowered = lowerPlan(plan, registry, resources);
  const graph = lowered.builder.toModel({ name: patch.name || 'patch' });
  const model = lowered.builder.toBytes({ name: patch.name || 'patch' });
  const patchText = serializePatch(patch);
  const labelOf = (id: string): string => flatPatch(patch).nodes[id].label || id;
  const ops = new Set([...allNodes(graph.graph?.node ?? [])].map(node => node.opType));
  const nodeIds = Object.keys(plan.nodes).sort();
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    name: patch.name,
    description: patch.description,
    authors: patch.authors,
    licence: patch.licence,
    sampleRateHz: plan.sampleRateHz,
    latency: plan.latency,
    latencySamples: plan.latencySamples,
    inputs: plan.inputs.map(({ nodeId, channels }) => ({
      id: nodeId,
      label: labelOf(nodeId),
      tensor: inputName(nodeId),
      channels,
    })),
    outputs: plan.outputs.map(({ nodeId, channels }) => ({
      id: nodeId,
      label: labelOf(nodeId),
      tensor: outputName(nodeId),
      channels,
    })),
    framesInput: lowered.hasFramesInput ? FRAMES_INPUT : '',
    params: lowered.params.map(param => describeParam(param, patch)),
    states: describeStates(lowered),
    opset: Number(graph.opsetImport.find(o => o.domain === '')?.version ?? 0),
    irVersion: Number(graph.irVersion),
    ops: [...ops].sort(),
    models: nodeIds.flatMap(node =>
      Object.values(resources[node] ?? {}).flatMap(r =>
        r?.kind === 'model'
          ? [{ node, name: r.card.name, sha256: r.sha256, licence: r.card.licence, source: r.card.source }]
          : [],
      ),
    ),
    tolerances: nodeIds.flatMap(node => {
      const tolerance = registry.get(plan.nodes[node].type)?.tolerance;
      return tolerance ? [{ node, ...tolerance }] : [];
    }),
    sha256: { 'model.onnx': hash(model), 'patch.json': hash(encoder.encode(patchText)) },
    files: {},
  };
  return { manifest, model, patchText, files: new Map() };
}

/** SHA-256 of the manifest's facts, in lower-case hex: of all of it but the list of files, which holds what holds this. */
export const hashManifest = (manifest: BundleManifest): string => hash(jsonBytes({ ...manifest, files: {} }));

/** The bytes of the archive: always the same for the same bundle. The manifest gets the hashes of the golden files. */
export function packBundle(bundle: Bundle): Uint8Array {
  const golden = [...bundle.files].sort(([a], [b]) => (a < b ? -1 : 1));
  const files = Object.fromEntries(golden.map(([name, bytes]) => [name, hash(bytes)]));
  return writeArchive([
    [BUNDLE_FILES.manifest, jsonBytes({ ...bundle.manifest, files })],
    [BUNDLE_FILES.model, bundle.model],
    [BUNDLE_FILES.patch, encoder.encode(bundle.patchText)],
    ...golden,
  ]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const GOLDEN_FOLDER = 'golden/';
const STATE_ELEMENTS_MAX = 64 * 1024 * 1024;

/** What makes a manifest unusable, in words; undefined when it can be played. */
function manifestFault(json: unknown): string | undefined {
  if (!isRecord(json) || json.format !== BUNDLE_FORMAT) return `"format": "${BUNDLE_FORMAT}"`;
  if (json.version !== BUNDLE_VERSION) return `version ${BUNDLE_VERSION}`;
  if (typeof json.sampleRateHz !== 'number' || !(json.sampleRateHz >= 8000 && json.sampleRateHz <= 192000))
    return 'a sample rate of 8–192 kHz';
  const isName = (value: unknown): value is string =>
    typeof value === 'string' && value.length > 0 && value.length <= 200;
  const lists = ['inputs', 'outputs', 'params', 'states', 'models', 'tolerances'] as const;
  for (const list of lists)
    if (!Array.isArray(json[list]) || !(json[list] as unknown[]).every(isRecord)) return `a list "${list}"`;
  const [inputs, outputs, params, states] = lists.map(list => json[list] as Record<string, unknown>[]);
  if (
    ![...inputs, ...outputs].every(
      t =>
        isName(t.id) &&
        isName(t.tensor) &&
        Number.isInteger(t.channels) &&
        (t.channels as number) >= 1 &&
        (t.channels as number) <= 256,
    )
  )
    return 'inputs and outputs with id, tensor and 1–256 channels';
  if (!params.every(p => isName(p.id) && isName(p.tensor) && [p.min, p.max, p.default].every(Number.isFinite)))
    return 'params with id, tensor, min, max and default';
  const isShape = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every(n => Number.isInteger(n) && n >= 0);
  if (
    !states.every(
      s =>
        isName(s.input) &&
        isName(s.output) &&
        isShape(s.shape) &&
        ['f32', 'f64', 'i64'].includes(s.dtype as string) &&
        s.shape.reduce((a, b) => a * b, 1) <= STATE_ELEMENTS_MAX,
    )
  )
    return 'states with input, output, dtype and a shape of a sane size';
  const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
  const isInit = ({ init, dtype }: Record<string, unknown>): boolean => {
    const numbers = Array.isArray(init) ? init : [init];
    return (
      (isRecord(init) && isName(init.param)) ||
      numbers.every(n => isNumber(n) && (dtype !== 'i64' || Number.isInteger(n)))
    );
  };
  if (!states.every(isInit)) return 'states that start at numbers or at a param';
  if (!params.every(p => p.choices === undefined || (Array.isArray(p.choices) && p.choices.every(isName))))
    return 'choices as words';
  if (typeof json.framesInput !== 'string' || !isNumber(json.latencySamples)) return 'framesInput and latencySamples';
  const tolerances = json.tolerances as Record<string, unknown>[];
  if (!tolerances.every(t => isNumber(t.db) && isName(t.node))) return 'tolerances in dB';
  if (!isRecord(json.sha256) || !isName(json.sha256['model.onnx']) || !isName(json.sha256['patch.json']))
    return 'sha256 of model.onnx and patch.json';
  if (json.files !== undefined && !(isRecord(json.files) && Object.values(json.files).every(isName)))
    return 'files with their sha256';
  return undefined;
}

/** Reads a bundle from a stranger: archive, manifest, checksums and our structural check of the graph. Throws PatchError E-BUNDLE-FORMAT, E-BUNDLE-HASH or what checkModel finds. */
export function readBundle(bytes: Uint8Array, path = 'bundle'): Bundle {
  const { model: modelName, manifest: manifestName, patch: patchName } = BUNDLE_FILES;
  const files = readArchive(bytes, undefined, [modelName, manifestName, patchName], path);
  const entry = (name: string): Uint8Array => files.get(name) as Uint8Array;
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(entry(manifestName)));
  } catch {
    fail(
      'E-BUNDLE-FORMAT',
      path,
      `${path}: expected JSON in ${manifestName}, got something else. Export the bundle again.`,
    );
  }
  const fault = manifestFault(manifest);
  if (fault)
    fail(
      'E-BUNDLE-FORMAT',
      path,
      `${path}: expected ${fault} in ${manifestName}, got something else. Export the bundle again, or update Neuropatch.`,
    );
  const checked: BundleManifest = { ...(manifest as BundleManifest), files: (manifest as BundleManifest).files ?? {} };
  const others = new Map([...files].filter(([name]) => name.startsWith(GOLDEN_FOLDER)));
  const own = [modelName, patchName].map(name => [name, checked.sha256[name]] as const);
  const stated = new Map([...Object.entries(checked.files), ...own]);
  for (const name of new Set([...stated.keys(), ...others.keys()])) {
    const bytesOf = files.get(name);
    const got = bytesOf ? `${hash(bytesOf).slice(0, 12)}…` : 'no such file';
    const wanted = stated.get(name);
    if (!bytesOf || hash(bytesOf) !== wanted)
      fail(
        'E-BUNDLE-HASH',
        name,
        `${path}: expected ${name} with ${wanted ? `SHA-256 ${wanted.slice(0, 12)}…` : `a SHA-256 in ${manifestName}`}, got ${got}. It was changed after the export; get a fresh copy.`,
      );
  }
  const { problems } = checkModel(entry(modelName), { path: `${path}/${modelName}` });
  const errors = problems.filter(problem => problem.severity === 'error');
  if (errors.length > 0) throw new PatchError(errors);
  return {
    manifest: checked,
    model: entry(modelName),
    patchText: new TextDecoder().decode(entry(patchName)),
    files: others,
  };
}
