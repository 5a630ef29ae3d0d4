// What signals are like: rates, blocks, channels and item shapes spread through a patch from where they are fixed, and what
// does not fit where signals meet. Owns those rules; shapes of nodes, loops and order come from infer.ts.
import type { ErrorCode, Fix, Problem } from './errors.ts';
import {
  fixBlock,
  fixChannels,
  fixRate,
  fixSpectrum,
  fixSpectrumRate,
  RATE_FIX_TYPE,
  resamplerRates,
} from './fixes.ts';
import { addTo } from './graph.ts';
import type { InferredConnection, Loop, SignalFacts } from './infer.ts';
import { spectrumSources } from './infer-spectra.ts';
import type { Connection, Patch } from './patch.ts';
import { type BlockRule, carriesFrames, type Port } from './port.ts';
import type { NodeShape, Registry } from './registry.ts';
import { channelRule, leastBlock, portBlock, portKey, portRate, takesBlock } from './signal-rules.ts';

type Shapes = ReadonlyMap<string, NodeShape>;
type Connections = readonly InferredConnection[];

/** Frame-carrying connections by the node that they reach. */
function incomingOf(connections: Connections, isWanted: (c: InferredConnection) => boolean) {
  const incoming = new Map<string, InferredConnection[]>();
  for (const c of connections) if (carriesFrames(c.inlet) && isWanted(c)) addTo(incoming, c.connection.to.node, c);
  return incoming;
}

const inletsOf = (shape: NodeShape): Port[] =>
  Object.values(shape.ports).filter(port => port.direction === 'inlet' && carriesFrames(port));

/**
 * One number per node, spread along 'follow' ports from where it is fixed until nothing changes. `choose` picks a node's number
 * from those that arrive (at least one, or none because nothing is connected); undefined = not known yet.
 */
function spread(
  order: readonly string[],
  incoming: ReadonlyMap<string, InferredConnection[]>,
  outletNumber: (c: InferredConnection, known: ReadonlyMap<string, number>) => number | undefined,
  choose: (id: string, arriving: number | undefined, hasSources: boolean) => number | undefined,
  rest: number,
): Map<string, number> {
  const known = new Map<string, number>();
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const id of order) {
      if (known.has(id)) continue;
      const sources = incoming.get(id) ?? [];
      const arriving = sources.map(c => outletNumber(c, known)).find(number => number !== undefined);
      const number = choose(id, arriving, sources.length > 0);
      if (number === undefined) continue;
      known.set(id, number);
      hasChanged = true;
    }
  }
  for (const id of order) if (!known.has(id)) known.set(id, rest);
  return known;
}

/** Rates spread from where they are fixed along 'follow' ports; what stays open runs at the patch rate. */
export function inferRates(patch: Patch, shapes: Shapes, connections: Connections, order: readonly string[]) {
  return spread(
    order,
    incomingOf(connections, c => c.inlet.rateHz === 'follow'),
    (c, known) =>
      c.outlet.rateHz === 'follow' ? known.get(c.connection.from.node) : portRate(c.outlet, 0, patch.sampleRateHz),
    (id, arriving, hasSources) => {
      const fixed = inletsOf(shapes.get(id) as NodeShape).find(port => typeof port.rateHz === 'number');
      return arriving ?? (fixed ? (fixed.rateHz as number) : hasSources ? undefined : patch.sampleRateHz);
    },
    patch.sampleRateHz,
  );
}

/** Blocks spread like rates; what stays open is a stream. A node that takes several sizes runs with the one that arrives. */
export function inferBlocks(shapes: Shapes, connections: Connections, order: readonly string[]) {
  return spread(
    order,
    incomingOf(connections, c => typeof c.inlet.block !== 'number' && c.inlet.block !== 'whole'),
    (c, known) => (c.outlet.block === 'follow' ? known.get(c.connection.from.node) : portBlock(c.outlet, 0)),
    (id, arriving, hasSources) => {
      const inlets = inletsOf(shapes.get(id) as NodeShape);
      const demand = inlets.find(({ block }) => typeof block === 'object' || (typeof block === 'number' && block > 0));
      if (demand)
        return arriving !== undefined && takesBlock(demand.block, arriving) ? arriving : leastBlock(demand.block);
      return arriving ?? (hasSources ? undefined : 0);
    },
    0,
  );
}

export function checkRates(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  rates: ReadonlyMap<string, number>,
  problems: Problem[],
): void {
  const pairs = resamplerRates(registry);
  for (const c of connections) {
    const { connection, outlet, inlet } = c;
    if (!carriesFrames(outlet)) continue;
    const got = portRate(outlet, rates.get(connection.from.node) as number, patch.sampleRateHz);
    const wanted = portRate(inlet, rates.get(connection.to.node) as number, patch.sampleRateHz);
    const asked = patch.nodes[connection.to.node].type === RATE_FIX_TYPE ? [got] : got === wanted ? [] : [got, wanted];
    const odd = asked.find(rate => pairs.length > 0 && !pairs.includes(rate));
    if (odd !== undefined) {
      problems.push({
        code: 'E-RATE-PAIR',
        severity: 'error',
        path: `connections.${connection.id}`,
        nodeId: connection.to.node,
        message: `${connection.id}: expected a rate that the Resampler has (${pairs.map(rate => rate / 1000).join(', ')} kHz), got ${odd / 1000} kHz. Export the model for one of them.`,
      });
      continue;
    }
    if (got === wanted) continue;
    if (outlet.type === 'audio') {
      problems.push(rateProblem(patch, registry, connection, got, wanted));
      continue;
    }
    const stfts = spectrumSources(patch, connections, c);
    const fix = fixSpectrumRate(patch, registry, connections, stfts, wanted);
    const advice = fix ? 'Insert a Resampler before the STFT.' : 'Bring the sound that they are made of to that rate.';
    problems.push(
      inletProblem(
        'E-RATE',
        connection,
        `expected ${outlet.type === 'spectrum' ? 'spectra' : 'tensors'} of ${wanted / 1000} kHz, got ${got / 1000} kHz. ${advice}`,
        fix,
      ),
    );
  }
}

/** What is wrong with the sound that a connection brings to an inlet: `words` say what was expected, what came and what to do. */
const inletProblem = (code: ErrorCode, { id, to }: Connection, words: string, fix: Fix | undefined): Problem => ({
  code,
  severity: 'error',
  path: `connections.${id}`,
  nodeId: to.node,
  message: `${to.node}.${to.port}: ${words}`,
  ...(fix ? { fix } : {}),
});

/** The problem of a connection that brings `gotHz` to an inlet of `wantedHz`, with the Resampler that mends it. */
export function rateProblem(
  patch: Patch,
  registry: Registry,
  connection: Connection,
  gotHz: number,
  wantedHz: number,
): Problem {
  const cents = Math.round(1200 * Math.log2(wantedHz / gotHz));
  const fix = fixRate(patch, registry, connection, gotHz, wantedHz);
  return inletProblem(
    'E-RATE',
    connection,
    `expected ${wantedHz / 1000} kHz, got ${gotHz / 1000} kHz; it would sound ${Math.abs(cents)} cents ${cents > 0 ? 'sharp' : 'flat'}. Insert a Resampler.`,
    fix,
  );
}

const framesText = (blockFrames: number): string =>
  blockFrames === 0 ? 'a stream' : `blocks of ${blockFrames} frames`;

const ruleText = (rule: BlockRule, nodeBlockFrames: number): string => {
  if (typeof rule === 'object') {
    if ('multipleOf' in rule) return `blocks of a multiple of ${rule.multipleOf} frames`;
    return `blocks of ${rule.join(' or ')} frames`;
  }
  return framesText(rule === 'whole' ? 0 : rule === 'follow' ? nodeBlockFrames : rule);
};

export function checkBlocks(
  patch: Patch,
  registry: Registry,
  connections: Connections,
  loops: readonly Loop[],
  facts: Pick<SignalFacts, 'blocks' | 'rates'>,
  problems: Problem[],
): void {
  const { blocks } = facts;
  for (const { connection, outlet, inlet } of connections) {
    if (!carriesFrames(outlet)) continue;
    const { node } = connection.to;
    const nodeBlock = blocks.get(node) as number;
    const got = portBlock(outlet, blocks.get(connection.from.node) as number);
    const wanted = portBlock(inlet, nodeBlock);
    if (got === wanted && takesBlock(inlet.block, got)) continue;
    const advice =
      outlet.type === 'audio'
        ? 'Insert a Block Adapter.'
        : outlet.type === 'spectrum' && wanted > 0
          ? `Set the hop of the STFT to ${wanted} frames.`
          : `Take ${outlet.type === 'spectrum' ? 'spectra' : 'tensors'} of one block.`;
    const fix =
      outlet.type === 'audio'
        ? fixBlock(patch, registry, connections, facts, connection, wanted)
        : fixSpectrum(patch, registry, connection, { hopFrames: wanted });
    problems.push({
      code: 'E-BLOCK',
      severity: 'error',
      path: `connections.${connection.id}`,
      nodeId: node,
      message: `${node}.${connection.to.port}: expected ${ruleText(inlet.block, nodeBlock)}, got ${framesText(got)}. ${advice}`,
      ...(fix ? { fix } : {}),
    });
  }
  for (const id of loops.flatMap(loop => loop.breakers)) {
    const block = blocks.get(id) as number;
    if (block === 0) continue;
    problems.push({
      code: 'E-BLOCK',
      severity: 'error',
      path: `nodes.${id}`,
      nodeId: id,
      message: `${id}: expected the delay that closes a loop on a stream, got it on ${framesText(block)}. Put it outside of the Block Adapters.`,
    });
  }
}

/** Channels grow along 'follow' ports until nothing changes (monotone, so loops settle). */
export function inferChannels(
  shapes: ReadonlyMap<string, NodeShape>,
  connections: readonly InferredConnection[],
  order: readonly string[],
): Map<string, number> {
  const channels = new Map<string, number>();
  const incoming = new Map<string, InferredConnection[]>();
  for (const c of connections) {
    if (carriesFrames(c.inlet)) addTo(incoming, portKey(c.connection.to.node, c.connection.to.port), c);
  }
  for (let round = 0, hasChanged = true; hasChanged && round <= order.length; round++) {
    hasChanged = false;
    for (const id of order) {
      const { ports } = shapes.get(id) as NodeShape;
      const entries = Object.entries(ports).filter(([, port]) => carriesFrames(port));
      let follow = 1;
      for (const [name, port] of entries) {
        if (port.direction !== 'inlet' || port.channels !== 'follow') continue;
        for (const c of incoming.get(portKey(id, name)) ?? []) {
          follow = Math.max(follow, channels.get(portKey(c.connection.from.node, c.connection.from.port)) ?? 1);
        }
      }
      for (const [name, port] of entries) {
        const count = port.channels === 'follow' ? follow : port.channels;
        if (channels.get(portKey(id, name)) === count) continue;
        channels.set(portKey(id, name), count);
        hasChanged = true;
      }
    }
  }
  return channels;
}

export function checkChannels(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  channels: ReadonlyMap<string, number>,
  problems: Problem[],
): void {
  for (const { connection, outlet } of connections) {
    if (!carriesFrames(outlet)) continue;
    const from = channels.get(portKey(connection.from.node, connection.from.port)) as number;
    const to = channels.get(portKey(connection.to.node, connection.to.port)) as number;
    if (channelRule(from, to) !== undefined) continue;
    const fix = outlet.type === 'audio' ? fixChannels(patch, registry, connection, to) : undefined;
    const advice = fix ? 'Insert a Channel Mapper.' : 'Change the source.';
    problems.push(
      inletProblem(
        'E-CHANNELS',
        connection,
        `expected ${to} channels, got ${from}. Only 1 → n (copied) and n → 1 (mean) are converted. ${advice}`,
        fix,
      ),
    );
  }
}

/** Item shapes by `node.port`, from where they are fixed along 'follow' ports; an open one is []. */
export function inferItemShapes(shapes: Shapes, connections: Connections, order: readonly string[]) {
  const items = new Map<string, readonly number[]>();
  const incoming = incomingOf(connections, c => c.inlet.type !== 'audio');
  for (let round = 0, hasChanged = true; hasChanged && round <= order.length; round++) {
    hasChanged = false;
    for (const id of order) {
      const arriving = (type: Port['type'], name?: string): readonly number[] | undefined =>
        (incoming.get(id) ?? [])
          .filter(
            c =>
              c.inlet.type === type &&
              (name === undefined ? c.inlet.shape === 'follow' : c.connection.to.port === name),
          )
          .map(c => items.get(portKey(c.connection.from.node, c.connection.from.port)))
          .find(shape => shape !== undefined);
      for (const [name, port] of Object.entries((shapes.get(id) as NodeShape).ports)) {
        if (port.type !== 'spectrum' && port.type !== 'tensor') continue;
        const shape =
          port.shape !== 'follow' ? port.shape : arriving(port.type, port.direction === 'inlet' ? name : undefined);
        if (shape === undefined || String(items.get(portKey(id, name))) === String(shape)) continue;
        items.set(portKey(id, name), shape);
        hasChanged = true;
      }
    }
  }
  return items;
}

export function checkItemShapes(
  patch: Patch,
  registry: Registry,
  connections: Connections,
  items: ReadonlyMap<string, readonly number[]>,
  problems: Problem[],
): void {
  for (const { connection, outlet, inlet } of connections) {
    if (outlet.type !== 'spectrum' && outlet.type !== 'tensor') continue;
    const got = items.get(portKey(connection.from.node, connection.from.port)) ?? [];
    const wanted =
      inlet.shape === 'follow' ? (items.get(portKey(connection.to.node, connection.to.port)) ?? []) : inlet.shape;
    if (String(got) === String(wanted)) continue;
    const windowFrames = outlet.type === 'spectrum' && wanted.length === 1 ? 2 * (wanted[0] - 1) : 0;
    const advice =
      windowFrames > 0 ? `Set the window of the STFT to ${windowFrames} frames.` : 'Make both ends the same size.';
    const fix = fixSpectrum(patch, registry, connection, { windowFrames });
    const words = (shape: readonly number[]): string =>
      outlet.type === 'spectrum' ? `spectra of ${shape[0] ?? 'unknown'} bins` : `tensors of [${shape.join(', ')}]`;
    problems.push(inletProblem('E-SHAPE', connection, `expected ${words(wanted)}, got ${words(got)}. ${advice}`, fix));
  }
}
