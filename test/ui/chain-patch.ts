// A patch of as many nodes as one likes, in columns of chains.
import { type Connection, emptyPatch, makeConnection, type Patch, type PatchNode } from '../../src/core/patch.ts';

export function chainPatch(count: number): Patch {
  const nodes: Record<string, PatchNode> = {};
  const connections: Record<string, Connection> = {};
  for (let i = 0; i < count; i++) {
    const id = `gain-${i}`;
    nodes[id] = {
      id,
      type: i % 5 === 4 ? 'filter/biquad-filter' : 'dynamics/gain',
      version: 1,
      position: [Math.floor(i / 25) * 240, (i % 25) * 160],
    };
    if (i % 25 === 0) continue;
    const connection = makeConnection(`gain-${i - 1}.out`, `${id}.in`);
    connections[connection.id] = connection;
  }
  return { ...emptyPatch('large'), nodes, connections };
}
