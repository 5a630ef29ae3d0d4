// What a node knows about its place: its context, made by the planner and made again from the plan wherever a plan is used.
// Owns that translation only. Must not know order, signals or kernels.
import type { Inference, ResourceBook } from '../core/infer.ts';
import type { NodeContext } from '../core/node-type.ts';
import type { Patch } from '../core/patch.ts';
import type { Port } from '../core/port.ts';
import type { NodeShape } from '../core/registry.ts';
import { portBlock, portRate } from '../core/signal-rules.ts';
import type { Plan, PlanNode } from './plan.ts';

/** What the host and the transports fix for the life of a plan. */
export interface PlanOptions {
  /** Most patch frames per call. */
  readonly maxFrames?: number;
  /**
   * Frames of every call, which the host promises: block adapters then wait no longer than they must. 0 (default): calls of any
   * number of frames, as a bundle gets them.
   */
  readonly hostBlockFrames?: number;
  /** Models that run in transport B: node id → slack in patch frames. */
  readonly slackFrames?: Readonly<Record<string, number>>;
  /**
   * All frames of a render. A patch with nodes that need the whole sound at once is then planned for one call of so many;
   * without it, as live, it is refused with E-OFFLINE.
   */
  readonly wholeFrames?: number;
}

/** The options as the planner settled them. */
export interface PlanSettings extends Required<Omit<PlanOptions, 'wholeFrames'>> {
  /** One call of `maxFrames` frames plays all: there are nodes that need the whole sound at once. */
  readonly isOneShot: boolean;
}

/** Most frames of a call of `patchFrames` at a rate and block: one more than the ratio, for the rounding, and an unfinished block. */
export const framesAtRate = (patchFrames: number, rateHz: number, patchRateHz: number, blockFrames = 0): number =>
  Math.ceil((patchFrames * rateHz) / patchRateHz) + 1 + blockFrames;

const NO_ITEMS: NodeContext['itemShapes'] = {};

/** Context of a node of a patch; `arrivalFraction` as in NodeContext. */
export function makeContext(
  patch: Patch,
  inference: Inference,
  resources: ResourceBook,
  options: PlanSettings,
  id: string,
  place: { readonly isInLoop: boolean; readonly arrivalFraction: number },
): NodeContext {
  const { framePorts, frameInlets, itemPorts, values } = inference.shapes.get(id) as NodeShape;
  const nodeRateHz = inference.rates.get(id) as number;
  const nodeBlock = inference.blocks.get(id) as number;
  const outlet = framePorts.find(([, port]) => port.direction === 'outlet')?.[1];
  const inlet = frameInlets[0] ?? outlet;
  const rateAt = (port: Port) => portRate(port, nodeRateHz, patch.sampleRateHz);
  const rateHz = inlet ? rateAt(inlet) : nodeRateHz;
  const blockFrames = inlet ? portBlock(inlet, nodeBlock) : nodeBlock;
  const isAtHostRate = rateHz === patch.sampleRateHz && !place.isInLoop;
  return {
    rateHz,
    outRateHz: outlet ? rateAt(outlet) : rateHz,
    patchRateHz: patch.sampleRateHz,
    blockFrames,
    outBlockFrames: outlet ? portBlock(outlet, nodeBlock) : blockFrames,
    callFrames: isAtHostRate ? options.hostBlockFrames : 0,
    arrivalFraction: place.arrivalFraction,
    slackFrames: slackAt(options.slackFrames[id] ?? 0, rateHz, blockFrames, patch.sampleRateHz),
    maxFrames: framesAtRate(options.maxFrames, rateHz, patch.sampleRateHz, blockFrames),
    channels: inference.channels.get(id) as Readonly<Record<string, number>>,
    itemShapes:
      itemPorts.length === 0
        ? NO_ITEMS
        : Object.fromEntries(itemPorts.map(([name]) => [name, inference.itemShapes.get(id)?.[name] ?? []])),
    values,
    resources: resources[id] ?? {},
  };
}

/** The least delay at a node's rate that covers a slack in patch frames; whole blocks where blocks come. */
function slackAt(patchFrames: number, rateHz: number, blockFrames: number, patchRateHz: number): number {
  const frames = Math.ceil((patchFrames * rateHz) / patchRateHz);
  return blockFrames > 0 ? Math.ceil(frames / blockFrames) * blockFrames : frames;
}

/** The context of a node of a plan. */
export const contextOf = (plan: Plan, node: PlanNode, resources: ResourceBook): NodeContext => ({
  rateHz: node.rateHz,
  outRateHz: node.outRateHz,
  patchRateHz: plan.sampleRateHz,
  blockFrames: node.blockFrames,
  outBlockFrames: node.outBlockFrames,
  callFrames: node.callFrames,
  arrivalFraction: node.arrivalFraction,
  slackFrames: node.slackFrames,
  maxFrames: framesAtRate(plan.maxFrames, node.rateHz, plan.sampleRateHz, node.blockFrames),
  channels: node.channels,
  itemShapes: node.itemShapes,
  values: node.values,
  resources: resources[node.id] ?? {},
});
