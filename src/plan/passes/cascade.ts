// The passes 'cascade' and 'fold-gains': which nodes stand in a row in which a single call of a kernel can play them.
// Owns what a row is. Must not know how it is played; that is in src/render/cascade.ts.
import type { Plan, PlanNode, PlanRegion, SignalId } from '../plan.ts';

/** Ids in the order in which sound goes through them. */
export type Row = readonly string[];

/** How often each signal is read, by calls, nodes, loops and outputs. */
export function countReaders(plan: Plan): Int32Array {
  const readers = new Int32Array(plan.signals.length);
  const read = (signal: SignalId): void => {
    readers[signal]++;
  };
  const walk = ({ items, imports, exports }: PlanRegion): void => {
    for (const { outer } of imports) read(outer);
    for (const { inner } of exports) read(inner);
    for (const item of items) {
      if (item.kind === 'sum') item.inputs.forEach(read);
      else if ('input' in item) read(item.input);
      else if ('items' in item) walk(item);
    }
  };
  walk(plan.root);
  for (const { inlets, paramInlets } of Object.values(plan.nodes)) {
    Object.values(inlets).forEach(read);
    Object.values(paramInlets).forEach(read);
  }
  return readers;
}

/**
 * The rows of a plan outside of loops: nodes for which `isLinear` says so, each with one inlet and one outlet of equal channels and clock
 * and nothing wired to its params, of which each hears the one before and nobody else does. `least`: nodes in a row.
 */
export function findRows(plan: Plan, isLinear: (node: PlanNode) => boolean, least = 2): Row[] {
  const { signals } = plan;
  const readers = countReaders(plan);
  const ends = (node: PlanNode): { readonly from: SignalId; readonly to: SignalId } | undefined => {
    const [inlets, outlets] = [Object.values(node.inlets), Object.values(node.outlets)];
    if (inlets.length !== 1 || outlets.length !== 1 || Object.keys(node.paramInlets).length > 0) return undefined;
    const [from, to] = [inlets[0], outlets[0]];
    const [a, b] = [signals[from], signals[to]];
    const isSame =
      a.channels === b.channels && a.rateHz === b.rateHz && a.blockFrames === b.blockFrames && a.kind === 'audio';
    return isSame && isLinear(node) ? { from, to } : undefined;
  };
  const rows: string[][] = [];
  /** The row that ends in a signal. */
  const open = new Map<SignalId, string[]>();
  for (const item of plan.root.items) {
    if (item.kind !== 'node' || item.phase !== 'whole') continue;
    const place = ends(plan.nodes[item.nodeId]);
    if (!place) continue;
    const before = readers[place.from] === 1 ? open.get(place.from) : undefined;
    const row = before ?? [];
    if (!before) rows.push(row);
    row.push(item.nodeId);
    open.set(place.to, row);
  }
  return rows.filter(row => row.length >= least);
}
