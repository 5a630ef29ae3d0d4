// The pass 'reuse-buffers': signals that are never needed at the same time share a buffer, so that fewer bytes go through the caches.
// Owns who shares with whom. Must not know memory; that is the executor's.
import type { Plan, PlanRegion, PlanSignal, SignalId } from '../plan.ts';
import type { Row } from './cascade.ts';

export interface SharedBuffers {
  /** For each signal one buffer a channel, by number; signals that hold no audio have none. */
  readonly buffers: readonly (readonly number[])[];
  /** By number: the signal whose length it has. */
  readonly like: readonly SignalId[];
  /** Signals that may be overwritten before the call ends. */
  readonly shared: ReadonlySet<SignalId>;
}

/** Each signal has buffers of its own. */
export function ownBuffers({ signals }: Plan): SharedBuffers {
  const like: SignalId[] = [];
  const buffers = signals.map(({ kind, channels }, id) =>
    kind === 'control' ? [] : Array.from({ length: channels }, () => like.push(id) - 1),
  );
  return { buffers, like, shared: new Set() };
}

interface Life {
  readonly signal: SignalId;
  begin: number;
  end: number;
}

/** Signals that somebody outside of the root's calls reads or writes, or that nobody writes and that stay zeros. */
function fixedSignals({ inputs, outputs, root }: Plan): Set<SignalId> {
  const fixed = new Set([...inputs, ...outputs].map(({ signal }) => signal));
  const walk = ({ items, imports, exports }: PlanRegion): void => {
    for (const { outer, inner } of [...imports, ...exports]) fixed.add(outer).add(inner);
    for (const item of items) {
      if ('items' in item) walk(item);
    }
  };
  walk(root);
  return fixed;
}

/** From the first to the last call of the root that needs a signal. `rows` play all their nodes in the place of the last. */
function livesOf(plan: Plan, rows: readonly Row[]): Life[] {
  const { root, nodes, signals } = plan;
  const fixed = fixedSignals(plan);
  const lives = new Map<SignalId, Life>();
  const place = new Map(root.items.flatMap((item, at) => (item.kind === 'node' ? [[item.nodeId, at] as const] : [])));
  for (const row of rows) for (const id of row) place.set(id, place.get(row[row.length - 1]) as number);
  const note = (signal: SignalId, at: number, isWritten: boolean): void => {
    const life = lives.get(signal);
    if (life) {
      life.begin = Math.min(life.begin, at);
      life.end = Math.max(life.end, at);
    } else if (isWritten && signals[signal].kind === 'audio' && !fixed.has(signal))
      lives.set(signal, { signal, begin: at, end: at });
  };
  for (const [index, item] of root.items.entries()) {
    if ('items' in item) continue;
    if (item.kind !== 'node') {
      for (const input of item.kind === 'sum' ? item.inputs : [item.input]) note(input, index, false);
      note(item.output, index, true);
      continue;
    }
    const node = nodes[item.nodeId];
    const at = place.get(item.nodeId) as number;
    for (const signal of Object.values(node.inlets)) note(signal, at, false);
    for (const signal of Object.values(node.outlets)) note(signal, at, true);
  }
  return [...lives.values()].sort((a, b) => a.begin - b.begin);
}

const sizeOf = ({ rateHz, blockFrames }: PlanSignal): string => `${rateHz} ${blockFrames}`;

/** Audio signals outside of loops share buffers of their clock with those whose last reader comes before their writer. */
export function shareBuffers(plan: Plan, rows: readonly Row[]): SharedBuffers {
  const { signals } = plan;
  const lives = livesOf(plan, rows);
  const shared = new Set(lives.map(({ signal }) => signal));
  const like: SignalId[] = [];
  const buffers: number[][] = signals.map(({ kind, channels }, id) =>
    kind === 'control' || shared.has(id) ? [] : Array.from({ length: channels }, () => like.push(id) - 1),
  );
  const free = new Map<string, number[]>();
  let living: Life[] = [];
  for (const life of lives) {
    for (const { signal, end } of living) {
      if (end >= life.begin) continue;
      const size = sizeOf(signals[signal]);
      free.set(size, [...(free.get(size) ?? []), ...buffers[signal]]);
    }
    living = living.filter(({ end }) => end >= life.begin);
    const { signal } = life;
    const room = free.get(sizeOf(signals[signal])) ?? [];
    buffers[signal] = Array.from({ length: signals[signal].channels }, () => room.pop() ?? like.push(signal) - 1);
    living.push(life);
  }
  return { buffers, like, shared };
}
