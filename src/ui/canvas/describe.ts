// A node and its connections in words, for who hears the patch's picture instead of seeing it.
// Owns the wording; must not know the DOM.
import type { Connection, Patch, PatchNode } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';
import { drivenBy } from '../controls/binding.ts';
import { formatCount, formatParam, formatSamples, speakValue } from '../format.ts';
import { problemWords } from '../problem-words.ts';
import { alignmentOf, alignmentWords } from './align-badge.ts';
import { sumLatency } from './node-body.ts';

function paramInWords(context: EditorContext, node: PatchNode, name: string): string {
  const shape = context.shapeOf(node);
  const param = shape?.params[name];
  if (!shape || !param) return '';
  const label = param.label || name;
  const own = shape.values[name] ?? param.default;
  if (param.kind !== 'number') return `${label} ${formatParam(param, own)}`;
  const driven = drivenBy(context, node.id, name);
  if (driven?.heard === 'signal') return `${label} driven by ${driven.by}`;
  return `${label} ${speakValue(driven?.heard ?? Number(own), param.unit)}`;
}

/** Name, family, params with units, latency, first problem: "Gain, dynamics, Level minus 6.0 decibels". */
export function describeNode(context: EditorContext, node: PatchNode): string {
  const shape = context.shapeOf(node);
  const plan = context.engine.plan?.nodes[node.id];
  const latency = plan ? sumLatency(plan.latency) : 0;
  return [
    context.titleOf(node),
    shape?.type.family ?? 'unknown type',
    ...Object.keys(shape?.params ?? {}).map(name => paramInWords(context, node, name)),
    latency > 0 ? `adds ${formatSamples(latency)} samples of latency` : '',
    node.isBypassed ? 'bypassed' : '',
    ...context
      .problemsOf(node.id)
      .slice(0, 1)
      .map(problem => problemWords(context, problem)),
  ]
    .filter(Boolean)
    .join(', ');
}

/** "In from Gain. Out to Limiter, delayed by 70 samples." `from` and `to` are the connections that end and begin at the node. */
export function describeWires(context: EditorContext, from: readonly Connection[], to: readonly Connection[]): string {
  const { nodes } = context.store.patch;
  const portOf = (nodeId: string, port: string): string => {
    const node = nodes[nodeId];
    const shape = node && context.shapeOf(node);
    return shape?.ports[port]?.label || shape?.params[port]?.label || port;
  };
  const titleOf = (nodeId: string): string => {
    const node = nodes[nodeId];
    return node ? context.titleOf(node) : nodeId;
  };
  const delayOf = (id: string): string => {
    const alignment = alignmentOf(context.engine.plan?.connections[id]);
    return alignment ? `, ${alignmentWords(alignment)}` : '';
  };
  const sentences = [
    ...from.map(
      ({ from: source, to: end, id }) => `${portOf(end.node, end.port)} from ${titleOf(source.node)}${delayOf(id)}`,
    ),
    ...to.map(({ from: end, to: target, id }) => {
      const inlet = `${titleOf(target.node)}, ${portOf(target.node, target.port)}`;
      return `${portOf(end.node, end.port)} to ${inlet}${delayOf(id)}`;
    }),
  ];
  return sentences.length === 0
    ? 'Not connected.'
    : sentences.map(sentence => `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`).join(' ');
}

/** What the whole canvas is called. */
export function describePatch(patch: Patch): string {
  const nodes = Object.keys(patch.nodes).length;
  const wires = Object.keys(patch.connections).length;
  return `Patch ${patch.name || 'without a name'}: ${formatCount(nodes, 'node')}, ${formatCount(wires, 'connection')}. Arrow keys move between nodes, N adds one, C connects, Enter goes into a node.`;
}
