// Validation: every problem of a patch, and the verdict on one connection before it is made.
// Owns what is wrong with single values and paths; what flows where is judged by infer.ts.
import { connect } from './edits.ts';
import type { Problem } from './errors.ts';
import { fixCycle } from './fixes.ts';
import { problemsOfDocument } from './flat-origin.ts';
import { type Flattened, flatten } from './flatten.ts';
import { type Inference, inferPatch, type ResourceBook } from './infer.ts';
import { rateProblem } from './infer-signals.ts';
import { fitsText, type Param, SMOOTHING_MS_MAX } from './param.ts';
import { connectionId, type Patch, type PatchNode, parseEndpoint, sortedIds } from './patch.ts';
import type { Port } from './port.ts';
import { lacksResource, type NodeShape, type Registry } from './registry.ts';
import { resourcePathFault } from './resource-path.ts';
import { runtimeProblem } from './runtime-choice.ts';
import { isSampleRate, SAMPLE_RATE_DEFAULT_HZ, sampleRateWords } from './sample-rates.ts';
import { portRate } from './signal-rules.ts';
import { utf8Bytes } from './text.ts';
import { applyTransaction } from './transaction.ts';
import { loopTransportProblem, transportWish } from './transport.ts';

/** What a wrong value means until somebody mends it: live a patch goes on, but nothing is made of what nobody meant. */
const untilThen = (value: number | string): string =>
  `live it is ${value} until then; nothing is rendered or exported.`;

function paramProblem(
  node: PatchNode,
  name: string,
  definition: Param | undefined,
  isWired: boolean,
): Problem | undefined {
  const value = node.params?.[name];
  if (value === undefined) return undefined;
  const where = `${node.id}.${name}`;
  const path = `nodes.${node.id}.params.${name}`;
  const reset = (to: number | string | undefined, label: string): Problem['fix'] => ({
    label,
    transaction: { label, changes: [{ path: ['nodes', node.id, 'params', name], value: to }] },
  });
  const common = { severity: 'error', path, nodeId: node.id } as const;
  if (!definition)
    return {
      ...common,
      code: 'E-PARAM',
      severity: 'warning',
      message: `${where}: expected a param of ${node.type}, got an unknown name. It is kept, and has no effect.`,
      fix: reset(undefined, `Remove ${name}`),
    };
  if (definition.kind === 'choice') {
    if (typeof value === 'string' && definition.choices.includes(value)) return undefined;
    return {
      ...common,
      code: 'E-PARAM',
      message: `${where}: expected one of ${definition.choices.join(', ')}, got ${JSON.stringify(value).slice(0, 80)}. Choose one; ${untilThen(definition.default)}`,
      fix: reset(definition.default, `Set ${name} to ${definition.default}`),
    };
  }
  if (definition.kind === 'text') {
    if (fitsText(definition, value)) return undefined;
    const told = typeof value === 'string' ? `${utf8Bytes(value).length} bytes` : JSON.stringify(value).slice(0, 80);
    return {
      ...common,
      code: 'E-PARAM',
      message: `${where}: expected a text of at most ${definition.maxBytes} bytes, got ${told}. Shorten it; ${untilThen(JSON.stringify(definition.default))}`,
      fix: reset(undefined, `Reset ${name}`),
    };
  }
  const { min, max, unit } = definition;
  if (typeof value !== 'number')
    return {
      ...common,
      code: 'E-PARAM',
      message: `${where}: expected a number, got ${JSON.stringify(value).slice(0, 80)}. Type a number; ${untilThen(definition.default)}`,
      fix: reset(definition.default, `Set ${name} to ${definition.default}`),
    };
  // The own value of a wired param is an offset; zero must be allowed whatever the range.
  if ((value >= min && value <= max) || (isWired && value === 0)) return undefined;
  const near = value < min ? min : max;
  return {
    ...common,
    code: 'E-PARAM-RANGE',
    message: `${where}: expected ${min}–${max}${unit ? ` ${unit}` : ''}, got ${value}. ${value < min ? 'Raise' : 'Lower'} it; ${untilThen(near)}`,
    fix: reset(near, `Set ${name} to ${near}`),
  };
}

function nodeProblems(
  node: PatchNode,
  shape: NodeShape | undefined,
  wired: ReadonlySet<string>,
  resources: ResourceBook,
): Problem[] {
  const common = { severity: 'error', nodeId: node.id } as const;
  if (!shape)
    return [
      {
        ...common,
        code: 'E-NODE-TYPE',
        path: `nodes.${node.id}.type`,
        message: `${node.id}: expected a known node type, got "${node.type}". The node, its connections and values are kept; install what provides it, or delete the node.`,
      },
    ];
  const problems: Problem[] = [];
  if (node.version > shape.type.version)
    problems.push({
      ...common,
      code: 'E-VERSION-NEWER',
      severity: 'warning',
      path: `nodes.${node.id}.version`,
      message: `${node.id}: expected version ${shape.type.version} of ${node.type}, got ${node.version}. It may sound different; update Neuropatch.`,
    });
  for (const name of Object.keys(node.params ?? {})) {
    const definition = Object.hasOwn(shape.params, name) ? shape.params[name] : undefined;
    // The values of a model that is missing are kept for when it is found.
    if (!definition && lacksResource(shape)) continue;
    const problem = paramProblem(node, name, definition, wired.has(name));
    if (problem) problems.push(problem);
  }
  for (const [name, ms] of Object.entries(node.smoothingMs ?? {})) {
    const definition = Object.hasOwn(shape.params, name) ? shape.params[name] : undefined;
    if (definition?.rate !== 'a') {
      if (definition || !lacksResource(shape))
        problems.push({
          ...common,
          code: 'E-PARAM',
          severity: 'warning',
          path: `nodes.${node.id}.smoothingMs.${name}`,
          message: `${node.id}.${name} smoothing: expected a param that glides, got none of that name. It is kept, and has no effect.`,
        });
    } else if (!(ms >= 0 && ms <= SMOOTHING_MS_MAX))
      problems.push({
        ...common,
        code: 'E-PARAM-RANGE',
        path: `nodes.${node.id}.smoothingMs.${name}`,
        message: `${node.id}.${name} smoothing: expected 0–${SMOOTHING_MS_MAX} ms, got ${ms}. The default is used.`,
      });
  }
  for (const [slot, definition] of Object.entries(shape.type.resources)) {
    const path = node.resources?.[slot];
    const where = `nodes.${node.id}.resources.${slot}`;
    const fault = path === undefined ? undefined : resourcePathFault(path);
    if (fault)
      problems.push({
        ...common,
        code: 'E-RESOURCE-PATH',
        path: where,
        message: `${node.id}.${slot}: expected ${fault}, got "${path?.slice(0, 80)}". Put the file beside the patch and name it.`,
      });
    const loaded = resources[node.id]?.[slot];
    const refused = loaded?.kind === 'model' ? runtimeProblem(node.id, loaded, shape.values) : undefined;
    if (refused) problems.push(refused);
    if (!fault && loaded === undefined && (path !== undefined || definition.isRequired)) {
      problems.push({
        ...common,
        code: 'E-RESOURCE-MISSING',
        path: where,
        message:
          path === undefined
            ? `${node.id}.${slot}: expected ${definition.kind === 'audio' ? 'an audio' : `a ${definition.kind}`} file, got none. Choose one in the inspector.`
            : `${node.id}.${slot}: expected the file "${path}", got nothing there. Put it back, or choose another.`,
      });
    }
  }
  return problems;
}

/** Shapes of nodes without problems; that a param is wired only allows more. */
const sound = new WeakSet<NodeShape>();

/** All problems of the patch: single values first, then what flows where. `resources` holds what could be loaded. */
export function validatePatch(
  patch: Patch,
  registry: Registry,
  resources: ResourceBook,
  inference: Inference = inferPatch(patch, registry, resources),
): Problem[] {
  const problems: Problem[] = [];
  if (!isSampleRate(patch.sampleRateHz)) {
    problems.push({
      code: 'E-SCHEMA',
      severity: 'error',
      path: 'sampleRateHz',
      message: `patch: expected a sample rate of ${sampleRateWords}, got ${patch.sampleRateHz}. Choose one in the inspector.`,
      fix: {
        label: 'Set 48 kHz',
        transaction: {
          label: 'Set sampleRateHz',
          changes: [{ path: ['sampleRateHz'], value: SAMPLE_RATE_DEFAULT_HZ }],
        },
      },
    });
  }
  const wired = new Map<string, Set<string>>();
  for (const { connection, isParam } of inference.connections) {
    if (isParam) wired.set(connection.to.node, (wired.get(connection.to.node) ?? new Set()).add(connection.to.port));
  }
  for (const id of sortedIds(patch.nodes)) {
    const shape = inference.shapes.get(id);
    if (shape && sound.has(shape)) continue;
    const found = nodeProblems(patch.nodes[id], shape, wired.get(id) ?? new Set(), resources);
    if (shape && found.length === 0 && !wired.has(id)) sound.add(shape);
    problems.push(...found);
  }
  for (const id of inference.loops.flatMap(({ nodes }) => nodes)) {
    if (transportWish(inference.shapes.get(id)?.values ?? {}).runsIn === 'worker')
      problems.push(loopTransportProblem(id));
  }
  return [...problems, ...inference.problems];
}

/**
 * The problem that a new connection would bring, or undefined when it fits. Ends as `node.port`. Rates and loops are at fault
 * together with older connections; the problem and its fix are about the new one, so that what was there stays as it was.
 */
export function checkConnection(
  patch: Patch,
  registry: Registry,
  resources: ResourceBook,
  from: string,
  to: string,
): Problem | undefined {
  const source = parseEndpoint(from);
  const target = parseEndpoint(to);
  if (!source || !target)
    return {
      code: 'E-CONNECTION',
      severity: 'error',
      path: '',
      message: `${from} → ${to}: expected two ports, got something else. Connect an outlet to an inlet.`,
    };
  const id = connectionId(source, target);
  if (Object.hasOwn(patch.connections, id))
    return {
      code: 'E-PORT-TAKEN',
      severity: 'error',
      path: `connections.${id}`,
      nodeId: target.node,
      message: `${id}: expected a new connection, got one that is there already. Nothing to do.`,
    };
  const nextDocument = applyTransaction(patch, connect(from, to)).patch;
  const found = judgeNext(flatten(patch), flatten(nextDocument), id, target.node, registry, resources);
  return found && problemsOfDocument([found], nextDocument)[0];
}

/** The same in flat patches, before and after. `target`: the node of the document that the connection reaches. */
function judgeNext(
  { patch, problems: old }: Flattened,
  { patch: next, problems: now, wires }: Flattened,
  wire: string,
  target: string,
  registry: Registry,
  resources: ResourceBook,
): Problem | undefined {
  const id = wires.get(wire) ?? wire;
  const before = inferPatch(patch, registry, resources);
  const known = new Set([...old, ...before.problems].map(problem => `${problem.code} ${problem.message}`));
  const after = inferPatch(next, registry, resources);
  const problem = [...now, ...after.problems].find(({ code, message }) => !known.has(`${code} ${message}`));
  const made = after.connections.find(({ connection }) => connection.id === id);
  if (!problem || !made || made.outlet.type !== 'audio') return problem;
  if (problem.code === 'E-CYCLE' && problem.connections?.includes(id)) {
    const fix = fixCycle(next, registry, made.connection);
    return { ...problem, path: `connections.${id}`, nodeId: target, ...(fix ? { fix } : {}) };
  }
  if (problem.code !== 'E-RATE') return problem;
  // What both ends ran at before they met.
  const rateOf = (port: Port, nodeId: string): number =>
    portRate(port, before.rates.get(nodeId) as number, patch.sampleRateHz);
  const [gotHz, wantedHz] = [rateOf(made.outlet, made.edge.from), rateOf(made.inlet, made.edge.to)];
  return gotHz === wantedHz ? problem : rateProblem(next, registry, made.connection, gotHz, wantedHz);
}
