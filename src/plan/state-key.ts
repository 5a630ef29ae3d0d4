// What the state of a node depends on: a new plan goes on with the state of an old one where the keys are equal.
// Owns that key. Its parts are kept as text, since plans of one patch share nodes, shapes and channels.
import type { NodeContext } from '../core/node-type.ts';
import type { PatchNode } from '../core/patch.ts';
import type { NodeShape } from '../core/registry.ts';

/** What a state depends on but for its place. A node and its shape never change. */
interface Identity {
  /** Slot → SHA-256 of what is loaded. */
  readonly resources: Readonly<Record<string, string>>;
  readonly identity: string;
}
const identities = new WeakMap<NodeShape, Identity>();

export function identify({ id, type, contract, isBypassed }: PatchNode, shape: NodeShape): Identity {
  const known = identities.get(shape);
  if (known) return known;
  const { params, values } = shape;
  const resources = Object.fromEntries(
    Object.entries(shape.shape.resources).flatMap(([slot, loaded]) => (loaded ? [[slot, loaded.sha256]] : [])),
  );
  const structural = Object.keys(params)
    .filter(name => params[name].isStructural)
    .map(name => [name, values[name]]);
  // A bypassed node does not run: what it held when it was bypassed is no past to go on from.
  const identity = JSON.stringify([id, type, resources, structural, contract ?? null, isBypassed === true]);
  const made = { resources, identity };
  identities.set(shape, made);
  return made;
}

const texts = new WeakMap<object, string>();

/** Channels and item shapes are often the same objects from plan to plan. */
function textOf(facts: object): string {
  const text = texts.get(facts) ?? JSON.stringify(facts);
  texts.set(facts, text);
  return text;
}

/** The key of a node's state in its place: clocks, calls, channels and items. */
export const stateKey = (identity: string, ctx: NodeContext): string =>
  `${identity} ${ctx.rateHz} ${ctx.outRateHz} ${ctx.blockFrames} ${ctx.outBlockFrames} ${ctx.callFrames} ` +
  `${ctx.arrivalFraction} ${ctx.slackFrames} ${textOf(ctx.channels)} ${textOf(ctx.itemShapes)}`;
