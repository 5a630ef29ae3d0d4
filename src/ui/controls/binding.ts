// A param of a node as a control sees it: its definition, its value, and how to set it with one undo step per gesture.
// Must not know how it is drawn.
import { setParam } from '../../core/edits.ts';
import type { NumberParam } from '../../core/param.ts';
import type { EditorContext } from '../context.ts';
import { heardValue } from '../heard-value.ts';

export interface ParamBinding {
  readonly nodeId: string;
  readonly name: string;
  /** The definition now; ranges may follow other params. */
  definition(): NumberParam;
  value(): number;
  /** Sets the value, clamped to its range; moves of one gesture merge into one undo step. */
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

export function bindParam(context: EditorContext, nodeId: string, name: string): ParamBinding {
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
  return {
    nodeId,
    name,
    definition,
    value: () => Number(shape()?.values[name] ?? last?.default ?? 0),
    set: value => {
      const tidy = tidyValue(definition(), value);
      if (context.store.patch.nodes[nodeId] && tidy !== Number(shape()?.values[name]))
        context.store.dispatch(setParam(nodeId, name, tidy, `${nodeId}.${name}`));
    },
    end: () => context.store.endGesture(),
  };
}

/** What is heard of a param of a node of the patch; see heard-value.ts. */
export const heardNow = (context: EditorContext, nodeId: string, name: string): number | 'signal' | undefined =>
  heardValue(context.store.patch.nodes, context.wiresInto(nodeId), context.shapeOf, nodeId, name);
