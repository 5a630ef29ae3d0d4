// Functions of a model file (sub-networks called by name), put in place of their calls, so that the rest sees operators only.
// Owns the inlining and its limits. Must not know which operators are allowed.

import { isStandardDomain } from './operators.ts';
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from './proto.ts';
import type { Scope } from './rename.ts';
import { NamePool, renameNodes } from './rename.ts';
import type { Report } from './report.ts';
import { quote } from './report.ts';

const MAX_DEPTH = 32;

/** The model without functions. What cannot be inlined is reported (E-MODEL-OPERATOR) and left as it is. */
export function inlineFunctions(model: OnnxModel, maxNodes: number, report: Report): OnnxModel {
  if (model.functions.length === 0 || model.graph === undefined) return model;
  const functions = new Map(model.functions.map(fn => [keyOf(fn.domain, fn.name, fn.overload), fn]));
  const opsets = new Map(model.opsetImport.map(opset => [domainKey(opset.domain), opset.version]));
  const pool = new NamePool();
  for (const node of model.graph.node) for (const name of [...node.output, ...node.input]) pool.take(name);
  let budget = maxNodes;

  const expand = (nodes: readonly OnnxNode[], depth: number): OnnxNode[] =>
    nodes.flatMap(node => {
      const fn = functions.get(keyOf(node.domain, node.opType, node.overload));
      const inner = node.attribute.map(attribute => expandAttribute(attribute, depth));
      if (fn === undefined) return [{ ...node, attribute: inner }];
      const version = fn.opsetImport.find(opset => isStandardDomain(opset.domain))?.version;
      if (version !== undefined && version !== opsets.get('')) {
        report.add(
          'E-MODEL-OPERATOR',
          `expected functions of the model's own opset, got ${quote(fn.name)} with opset ${version}`,
          'Export the model with its functions inlined.',
        );
        return [node];
      }
      budget -= fn.node.length + 1;
      if (depth >= MAX_DEPTH || budget < 0) {
        report.add(
          'E-MODEL-OPERATOR',
          `function ${quote(fn.name)} calls itself or grows beyond ${maxNodes} nodes`,
          'Export the model with its functions inlined.',
        );
        return [];
      }
      return expand(callBody(fn, { ...node, attribute: inner }, pool), depth + 1);
    });
  const expandAttribute = (attribute: OnnxAttribute, depth: number): OnnxAttribute => {
    if (attribute.g === undefined) return attribute;
    return { ...attribute, g: { ...attribute.g, node: depth >= MAX_DEPTH ? [] : expand(attribute.g.node, depth + 1) } };
  };
  return { ...model, functions: [], graph: { ...model.graph, node: expand(model.graph.node, 0) } };
}

const domainKey = (domain: string): string => (isStandardDomain(domain) ? '' : domain);
const keyOf = (domain: string, name: string, overload = ''): string => `${domainKey(domain)}\n${name}\n${overload}`;

/** The body of a function with the names and attributes of one call. */
function callBody(fn: OnnxFunction, call: OnnxNode, pool: NamePool): OnnxNode[] {
  const prefix = `${call.name || fn.name}/`;
  const scope: Scope = new Map();
  const copies: OnnxNode[] = [];
  fn.input.forEach((name, at) => scope.set(name, call.input[at] ?? ''));
  fn.output.forEach((name, at) => {
    const wanted = call.output[at];
    if (wanted === undefined || wanted === '') return;
    // An output that is an input handed through, or wanted twice, needs a node of its own.
    const given = scope.get(name);
    if (given === undefined) scope.set(name, wanted);
    else
      copies.push({
        name: `${prefix}Identity`,
        opType: 'Identity',
        domain: '',
        input: [given],
        output: [wanted],
        attribute: [],
      });
  });
  const defaults = new Map(fn.attributeProto.map(attribute => [attribute.name, attribute]));
  const attribute = (kept: OnnxAttribute): OnnxAttribute | undefined => {
    if (!kept.refAttrName) return kept;
    const given = call.attribute.find(item => item.name === kept.refAttrName) ?? defaults.get(kept.refAttrName);
    return given && { ...given, name: kept.name };
  };
  // An input that the call leaves out stays left out: '' is not a name.
  return [...renameNodes(fn.node, scope, { pool, prefix, attribute }), ...copies];
}
