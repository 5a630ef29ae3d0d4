// defineNode: checks a node definition at load and fills in what was left out. A broken node never reaches a user.
// Owns the rules of the node contract; the tests of nodes/** are elsewhere.
import type { Lowering } from './lower.ts';
import type { LatencyParts, NodeContext, NodeDefinition, NodeType, ShapeContext, StateSpecs } from './node-type.ts';
import { fitsText, type Param, type Params } from './param.ts';
import type { Ports } from './port.ts';

/** A definition that was checked; it becomes a NodeType when the registry gives it its id. */
export interface DefinedNode {
  readonly isDefinedNode: true;
  readonly withId: (id: string) => NodeType;
}

const HELP_SUMMARY_MAX = 60;
const NAME_PATTERN = /^[a-z][A-Za-z0-9]*$/;

const asFunction = <Context, Result>(
  value: Result | ((ctx: Context) => Result) | undefined,
  fallback: Result,
): ((ctx: Context) => Result) =>
  typeof value === 'function' ? (value as (ctx: Context) => Result) : () => value ?? fallback;

/** First sentence of a help text, without its full stop. */
export const helpSummary = (help: string): string => (/^[^.!?]*/.exec(help)?.[0] ?? '').trim();

function paramFaults(name: string, param: Param): string[] {
  const faults: string[] = [];
  if (!NAME_PATTERN.test(name)) faults.push(`param ${name}: expected a camelCase name`);
  if (param.kind === 'choice') {
    if (!param.choices.includes(param.default)) faults.push(`param ${name}: default is none of its choices`);
    return faults;
  }
  if (param.kind === 'text') {
    if (!fitsText(param, param.default)) faults.push(`param ${name}: default is longer than ${param.maxBytes} bytes`);
    return faults;
  }
  if (typeof param.unit !== 'string') faults.push(`param ${name}: unit is missing`);
  if (!(param.min < param.max)) faults.push(`param ${name}: expected min < max, got ${param.min} and ${param.max}`);
  if (!(param.default >= param.min && param.default <= param.max)) {
    faults.push(`param ${name}: default ${param.default} is outside ${param.min}–${param.max}`);
  }
  if (param.scale === 'log' && !(param.min > 0)) faults.push(`param ${name}: a log scale needs min > 0`);
  if (!(param.smoothingMs >= 0))
    faults.push(`param ${name}: smoothing: expected 0 or more ms, got ${param.smoothingMs}`);
  if (param.isStructural && param.rate === 'a') faults.push(`param ${name}: a structural param must be 'event'`);
  return faults;
}

/** What becomes an input or output of the bundle must be a port; ports that depend on the node are checked in the tests. */
function becomingFaults({ lower, ports }: NodeDefinition): string[] {
  if (typeof lower !== 'object' || typeof ports !== 'object' || (lower.kind !== 'input' && lower.kind !== 'output'))
    return [];
  const direction = lower.kind === 'input' ? 'outlet' : 'inlet';
  return ports[lower.port]?.direction === direction ? [] : [`becomes: no ${direction} "${lower.port}"`];
}

/** All that is wrong with the definition, in words; empty when it is sound. Static ports and params only. */
function definitionFaults(definition: NodeDefinition): string[] {
  const faults: string[] = [];
  if (!Number.isInteger(definition.version) || definition.version < 1) faults.push('version: expected an integer ≥ 1');
  if (!definition.label) faults.push('label is missing');
  if (!definition.help) faults.push('help is missing');
  if (helpSummary(definition.help ?? '').length > HELP_SUMMARY_MAX)
    faults.push(`help: first sentence longer than ${HELP_SUMMARY_MAX} characters`);
  if (!definition.cases || definition.cases.length === 0) faults.push('cases: expected at least one');
  if (!definition.example) faults.push('example is missing');
  if (!definition.kernel) faults.push('kernel is missing');
  if (!definition.lower) faults.push('lower: expected a function, or cannot(reason)');
  else if (typeof definition.lower === 'object' && definition.lower.kind === 'cannot' && !definition.lower.reason)
    faults.push('cannot: reason is missing');
  if ((definition.view === 'figures') !== (definition.figures !== undefined))
    faults.push("figures: expected with the view 'figures', and only there");
  if ((definition.view === 'curve') !== (definition.curve !== undefined))
    faults.push("curve: expected with the view 'curve', and only there");
  const loopParts: readonly unknown[] = definition.loop
    ? [definition.loop.read, definition.loop.write, definition.loop.minDelayFrames, definition.loop.restDelayFrames]
    : [];
  if (loopParts.some(part => typeof part !== 'function'))
    faults.push('loop: expected read, write, minDelayFrames and restDelayFrames');
  for (let version = 1; version < definition.version; version++) {
    if (!definition.migrate?.[version]) faults.push(`migrate: no step from version ${version}`);
  }
  const params = typeof definition.params === 'object' ? definition.params : {};
  const ports = typeof definition.ports === 'object' ? definition.ports : {};
  for (const name of Object.keys(ports))
    if (!NAME_PATTERN.test(name)) faults.push(`port ${name}: expected a camelCase name`);
  faults.push(...becomingFaults(definition));
  for (const [name, param] of Object.entries(params)) {
    faults.push(...paramFaults(name, param));
    if (Object.hasOwn(ports, name)) faults.push(`param ${name}: a port has the same name`);
  }
  return faults;
}

/** Checks the definition; throws a TypeError that lists everything wrong with it. */
export function defineNode<Tables>(definition: NodeDefinition<Tables>): DefinedNode {
  const plain = definition as unknown as NodeDefinition;
  const faults = definitionFaults(plain);
  if (faults.length > 0) throw new TypeError(`defineNode(${definition.label}): ${faults.join('; ')}.`);
  const lowering: Lowering = typeof plain.lower === 'function' ? { kind: 'graph', lower: plain.lower } : plain.lower;
  const latencyOf = plain.latency;
  const latency = (ctx: NodeContext): LatencyParts => ({
    buffering: 0,
    inference: 0,
    model: 0,
    filter: 0,
    ...latencyOf?.(ctx),
  });
  const withId = (id: string): NodeType => ({
    id,
    family: id.slice(0, id.indexOf('/')),
    version: plain.version,
    label: plain.label,
    help: plain.help,
    words: plain.words ?? [],
    ports: asFunction<ShapeContext, Ports>(plain.ports, {}),
    params: asFunction<ShapeContext, Params>(plain.params, {}),
    hasFixedParams: typeof plain.params !== 'function',
    resources: plain.resources ?? {},
    judge: plain.judge,
    state: asFunction<NodeContext, StateSpecs>(plain.state, {}),
    tables: plain.tables ?? (() => undefined),
    latency,
    kernel: plain.kernel,
    loop: plain.loop,
    rest: plain.rest,
    linear: plain.linear,
    lowering,
    probes: plain.probes ?? [],
    view: plain.view ?? 'plain',
    figures: plain.figures,
    curve: plain.curve,
    cases: plain.cases,
    example: plain.example,
    migrate: plain.migrate ?? {},
    tolerance: plain.tolerance,
  });
  return { isDefinedNode: true, withId };
}
