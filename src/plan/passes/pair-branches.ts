// The pass 'pair-branches': steady filters of one channel that stand in parallel are played side by side, one in each lane of a vector.
// Owns which rows find a partner. Must not know how they are played; that is in src/render/cascade.ts.
import type { Plan, SignalId } from '../plan.ts';
import type { Row } from './cascade.ts';

/** Rows that are played in one call, in the place of the last node of the last of them. */
export type RowGroup = readonly Row[];

/** Where in the root's order each signal is read first; Infinity where nobody does. */
function firstReaders({ root, nodes }: Plan): Map<SignalId, number> {
  const first = new Map<SignalId, number>();
  root.items.forEach((item, at) => {
    const read = (signal: SignalId): void => void first.set(signal, Math.min(at, first.get(signal) ?? at));
    if (item.kind === 'sum') item.inputs.forEach(read);
    else if ('input' in item) read(item.input);
    else if (item.kind === 'node')
      [...Object.values(nodes[item.nodeId].inlets), ...Object.values(nodes[item.nodeId].paramInlets)].forEach(read);
    else if ('imports' in item) for (const { outer } of item.imports) read(outer);
  });
  return first;
}

/**
 * Puts rows of one channel, one clock and equally many filters together where nobody hears the first before the second is played; those
 * that find no partner stay alone. `filtersIn`: how many of a row's nodes are filters, not gains.
 */
export function pairRows(plan: Plan, rows: readonly Row[], filtersIn: (row: Row) => number): RowGroup[] {
  const place = new Map(
    plan.root.items.flatMap((item, at) => (item.kind === 'node' ? [[item.nodeId, at] as const] : [])),
  );
  const first = firstReaders(plan);
  const endOf = (row: Row): number => place.get(row[row.length - 1]) as number;
  const outletOf = (row: Row): SignalId => Object.values(plan.nodes[row[row.length - 1]].outlets)[0];
  const kindOf = (row: Row): string => {
    const { channels, rateHz, blockFrames } = plan.signals[outletOf(row)];
    return channels === 1 && filtersIn(row) > 0 ? `${filtersIn(row)} ${rateHz} ${blockFrames}` : '';
  };
  const groups: Row[][] = [];
  /** The last row of a kind that is alone. */
  const waiting = new Map<string, Row[]>();
  for (const row of [...rows].sort((a, b) => endOf(a) - endOf(b))) {
    const kind = kindOf(row);
    const partner = waiting.get(kind);
    if (kind !== '' && partner && (first.get(outletOf(partner[0])) ?? Number.POSITIVE_INFINITY) > endOf(row)) {
      partner.push(row);
      waiting.delete(kind);
      continue;
    }
    const group = [row];
    groups.push(group);
    waiting.set(kind, group);
  }
  return groups;
}
