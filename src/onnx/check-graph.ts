// The check of a graph: every value defined before it is used and once, operators that the runtime has, loops that end.
// Owns the rules of scope and the bounds. Stored tensors are judged in check-tensor.ts.
import { checkTensor, MAX_ELEMENTS } from './check-tensor.ts';
import { isRandomOperator, isStandardDomain, operatorProblem } from './operators.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor } from './proto.ts';
import { attributeOf, subgraphsOf } from './proto.ts';
import type { Report } from './report.ts';
import { quote } from './report.ts';
import { readValues } from './tensor.ts';

export const MAX_NODES = 100_000;
/** Most iterations of a Loop, nested ones multiplied. */
export const MAX_ITERATIONS = 1_000_000;
const MAX_NESTING = 8;

/** What is known of the values in sight: which exist, which are constants, which node made them. */
interface Sight {
  readonly outer: Sight | undefined;
  readonly defined: Set<string>;
  readonly constants: Map<string, OnnxTensor>;
  readonly makers: Map<string, OnnxNode>;
}

const sees = (sight: Sight | undefined, name: string): boolean =>
  sight !== undefined && (sight.defined.has(name) || sees(sight.outer, name));

const ownerOf = (sight: Sight | undefined, name: string): Sight | undefined =>
  sight === undefined || sight.defined.has(name) ? sight : ownerOf(sight.outer, name);

const constantOf = (sight: Sight, name: string): OnnxTensor | undefined => ownerOf(sight, name)?.constants.get(name);
const makerOf = (sight: Sight, name: string): OnnxNode | undefined => ownerOf(sight, name)?.makers.get(name);

/** Reports what is wrong with a graph without functions and everything inside it. */
export function checkGraph(graph: OnnxGraph, opset: number, report: Report): void {
  new GraphCheck(opset, report).graph(graph, undefined, 1, 0);
}

class GraphCheck {
  private readonly opset: number;
  private readonly report: Report;
  private nodeCount = 0;

  constructor(opset: number, report: Report) {
    this.opset = opset;
    this.report = report;
  }

  graph(graph: OnnxGraph, outer: Sight | undefined, iterations: number, depth: number): void {
    if (depth > MAX_NESTING) {
      this.report.add(
        'E-MODEL-FORMAT',
        `expected subgraphs nested at most ${MAX_NESTING} deep, got more`,
        'Export a simpler model.',
      );
      return;
    }
    const sight: Sight = { outer, defined: new Set(), constants: new Map(), makers: new Map() };
    for (const input of graph.input) this.define(sight, input.name, 'input');
    for (const tensor of graph.initializer) {
      // Old files list their weights among the inputs too.
      if (!sight.defined.has(tensor.name)) this.define(sight, tensor.name, 'weight');
      if (sight.constants.has(tensor.name)) this.duplicate(tensor.name);
      // A weight that is also an input can be overridden by the caller: not a bound to trust.
      else if (!graph.input.some(input => input.name === tensor.name)) sight.constants.set(tensor.name, tensor);
      checkTensor(tensor, `weight ${quote(tensor.name)}`, this.report);
    }
    if (graph.sparseInitializer.length > 0) {
      this.report.add(
        'E-MODEL-FORMAT',
        `expected dense weights, got ${graph.sparseInitializer.length} sparse ones`,
        'Export the model with dense weights.',
      );
      for (const tensor of graph.sparseInitializer) this.define(sight, tensor.values?.name ?? '', 'weight');
    }
    for (const node of graph.node) this.node(node, sight, iterations, depth);
    for (const output of graph.output) {
      if (!sees(sight, output.name)) {
        this.report.add(
          'E-MODEL-FORMAT',
          `expected every output to be made by a node, got ${quote(output.name)} made by none`,
          'Export the model again.',
        );
      }
    }
  }

  private node(node: OnnxNode, sight: Sight, iterations: number, depth: number): void {
    this.nodeCount += 1;
    if (this.nodeCount === MAX_NODES + 1) {
      this.report.add('E-MODEL-FORMAT', `expected at most ${MAX_NODES} nodes, got more`, 'Use a smaller model.');
    }
    if (this.nodeCount > MAX_NODES) return;
    const where = `node ${quote(node.name || node.output[0] || '?')} (${quote(node.opType)})`;
    const reason = operatorProblem(node.domain, node.opType, this.opset);
    if (reason !== undefined) {
      const name = isStandardDomain(node.domain) ? node.opType : `${node.domain}.${node.opType}`;
      this.report.add(
        'E-MODEL-OPERATOR',
        `expected operators that the runtime has, got ${quote(name)}: ${reason}`,
        'Export the model with standard operators.',
      );
    } else if (isRandomOperator(node.opType)) {
      this.report.add(
        'E-MODEL-OPERATOR',
        `expected the same output for the same input, got the random operator ${quote(node.opType)}`,
        'It plays, but an export cannot be proved equal; feed noise as an input instead.',
        'warning',
      );
    }
    for (const name of node.input) {
      if (name !== '' && !sees(sight, name)) {
        this.report.add(
          'E-MODEL-FORMAT',
          `${where}: expected inputs made by earlier nodes, got ${quote(name)}`,
          'Export the model again.',
        );
      }
    }
    for (const attribute of node.attribute) {
      for (const tensor of [...(attribute.t ? [attribute.t] : []), ...(attribute.tensors ?? [])])
        checkTensor(tensor, where, this.report);
      if (attribute.refAttrName) {
        this.report.add(
          'E-MODEL-FORMAT',
          `${where}: expected a value, got a reference to ${quote(attribute.refAttrName)} outside a function`,
          'Export the model again.',
        );
      }
    }
    this.size(node, sight, where);
    const own = this.iterationsOf(node, sight, where);
    const inside = iterations * own;
    if (own > 1 && inside > MAX_ITERATIONS) {
      this.report.add(
        'E-MODEL-OPERATOR',
        `${where}: expected at most ${MAX_ITERATIONS} iterations in all, got ${inside}`,
        'Export the model without long loops.',
      );
    }
    for (const body of subgraphsOf(node)) this.graph(body, sight, inside, depth + 1);
    for (const name of node.output) {
      if (name === '') continue;
      this.define(sight, name, 'value');
      sight.makers.set(name, node);
      const value = node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
      if (value !== undefined) sight.constants.set(name, value);
    }
  }

  private define(sight: Sight, name: string, kind: string): void {
    if (name === '')
      this.report.add('E-MODEL-FORMAT', `expected every ${kind} to have a name, got none`, 'Export the model again.');
    else if (sight.defined.has(name)) this.duplicate(name);
    sight.defined.add(name);
  }

  private duplicate(name: string): void {
    this.report.add(
      'E-MODEL-FORMAT',
      `expected every value to be made once, got ${quote(name)} twice`,
      'Export the model again.',
    );
  }

  /** 1 for everything but a Loop, whose count must be a constant, or the least of something and a constant. */
  private iterationsOf(node: OnnxNode, sight: Sight, where: string): number {
    if (!isStandardDomain(node.domain) || node.opType !== 'Loop') return 1;
    const bound = this.upperBound(node.input[0] ?? '', sight, 0);
    if (bound !== undefined) return Math.max(1, bound);
    this.report.add(
      'E-MODEL-OPERATOR',
      `${where}: expected a loop with a constant number of iterations, got one that may never end`,
      'Export the loop unrolled, or as Scan or a recurrent operator.',
    );
    return 1;
  }

  private upperBound(name: string, sight: Sight, depth: number): number | undefined {
    if (name === '' || depth > 4) return undefined;
    const tensor = constantOf(sight, name);
    if (tensor !== undefined) return readValues(tensor)?.reduce((most, value) => Math.max(most, value), 0);
    const maker = makerOf(sight, name);
    if (maker === undefined) return undefined;
    const bounds = (): number[] =>
      maker.input.slice(0, 8).flatMap(input => this.upperBound(input, sight, depth + 1) ?? []);
    if (maker.opType === 'Min')
      return bounds().reduce<number | undefined>((least, bound) => Math.min(least ?? bound, bound), undefined);
    if (['Identity', 'Squeeze', 'Unsqueeze', 'Reshape', 'Cast'].includes(maker.opType))
      return this.upperBound(maker.input[0] ?? '', sight, depth + 1);
    return undefined;
  }

  /** A few bytes of file must not become a tensor that fills the memory. */
  private size(node: OnnxNode, sight: Sight, where: string): void {
    const count = madeElements(node, name => {
      const tensor = constantOf(sight, name);
      return tensor && readValues(tensor);
    });
    if (count <= MAX_ELEMENTS) return;
    const what = `${where}: expected at most ${MAX_ELEMENTS} elements, got ${count}`;
    this.report.add('E-MODEL-FORMAT', what, 'Use a smaller model.');
  }
}

/** Elements, or a lower bound of them, that a node makes by constants alone; 0 when they do not tell. */
function madeElements(node: OnnxNode, valuesOf: (name: string) => Float64Array | undefined): number {
  const input = (at: number): Float64Array | undefined => valuesOf(node.input[at] ?? '');
  const product = (sizes: Iterable<number> = []): number =>
    [...sizes].reduce((all, size) => all * Math.max(1, size), 1);
  const largest = (sizes: Iterable<number> = []): number => [...sizes].reduce((most, size) => Math.max(most, size), 0);
  switch (node.opType) {
    case 'ConstantOfShape':
      return product(input(0));
    case 'Expand':
    case 'Tile':
      return product(input(1));
    case 'Pad':
      return Math.max(largest(input(1)), largest(attributeOf(node, 'pads')?.ints?.map(Number)));
    case 'Range': {
      const [start, limit, delta] = [input(0)?.[0], input(1)?.[0], input(2)?.[0]];
      return start === undefined || limit === undefined || delta === undefined ? 0 : Math.ceil((limit - start) / delta);
    }
    case 'RandomNormal':
    case 'RandomUniform':
      return product(attributeOf(node, 'shape')?.ints?.map(Number));
    default:
      // Geometry of convolutions and pools.
      return largest(
        ['pads', 'dilations', 'strides', 'kernel_shape', 'output_padding', 'output_shape'].flatMap(name =>
          (attributeOf(node, name)?.ints ?? []).map(Number),
        ),
      );
  }
}
