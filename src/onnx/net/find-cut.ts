// Finds where to cut a graph that the kernels do not take whole: what they take runs on them, the rest in ONNX Runtime, if that saves
// more than it costs (cut-cost.ts). Owns the search. Never throws on a hostile file: such a graph is not cut.
import type { Size } from '../../core/net.ts';
import type { ModelPart } from '../../core/resource.ts';
import { subgraphsOf } from '../proto.ts';
import { cutUs, LEAST_SAVED_US, savedUs } from './cut-cost.ts';
import { CutGraph, type GraphPart } from './cut-graph.ts';
import { handedSizes, makePart } from './cut-part.ts';
import { fixedBlock, type GraphSource, type Reading, readGraph } from './read-graph.ts';

/** Longest graph that is looked at. */
const NODES_MAX = 512;
/** Most parts for the kernels that are weighed. */
const PARTS_MAX = 24;
/** What parts for ONNX Runtime may have in all: they go to the audio thread with every plan. */
const BYTES_MAX = 1 << 20;

/** The parts in the order in which they run; undefined where a cut is not possible or does not pay. */
export function findCut(source: GraphSource): ModelPart[] | undefined {
  try {
    const { graph } = source.model;
    if (!graph || graph.node.length > NODES_MAX || graph.sparseInitializer.length > 0) return undefined;
    if (graph.node.some(node => subgraphsOf(node).length > 0)) return undefined;
    return search(source, readGraph(source, true));
  } catch {
    // A graph that the runtime may know how to read, and we do not.
    return undefined;
  }
}

interface Cut {
  readonly parts: readonly GraphPart[];
  readonly savedUs: number;
}

function search(source: GraphSource, reading: Reading): ModelPart[] | undefined {
  const graph = new CutGraph(source, reading);
  const judge = (kernels: ReadonlySet<number>): Cut | undefined => {
    const parts = graph.parts(kernels);
    const cost = parts && costOf(parts, source, reading);
    return parts && cost !== undefined ? { parts, savedUs: savingOf(parts, source, reading) - cost } : undefined;
  };
  let kernels = new Set(reading.nodes.flatMap(({ by }, index) => (by === 'kernels' ? [index] : [])));
  let best = judge(kernels);
  // Parts that do not pay are given up, the worst one first.
  for (;;) {
    const parts = (best?.parts ?? graph.parts(kernels) ?? stretches(kernels)).filter(({ isKernels }) => isKernels);
    if (parts.length > PARTS_MAX) return undefined;
    const without = parts.map(part => new Set([...kernels].filter(index => !part.nodes.includes(index))));
    const judged = without.map(judge);
    const at = judged.reduce(
      (found, cut, index) => ((cut?.savedUs ?? -Infinity) > (judged[found]?.savedUs ?? -Infinity) ? index : found),
      0,
    );
    if (parts.length === 0 || (best && (judged[at]?.savedUs ?? -Infinity) <= best.savedUs)) break;
    kernels = without[at];
    best = judged[at];
  }
  if (!best || best.savedUs < LEAST_SAVED_US || !best.parts.some(({ isKernels }) => isKernels)) return undefined;
  const made = best.parts.map(part => makePart(source, reading, part));
  const bytes = made.reduce((sum, part) => sum + (part && 'bytes' in part ? part.bytes.length : 0), 0);
  return made.every(part => part !== undefined) && bytes <= BYTES_MAX ? (made as ModelPart[]) : undefined;
}

/** Nodes in a row, where they are no parts that could be. */
function stretches(kernels: ReadonlySet<number>): Pick<GraphPart, 'isKernels' | 'nodes'>[] {
  const found: number[][] = [];
  for (const index of kernels) {
    const last = found.at(-1);
    if (last?.at(-1) === index - 1) last.push(index);
    else found.push([index]);
  }
  return found.map(nodes => ({ isKernels: true, nodes }));
}

function savingOf(parts: readonly GraphPart[], { contract }: GraphSource, { nodes, net }: Reading): number {
  const sizes = (tensor: number): readonly Size[] => net.tensors[tensor]?.sizes ?? [];
  const steps = parts
    .filter(({ isKernels }) => isKernels)
    .flatMap(part => part.nodes.flatMap(index => net.steps.slice(nodes[index].from, nodes[index].to)));
  const block = fixedBlock(contract);
  return steps.reduce((sum, step) => sum + savedUs(step, step.inputs.map(sizes), sizes(step.outputs[0]), block), 0);
}

/** Undefined where a tensor can't be handed over. */
function costOf(parts: readonly GraphPart[], { contract }: GraphSource, reading: Reading): number | undefined {
  const own = new Set([...contract.inputs, ...contract.params].map(({ tensor }) => tensor));
  const handed = parts.flatMap(({ given }) => given.filter(name => !own.has(name)));
  const sizes = handed.map(name => handedSizes(reading, name));
  if (!sizes.every(one => one !== undefined)) return undefined;
  const nets = parts.filter(({ isKernels }) => isKernels).length;
  return cutUs(nets, parts.length - nets, sizes as (readonly Size[])[], fixedBlock(contract));
}
