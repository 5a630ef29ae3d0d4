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
import type { Incoming, InferredConnection, Loop, SignalFacts } from './infer.ts';
import { spectrumSources } from './infer-spectra.ts';
import type { Connection, Patch } from './patch.ts';
import { type BlockRule, carriesFrames, type Port } from './port.ts';
import type { NodeShape, Registry } from './registry.ts';
import { channelRule, leastBlock, portBlock, portRate, takesBlock } from './signal-rules.ts';

type Shapes = ReadonlyMap<string, NodeShape>;
type Connections = readonly InferredConnection[];

/**
 * One number per node, spread along the inlets that follow from where it is fixed until nothing changes. `outletNumber` is what a
 * connection brings, undefined = not known yet. `choose` picks a node's number from the first that arrives, or from whether
 * anything is connected; undefined = not known yet.
 */
function spread(
  walk: readonly string[],
  incoming: Incoming,
  follows: (inlet: Port) => boolean,
  outletNumber: (c: InferredConnection, known: ReadonlyMap<string, number>) => number | undefined,
  choose: (id: string, arriving: number | undefined, hasSources: boolean) => number | undefined,
  rest: number,
): Map<string, number> {
  const known = new Map<string, number>();
  for (let open = walk; open.length > 0; ) {
    const left = open.filter(id => {
      let arriving: number | undefined;
      let hasSources = false;
      for (const c of incoming.get(id) ?? []) {
        if (!carriesFrames(c.inlet) || !follows(c.inlet)) continue;
        hasSources = true;
        arriving = outletNumber(c, known);
        if (arriving !== undefined) break;
      }
      const number = choose(id, arriving, hasSources);
      if (number !== undefined) known.set(id, number);
      return number === undefined;
    });
    if (left.length === open.length) break;
    open = left;
  }
  for (const id of walk) if (!known.has(id)) known.set(id, rest);
  return known;
}

/** Rates spread from where they are fixed along 'follow' ports; what stays open runs at the patch rate. */
export function inferRates(patch: Patch, shapes: Shapes, incoming: Incoming, walk: readonly string[]) {
  return spread(
    walk,
    incoming,
    inlet => inlet.rateHz === 'follow',
    (c, known) =>
      c.outlet.rateHz === 'follow' ? known.get(c.connection.from.node) : portRate(c.outlet, 0, patch.sampleRateHz),
    (id, arriving, hasSources) => {
      if (arriving !== undefined) return arriving;
      return shapes.get(id)?.fixedRateHz ?? (hasSources ? undefined : patch.sampleRateHz);
    },
    patch.sampleRateHz,
  );
}

/** Blocks spread like rates; what stays open is a stream. A node that takes several sizes runs with the one that arrives. */
export function inferBlocks(shapes: Shapes, incoming: Incoming, walk: readonly string[]) {
  return spread(
    walk,
    incoming,
    inlet => typeof inlet.block !== 'number' && inlet.block !== 'whole',
    (c, known) => (c.outlet.block === 'follow' ? known.get(c.connection.from.node) : portBlock(c.outlet, 0)),
    (id, arriving, hasSources) => {
      const demand = shapes.get(id)?.demandedBlock;
      if (demand !== undefined)
        return arriving !== undefined && takesBlock(demand, arriving) ? arriving : leastBlock(demand);
      return arriving ?? (hasSources ? undefined : 0);
    },
    0,
  );
}

export function checkRates(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  incoming: Incoming,
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
    const stfts = spectrumSources(patch, incoming, c);
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

/** Channels of a node's ports by the width of those that follow. A shape never changes. */
const portChannels = new WeakMap<NodeShape, Map<number, Readonly<Record<string, number>>>>();

function channelsAt(shape: NodeShape, width: number): Readonly<Record<string, number>> {
  const byWidth = portChannels.get(shape) ?? new Map<number, Readonly<Record<string, number>>>();
  portChannels.set(shape, byWidth);
  const known = byWidth.get(width);
  if (known) return known;
  const own: Record<string, number> = {};
  for (const [name, { channels }] of shape.framePorts) own[name] = channels === 'follow' ? width : channels;
  byWidth.set(width, own);
  return own;
}

/** Channels of 'follow' ports grow from node to node until nothing changes (monotone, so loops settle). */
export function inferChannels(shapes: Shapes, incoming: Incoming, walk: readonly string[]): SignalFacts['channels'] {
  const widths = new Map<string, number>();
  const widthOf = ({ channels }: Port, id: string): number =>
    channels === 'follow' ? (widths.get(id) ?? 1) : channels;
  for (let round = 0, hasChanged = true; hasChanged && round <= walk.length; round++) {
    hasChanged = false;
    for (const id of walk) {
      const before = widths.get(id) ?? 1;
      let width = before;
      for (const { connection, outlet, inlet } of incoming.get(id) ?? [])
        if (carriesFrames(inlet) && inlet.channels === 'follow')
          width = Math.max(width, widthOf(outlet, connection.from.node));
      if (width === before) continue;
      widths.set(id, width);
      hasChanged = true;
    }
  }
  const channels = new Map<string, Readonly<Record<string, number>>>();
  for (const [id, shape] of shapes) channels.set(id, channelsAt(shape, widths.get(id) ?? 1));
  return channels;
}

export function checkChannels(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  channels: SignalFacts['channels'],
  problems: Problem[],
): void {
  for (const { connection, outlet } of connections) {
    if (!carriesFrames(outlet)) continue;
    const from = channels.get(connection.from.node)?.[connection.from.port] as number;
    const to = channels.get(connection.to.node)?.[connection.to.port] as number;
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

/** Item shapes from where they are fixed along 'follow' ports. */
export function inferItemShapes(
  shapes: Shapes,
  incoming: Incoming,
  walk: readonly string[],
): SignalFacts['itemShapes'] {
  const items = new Map<string, Record<string, readonly number[]>>();
  const withItems = walk.filter(id => (shapes.get(id)?.itemPorts.length ?? 0) > 0);
  for (let round = 0, hasChanged = true; hasChanged && round <= withItems.length; round++) {
    hasChanged = false;
    for (const id of withItems) {
      const own = items.get(id) ?? {};
      for (const [name, port] of shapes.get(id)?.itemPorts ?? []) {
        const brings = ({ connection, inlet }: InferredConnection): boolean =>
          inlet.type === port.type &&
          (port.direction === 'inlet' ? connection.to.port === name : inlet.shape === 'follow');
        const arriving = () =>
          incoming
            .get(id)
            ?.filter(brings)
            .map(({ connection: { from } }) => items.get(from.node)?.[from.port])
            .find(shape => shape !== undefined);
        const shape = port.shape === 'follow' ? arriving() : port.shape;
        if (shape === undefined || String(own[name]) === String(shape)) continue;
        own[name] = shape;
        items.set(id, own);
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
  items: SignalFacts['itemShapes'],
  problems: Problem[],
): void {
  for (const { connection, outlet, inlet } of connections) {
    if (outlet.type !== 'spectrum' && outlet.type !== 'tensor') continue;
    const { from, to } = connection;
    const got = items.get(from.node)?.[from.port] ?? [];
    const wanted = inlet.shape === 'follow' ? (items.get(to.node)?.[to.port] ?? []) : inlet.shape;
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
