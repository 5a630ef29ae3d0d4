// Bypass: the calls that carry a node's input past it. Owns which inlet reaches which outlet and how long it waits there.
// Must not know kernels; the same rule for a node that failed is in src/render/node-run.ts.
import type { Ports } from '../core/port.ts';
import { passedInlets } from '../core/signal-rules.ts';
import { samplesToWait } from './alignment.ts';
import type { PlanCall, PlanSignal, SignalId } from './plan.ts';
import type { Wiring } from './wiring.ts';

interface BypassedNode {
  readonly id: string;
  readonly ports: Ports;
  readonly inlets: Readonly<Record<string, SignalId>>;
  readonly outlets: Readonly<Record<string, SignalId>>;
  /** Own latency in samples at the node's rate. */
  readonly latencySamples: number;
}

/**
 * Each outlet gives the inlet that passedInlets names, as late as the node is, and `wiring` notes what whole samples or blocks leave
 * over of that; what has none, or none connected, is silent. Undefined for a converter, none of whose outlets is like an inlet: there
 * is nothing to pass, so it works on.
 */
export function bypassCalls(
  { id, ports, inlets, outlets, latencySamples }: BypassedNode,
  signalOf: (port: string) => Omit<PlanSignal, 'latencySamples'>,
  wiring: Wiring,
): PlanCall[] | undefined {
  const { signals } = wiring;
  const passed = passedInlets(ports, name => {
    const { kind, rateHz, blockFrames, itemShape } = signalOf(name);
    return `${kind} ${rateHz} ${blockFrames} ${itemShape}`;
  });
  const isSource = Object.values(inlets).every(signal => signals[signal].kind === 'control');
  if (passed.size === 0 && !isSource) return undefined;
  const calls: PlanCall[] = [];
  for (const [name, inlet] of passed) {
    const input = inlets[inlet];
    if (input === undefined) continue;
    const output = outlets[name];
    const samples = samplesToWait(latencySamples, signals[input].itemSize, signals[input].blockFrames);
    wiring.noteEarly(output, latencySamples - samples);
    if (samples === 0) {
      calls.push({ kind: 'channels', input, output });
      continue;
    }
    const delayed = wiring.addSignal(signals[input]);
    calls.push({ kind: 'align', input, output: delayed, samples, key: `bypass:${id}:${name}` });
    calls.push({ kind: 'channels', input: delayed, output });
  }
  return calls;
}
