// Fixes: one-click answers to problems, as transactions. Owns which node type mends what; a registry without it offers no fix.
import { freeNodeId, freePosition, insertInto } from './edits.ts';
import type { Fix } from './errors.ts';
import type { InferredConnection, SignalFacts } from './infer.ts';
import type { NodeContext } from './node-type.ts';
import type { Params, ParamValue } from './param.ts';
import type { Connection, Patch, PatchNode } from './patch.ts';
import { carriesFrames, type Port } from './port.ts';
import type { Registry } from './registry.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from './sample-rates.ts';
import { portBlock, takesBlock } from './signal-rules.ts';
import { applyTransaction, type Change } from './transaction.ts';

/** The node types that mend a mismatch of rates, of blocks and of channels, and an undelayed loop. */
export const RATE_FIX_TYPE = 'rate/resampler';
export const BLOCK_FIX_TYPE = 'rate/block-adapter';
export const CHANNEL_FIX_TYPE = 'mix/channel-mapper';
export const CYCLE_FIX_TYPE = 'time/delay';
/** The node type that makes spectra of sound; its window and hop are set where spectra do not fit. */
export const SPECTRUM_FIX_TYPE = 'spectral/stft';
/** The node type that makes sound of spectra. */
export const SOUND_FIX_TYPE = 'spectral/istft';

function makeNode(
  patch: Patch,
  registry: Registry,
  typeId: string,
  connection: Connection,
  params: Readonly<Record<string, ParamValue>>,
): PatchNode | undefined {
  const type = registry.get(typeId);
  const from = patch.nodes[connection.from.node];
  const to = patch.nodes[connection.to.node];
  if (!type || !from || !to) return undefined;
  const middle = (axis: 0 | 1): number => (from.position[axis] + to.position[axis]) / 2;
  return {
    id: freeNodeId(patch, typeId),
    type: typeId,
    version: type.version,
    position: freePosition(patch, [middle(0), middle(1)]),
    params,
  };
}

const stftParams = (registry: Registry, patch: Patch): Params | undefined =>
  registry.get(SPECTRUM_FIX_TYPE)?.params({ values: {}, resources: {}, patchRateHz: patch.sampleRateHz });

/** The windows that an STFT can have, as it words them. */
function windows(registry: Registry, patch: Patch): readonly string[] {
  const window = stftParams(registry, patch)?.window;
  return window?.kind === 'choice' ? window.choices : [];
}

/**
 * Sets the STFT at the outlet's end of a connection to the window or hop that the inlet wants; undefined where the spectra come from
 * something else, or where it has no such setting.
 */
export function fixSpectrum(
  patch: Patch,
  registry: Registry,
  { from }: Connection,
  wanted: { readonly windowFrames: number } | { readonly hopFrames: number },
): Fix | undefined {
  const node = patch.nodes[from.node];
  const params = stftParams(registry, patch);
  if (node?.type !== SPECTRUM_FIX_TYPE || !params) return undefined;
  const set = (label: string, values: Readonly<Record<string, ParamValue>>): Fix => {
    const changes = Object.entries(values).map(([name, value]) => ({
      path: ['nodes', node.id, 'params', name],
      value,
    }));
    return { label, transaction: { label, changes } };
  };
  if ('windowFrames' in wanted) {
    const word = String(wanted.windowFrames);
    return windows(registry, patch).includes(word) ? set(`Set the window to ${word}`, { window: word }) : undefined;
  }
  const { hopFrames } = wanted;
  const range = params.hopFrames;
  const isInRange = range?.kind === 'number' && hopFrames >= range.min && hopFrames <= range.max;
  return isInRange ? set(`Set the hop to ${hopFrames} frames`, { hop: 'frames', hopFrames }) : undefined;
}

/** Inserts what makes spectra of sound, or sound of spectra; undefined for other types, or where the registry has no such node. */
export function fixPortType(
  patch: Patch,
  registry: Registry,
  connection: Connection,
  outlet: Port,
  inlet: Port,
): Fix | undefined {
  const insert = (typeId: string, params: Readonly<Record<string, ParamValue>>, label: string): Fix | undefined => {
    const node = makeNode(patch, registry, typeId, connection, params);
    return node && { label, transaction: insertInto(connection, node, 'in', 'out') };
  };
  const windowOf = ({ shape }: Port): number => (typeof shape === 'string' ? 0 : 2 * ((shape[0] ?? 1) - 1));
  if (outlet.type === 'audio' && inlet.type === 'spectrum') {
    const frames = windowOf(inlet);
    // A model of bins that no window gives is not helped by an STFT.
    if (frames > 0 && !windows(registry, patch).includes(String(frames))) return undefined;
    const params: Readonly<Record<string, ParamValue>> = frames > 0 ? { window: String(frames) } : {};
    return insert(SPECTRUM_FIX_TYPE, params, `Insert STFT${frames > 0 ? ` of ${frames} frames` : ''} (+0 samples)`);
  }
  if (outlet.type === 'spectrum' && inlet.type === 'audio') {
    const frames = windowOf(outlet);
    const cost = frames > 0 ? `${frames} samples` : 'a window';
    return insert(SOUND_FIX_TYPE, {}, `Insert ISTFT (at most +${cost})`);
  }
  return undefined;
}

/** Rates that the Resampler has, in Hz; none when the registry has no Resampler. */
export function resamplerRates(registry: Registry): number[] {
  const to = registry.get(RATE_FIX_TYPE)?.params({ values: {}, resources: {}, patchRateHz: SAMPLE_RATE_DEFAULT_HZ }).to;
  return to?.kind === 'choice' ? to.choices.map(Number) : [];
}

/** What a Resampler between two rates costs, in samples of the patch. */
function resamplerCost(patch: Patch, registry: Registry, gotHz: number, toHz: number): number {
  const ctx: NodeContext = {
    rateHz: gotHz,
    outRateHz: toHz,
    patchRateHz: patch.sampleRateHz,
    maxFrames: 1,
    blockFrames: 0,
    outBlockFrames: 0,
    callFrames: 0,
    arrivalFraction: 0,
    slackFrames: 0,
    channels: {},
    itemShapes: {},
    values: { to: String(toHz) },
    resources: {},
  };
  const filter = registry.get(RATE_FIX_TYPE)?.latency(ctx).filter ?? 0;
  return Math.round((filter * patch.sampleRateHz) / gotHz);
}

/** Inserts a Resampler from `gotHz` to `toHz`; undefined when the registry has none or it does not know the rate. */
export function fixRate(
  patch: Patch,
  registry: Registry,
  connection: Connection,
  gotHz: number,
  toHz: number,
): Fix | undefined {
  if (!resamplerRates(registry).includes(toHz)) return undefined;
  const node = makeNode(patch, registry, RATE_FIX_TYPE, connection, { to: String(toHz) });
  const cost = resamplerCost(patch, registry, gotHz, toHz);
  return (
    node && {
      label: `Insert Resampler to ${toHz / 1000} kHz (+${cost} samples)`,
      transaction: insertInto(connection, node, 'in', 'out'),
    }
  );
}

/** Inserts a Resampler into each way of sound to these STFTs, so that their spectra have another rate; undefined where there is none. */
export function fixSpectrumRate(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  stfts: readonly string[],
  toHz: number,
): Fix | undefined {
  const changes: Change[] = [];
  let built = patch;
  for (const { connection } of connections.filter(
    c => c.inlet.type === 'audio' && stfts.includes(c.connection.to.node),
  )) {
    const node = makeNode(built, registry, RATE_FIX_TYPE, connection, { to: String(toHz) });
    if (!node) return undefined;
    const { changes: more } = insertInto(connection, node, 'in', 'out');
    changes.push(...more);
    built = applyTransaction(built, { label: '', changes: more }).patch;
  }
  if (changes.length === 0) return undefined;
  const label = `Insert Resampler to ${toHz / 1000} kHz before ${stfts.join(' and ')}`;
  return { label, transaction: { label, changes } };
}

/**
 * Inserts Block Adapters where `blamed` brings the wrong block, and at once around the whole node that has the fixed block: one
 * click for a model. Undefined when the registry has no Block Adapter.
 */
export function fixBlock(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  { blocks }: Pick<SignalFacts, 'blocks'>,
  blamed: Connection,
  wantedFrames: number,
): Fix | undefined {
  if (!registry.get(BLOCK_FIX_TYPE)) return undefined;
  const centre = wantedFrames > 0 ? blamed.to.node : blamed.from.node;
  const block = blocks.get(centre) as number;
  const given = ({ connection, outlet }: InferredConnection): number =>
    portBlock(outlet, blocks.get(connection.from.node) as number);
  const changes: Change[] = [];
  let built = patch;
  for (const inferred of connections) {
    const { connection, inlet, outlet } = inferred;
    if (inlet.type !== 'audio' || !carriesFrames(outlet)) continue;
    const isIn = connection.to.node === centre;
    if (isIn === (connection.from.node === centre)) continue;
    const got = given(inferred);
    const toFrames = isIn ? block : typeof inlet.block === 'number' ? inlet.block : 0;
    if (isIn ? got === block : typeof inlet.block !== 'string' && takesBlock(inlet.block, got)) continue;
    const node = makeNode(built, registry, BLOCK_FIX_TYPE, connection, { block: toFrames });
    if (!node) continue;
    const { changes: more } = insertInto(connection, node, 'in', 'out');
    changes.push(...more);
    built = applyTransaction(built, { label: '', changes: more }).patch;
  }
  if (changes.length === 0) return undefined;
  const brought = connections.find(({ connection }) => connection === blamed);
  const frames = wantedFrames > 0 || !brought ? block : given(brought);
  const label = `Insert Block Adapters of ${frames} frames (at most +${frames - 1} samples)`;
  return { label, transaction: { label: 'Insert Block Adapters', changes } };
}

/** Inserts a Channel Mapper that gives `wanted` channels, 2 or more; undefined when the registry has none. */
export function fixChannels(patch: Patch, registry: Registry, connection: Connection, wanted: number): Fix | undefined {
  const params: Readonly<Record<string, ParamValue>> =
    wanted === 2 ? { mapping: 'stereo' } : { mapping: 'first channels', count: wanted };
  const node = makeNode(patch, registry, CHANNEL_FIX_TYPE, connection, params);
  return (
    node && {
      label: `Insert Channel Mapper (${params.mapping}${wanted > 2 ? `: ${wanted}` : ''})`,
      transaction: insertInto(connection, node, 'in', 'out'),
    }
  );
}

/** Inserts a Delay of one sample, the least that makes a loop computable. */
export function fixCycle(patch: Patch, registry: Registry, connection: Connection): Fix | undefined {
  const node = makeNode(patch, registry, CYCLE_FIX_TYPE, connection, { time: 0, feedback: 0 });
  return node && { label: 'Insert Delay of 1 sample', transaction: insertInto(connection, node, 'in', 'out') };
}
