// A param of a node as a control sees it: its definition, its value, who drives it, and how to set it with one undo step per
// gesture. Must not know how it is drawn.
import { setParam } from '../../core/edits.ts';
import type { NumberParam } from '../../core/param.ts';
import type { EditorContext } from '../context.ts';
import { heardValue } from '../heard-value.ts';

/** What wires make of a param. */
export interface Driven {
  /** What is heard of it; 'signal' where that is not known without playing. */
  readonly heard: number | 'signal';
  /** "Drive", or "Drive, LFO". */
  readonly by: string;
}

export interface ParamBinding {
  readonly nodeId: string;
  readonly name: string;
  /** The definition now; ranges may follow other params. */
  definition(): NumberParam;
  /** Its own value, to which wires add. */
  value(): number;
  /** Undefined where no wire ends at it. */
  driven(): Driven | undefined;
  /** Whether it is turned here; a param that wires drive is turned where they come from. */
  isTurnable(): boolean;
  /** Sets the own value, clamped to its range; moves of one gesture merge into one undo step. */
  set(value: number): void;
  /** The gesture is over. */
  end(): void;
}

/** Values keep five significant digits: finer than any ear, short in the file. */
export function tidyValue(definition: NumberParam, value: number): number {
  const clamped = Math.min(definition.max, Math.max(definition.min, value));
  const tidy = Number(clamped.toPrecision(5));
  return Math.min(
    definition.max,
    Math.max(definition.min, Math.abs(tidy) < (definition.max - definition.min) * 1e-7 ? 0 : tidy),
  );
}

/** `isBase`: where signals move the param, the value that they are added to is turned here. */
export function bindParam(context: EditorContext, nodeId: string, name: string, isBase = false): ParamBinding {
  const shape = () => {
    const node = context.store.patch.nodes[nodeId];
    return node ? context.shapeOf(node) : undefined;
  };
  let last: NumberParam | undefined;
  const definition = (): NumberParam => {
    const found = shape()?.params[name];
    if (found?.kind === 'number') last = found;
    return last as NumberParam;
  };
  const driven = () => drivenBy(context, nodeId, name);
  const isTurnable = (): boolean => {
    const heard = heardNow(context, nodeId, name);
    return heard === undefined || (isBase && heard === 'signal');
  };
  return {
    nodeId,
    name,
    definition,
    value: () => Number(shape()?.values[name] ?? last?.default ?? 0),
    driven,
    isTurnable,
    set: value => {
      if (!context.store.patch.nodes[nodeId]) return;
      // What wires are added to may be 0 whatever the range (PARAM-1).
      const tidy = value === 0 && driven() ? 0 : tidyValue(definition(), value);
      if (tidy !== Number(shape()?.values[name]))
        context.store.dispatch(setParam(nodeId, name, tidy, `${nodeId}.${name}`));
    },
    end: () => context.store.endGesture(),
  };
}

/** What is heard of a param of a node of the patch; see heard-value.ts. */
export const heardNow = (context: EditorContext, nodeId: string, name: string): number | 'signal' | undefined =>
  heardValue(context.store.patch.nodes, context.wiresInto, context.shapeOf, nodeId, name);

/** Who drives a param by wire, and what is heard then; undefined where no wire ends at it. */
export function drivenBy(context: EditorContext, nodeId: string, name: string): Driven | undefined {
  const heard = heardNow(context, nodeId, name);
  if (heard === undefined) return undefined;
  const sources = context.wiresInto(nodeId).filter(({ to }) => to.port === name);
  return { heard, by: sources.map(({ from }) => context.nameOf(from.node)).join(', ') };
}

/** What a control draws: the value that is set here, else what is heard; undefined where a signal moves it. */
export function shownValue(binding: ParamBinding): number | undefined {
  if (binding.isTurnable()) return binding.value();
  const heard = binding.driven()?.heard;
  return heard === 'signal' ? undefined : heard;
}
