// What a face shows of a wired param: what is heard of it. On the canvas and in the picture alike.
import { describe, expect, it } from 'vitest';
import { emptyPatch, makeConnection, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { shapeNode } from '../../src/core/registry.ts';
import { registry } from '../../src/generated/registry.ts';
import { heardValue } from '../../src/ui/heard-value.ts';
import { patchToSvg } from '../../src/ui/picture.ts';

const node = (id: string, type: string, params: PatchNode['params'] = {}): PatchNode => ({
  id,
  type,
  version: 1,
  position: [0, 0],
  params,
});

/** A gate with its threshold (−90…0 dB) at −20 and wires into it. */
function gated(sources: readonly PatchNode[]): Patch {
  const nodes = [node('gate', 'dynamics/noise-gate', { threshold: -20 }), ...sources];
  const wires = sources.map(({ id }) => makeConnection(`${id}.out`, 'gate.threshold'));
  return {
    ...emptyPatch('gated'),
    nodes: Object.fromEntries(nodes.map(each => [each.id, each])),
    connections: Object.fromEntries(wires.map(wire => [wire.id, wire])),
  };
}

const knob = (id: string, value: number, isBypassed = false): PatchNode => ({
  ...node(id, 'control/knob', { min: -100, max: 100, value }),
  isBypassed,
});
const heardIn = (patch: Patch): number | 'signal' | undefined =>
  heardValue(
    patch.nodes,
    () => Object.values(patch.connections),
    each => {
      const type = registry.get(each.type);
      return type && shapeNode(type, each, {}, 48000);
    },
    'gate',
    'threshold',
  );

describe('CONTROL-1 a wired param shows what is heard', () => {
  it.each([
    ['no wire', [], undefined],
    ['a knob', [knob('k', 7)], -13],
    ['two knobs', [knob('k', -7), knob('l', -8)], -35],
    ['a knob beyond the upper end', [knob('k', 50)], 0],
    ['a knob beyond the lower end', [knob('k', -100)], -90],
    ['two knobs whose sum is in range', [knob('k', -100), knob('l', 90)], -30],
    ['a bypassed knob', [knob('k', 7, true)], -20],
    ['an LFO', [node('l', 'control/lfo')], 'signal'],
    ['a knob and an LFO', [knob('k', 7), node('l', 'control/lfo')], 'signal'],
  ] as const)('%s', (_, sources, heard) => {
    expect(heardIn(gated(sources))).toBe(heard);
  });

  it('in the picture as well: clamped, "wired" where it moves', () => {
    expect(patchToSvg(gated([knob('k', -100)]), registry)).toContain('>−90');
    expect(patchToSvg(gated([knob('k', -100)]), registry)).not.toContain('>−120');
    expect(patchToSvg(gated([node('l', 'control/lfo')]), registry)).toContain('>wired<');
  });

  it('and the curve of the picture follows it', () => {
    const curveOf = (patch: Patch): string | undefined =>
      /<path d="([^"]+)" fill="none"/.exec(patchToSvg(patch, registry).split('<svg x=')[1] ?? '')?.[1];
    const moved = gated([knob('k', -20)]);
    const own = { ...gated([]), nodes: { gate: node('gate', 'dynamics/noise-gate', { threshold: -40 }) } };
    expect(curveOf(moved)).toBeDefined();
    expect(curveOf(moved)).toBe(curveOf(own));
  });
});
