// What a bypassed node lets through, in words, for the tooltip of its bypass. The rule itself is passedInlets. Pure.
import { carriesFrames, type Port, type PortType } from '../../core/port.ts';
import type { NodeShape } from '../../core/registry.ts';
import { passedInlets } from '../../core/signal-rules.ts';
import type { PlanFacts } from '../engine-view.ts';

/** "Bypass: A passes to A, B to B", "Bypass: Dry passes"; just "Bypass" where nothing is to be known: one inlet, one outlet. */
export function bypassWords(shape: NodeShape | undefined, facts: PlanFacts['nodes'][string] | undefined): string {
  if (!shape || !facts) return 'Bypass';
  const { ports } = shape;
  const kindOf = (name: string): string => {
    const { type, direction } = ports[name] as Port;
    const [rateHz, block] =
      direction === 'inlet' ? [facts.rateHz, facts.blockFrames] : [facts.outRateHz, facts.outBlockFrames];
    return `${type as PortType} ${rateHz} ${block} ${facts.itemShapes[name] ?? ''}`;
  };
  const carriers = Object.entries(ports).filter(([, port]) => carriesFrames(port));
  const inlets = carriers.filter(([, port]) => port.direction === 'inlet');
  const outlets = carriers.filter(([, port]) => port.direction === 'outlet');
  if (outlets.length === 0) return 'Bypass';
  const labelOf = (name: string): string => ports[name]?.label || name;
  const passed = passedInlets(ports, kindOf);
  if (passed.size === 0)
    return inlets.length === 0 ? 'Bypass: silent' : 'Bypass: it works on, since what leaves is unlike what enters';
  if (inlets.length === 1 && outlets.length === 1) return 'Bypass';
  const ways = outlets.map(([outlet]) => {
    const inlet = passed.get(outlet);
    if (inlet === undefined) return `${labelOf(outlet)} is silent`;
    return outlets.length === 1 ? `${labelOf(inlet)} passes` : `${labelOf(inlet)} passes to ${labelOf(outlet)}`;
  });
  return `Bypass: ${ways.join(', ')}`;
}
