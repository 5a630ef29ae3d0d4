// Signal rules: what a port's rate, block and channels come to, and which of them meet without a converter.
// Owns single verdicts on ports; how they spread through a patch is infer-signals.ts.
import { addTo } from './graph.ts';
import { type BlockRule, carriesFrames, type Port, type PortType, type Ports } from './port.ts';

export const portKey = (nodeId: string, port: string): string => `${nodeId}.${port}`;

/** Rate of a port in Hz once the node's rate is known. */
export function portRate(port: Port, nodeRateHz: number, patchRateHz: number): number {
  if (port.rateHz === 'follow') return nodeRateHz;
  return port.rateHz === 'patch' ? patchRateHz : port.rateHz;
}

/** Block of a port in frames, 0 = a stream, once the node's block is known. */
export const portBlock = (port: Port, nodeBlockFrames: number): number =>
  typeof port.block === 'number' ? port.block : port.block === 'whole' ? 0 : nodeBlockFrames;

/** Whether an inlet takes blocks of so many frames (0 = a stream). */
export function takesBlock(rule: BlockRule, blockFrames: number): boolean {
  if (rule === 'follow') return true;
  if (rule === 'whole') return blockFrames === 0;
  if (typeof rule === 'number') return rule === blockFrames;
  if ('multipleOf' in rule) return blockFrames > 0 && blockFrames % rule.multipleOf === 0;
  return rule.includes(blockFrames);
}

/** Sizes of one item as it lies in a buffer: a spectrum's bins are complex. `shape` as in Port, once it is known. */
export const itemSizes = (type: PortType, shape: readonly number[]): readonly number[] =>
  type === 'spectrum' ? [...shape, 2] : shape;

/**
 * What goes where while a node passes its input on, bypassed or faulty: outlet → inlet. Of what is alike, the first inlet goes to
 * the first outlet, the second to the second; an outlet without its inlet is silent. `kindOf`: equal for ports that are alike.
 */
export function passedInlets(ports: Ports, kindOf: (name: string) => string): Map<string, string> {
  const inlets = new Map<string, string[]>();
  const carriers = Object.keys(ports).filter(name => carriesFrames(ports[name]));
  for (const name of carriers.filter(name => ports[name].direction === 'inlet')) addTo(inlets, kindOf(name), name);
  const passed = new Map<string, string>();
  for (const name of carriers.filter(name => ports[name].direction === 'outlet')) {
    const inlet = inlets.get(kindOf(name))?.shift();
    if (inlet !== undefined) passed.set(name, inlet);
  }
  return passed;
}

/** A model's block in words: "any block", "block 512", "block 256 or 512", "blocks of a multiple of 64", "the whole sound". */
export function blockText(rule: BlockRule): string {
  if (rule === 0 || rule === 'follow') return 'any block';
  if (rule === 'whole') return 'the whole sound';
  if (typeof rule === 'number') return `block ${rule}`;
  return 'multipleOf' in rule ? `blocks of a multiple of ${rule.multipleOf}` : `block ${rule.join(' or ')}`;
}

/** The least block that a rule takes: what costs the least latency behind a Block Adapter. */
export function leastBlock(rule: BlockRule): number {
  if (typeof rule === 'number') return rule;
  if (typeof rule === 'string') return 0;
  return 'multipleOf' in rule ? rule.multipleOf : Math.min(...rule);
}

/**
 * The channel rule: equal numbers pass; one channel into many is copied to each; many into one are averaged (the mean keeps
 * the level of what is the same in all). Everything else is refused. Returns its words, '' when nothing is converted.
 */
export function channelRule(from: number, to: number): string | undefined {
  if (from === to) return '';
  if (from === 1) return `1 → ${to} ch, copied`;
  if (to === 1) return `${from} → 1 ch, mean`;
  return undefined;
}
