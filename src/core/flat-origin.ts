// From the flat patch back to the document: whose node a `<node>/<inner>` is, where a problem lies, which settings a change moves.
// Owns that way only; the flat patch is made by flatten.ts.
import type { Fix, Problem } from './errors.ts';
import { type Flattened, flatten } from './flatten.ts';
import { connectionId, type Endpoint, type Json, type Patch, parseEndpoint } from './patch.ts';
import { INLET_TYPE, INSIDE, KNOB_TYPE, OUTLET_TYPE, subpatchNameOf } from './subpatch.ts';
import type { Change } from './transaction.ts';

/** Id of the node of the outermost patch in which a node of the flat patch lies. */
export const outerId = (id: string): string => {
  const end = id.indexOf(INSIDE);
  return end < 0 ? id : id.slice(0, end);
};

/** `echo/wah/gain` → `echo/wah/` and `gain`. */
const splitId = (id: string): [prefix: string, key: string] => {
  const end = id.lastIndexOf(INSIDE) + 1;
  return [id.slice(0, end), id.slice(end)];
};

/** Where in the document a thing of the flat patch lies: the keys of its patch, and its own. */
interface Origin {
  readonly root: readonly string[];
  readonly id: string;
}

function nodeOrigin(id: string, { places }: Flattened): Origin {
  const [prefix, key] = splitId(id);
  const subpatch = places.get(prefix);
  return { root: subpatch === undefined ? [] : ['subpatches', subpatch], id: key };
}

/** Path of a node of the flat patch, or of a part of it. The value of a knob is the host's where the host sets it. */
function nodePath(id: string, rest: readonly string[], patch: Patch): readonly string[] {
  const flattened = flatten(patch);
  const origin = nodeOrigin(id, flattened);
  const host = splitId(id)[0].slice(0, -1);
  if (host !== '' && rest[0] === 'params' && rest[1] === 'value') {
    const { root, id: key } = nodeOrigin(host, flattened);
    const { nodes } = root.length === 0 ? patch : patch.subpatches[root[1]];
    if (nodes[key].params?.[origin.id] !== undefined) return [...root, 'nodes', key, 'params', origin.id];
  }
  return [...origin.root, 'nodes', origin.id, ...rest];
}

/** An end as the patch at `prefix` has it: a port of a subpatch lies one level deeper in the flat patch. */
function endAt({ node, port }: Endpoint, prefix: string, patch: Patch): Endpoint | undefined {
  if (!node.startsWith(prefix)) return undefined;
  const [key, ...deeper] = node.slice(prefix.length).split(INSIDE);
  if (deeper.length === 0) return { node: key, port };
  const type = patch.nodes[node]?.type;
  const isFace = type === INLET_TYPE || type === OUTLET_TYPE || type === KNOB_TYPE || /^(in|out)[12]$/.test(port);
  return deeper.length === 1 && isFace ? { node: key, port: deeper[0] } : undefined;
}

function wireOrigin(id: string, document: Patch): Origin | undefined {
  const flattened = flatten(document);
  const [from, to] = id.split('>').map(parseEndpoint);
  if (!from || !to) return undefined;
  // Ends of one wire lie in one patch, or in the faces of what lies in it.
  for (const prefix of new Set([splitId(from.node)[0], splitId(to.node)[0], upOf(from.node), upOf(to.node)])) {
    const [source, target] = [endAt(from, prefix, flattened.patch), endAt(to, prefix, flattened.patch)];
    if (!source || !target) continue;
    const subpatch = flattened.places.get(prefix);
    // What leaves an Outlet, or reaches an Inlet, is wired around the subpatch.
    const { nodes } = subpatch === undefined ? { nodes: {} as Patch['nodes'] } : document.subpatches[subpatch];
    if (nodes[source.node]?.type === OUTLET_TYPE || nodes[target.node]?.type === INLET_TYPE) continue;
    // A bypassed one has another node in its place.
    const end = nodes[target.node]?.type === OUTLET_TYPE ? { ...target, port: 'in' } : target;
    return { root: subpatch === undefined ? [] : ['subpatches', subpatch], id: connectionId(source, end) };
  }
  return undefined;
}
const upOf = (id: string): string => splitId(splitId(id)[0].slice(0, -1))[0];

/** Path of a problem in the document. */
function pathOrigin(path: string, patch: Patch): string {
  const [kind] = path.split('.', 1);
  const rest = path.slice(kind.length + 1);
  if (kind === 'connections') {
    const origin = wireOrigin(rest, patch);
    return origin ? [...origin.root, kind, origin.id].join('.') : path;
  }
  if (kind !== 'nodes') return path;
  const [id, ...parts] = rest.split('.');
  return nodePath(id, parts, patch).join('.');
}

/** A change of the flat patch as one of the document; undefined where that can't be said. */
function changeOrigin({ path, value }: Change, patch: Patch): Change | undefined {
  const [kind, id, ...rest] = path;
  if (id === undefined || (kind !== 'nodes' && kind !== 'connections')) return { path, value };
  if (kind === 'nodes') {
    const [prefix] = splitId(id);
    if (value !== undefined && rest.length === 0 && prefix !== '') return undefined;
    return { path: nodePath(id, rest, patch), value };
  }
  const origin = wireOrigin(id, patch);
  if (!origin) return undefined;
  const made = value as unknown as { id: string; from: Endpoint; to: Endpoint } | undefined;
  if (made === undefined || rest.length > 0) return { path: [...origin.root, kind, origin.id, ...rest], value };
  const [from, to] = origin.id.split('>').map(parseEndpoint);
  return {
    path: [...origin.root, kind, origin.id],
    value: { ...made, id: origin.id, from, to } as unknown as Json,
  };
}

/** A fix of the flat patch as one of the document. New nodes are made where wires of one patch were, or not at all. */
function fixOrigin(fix: Fix, patch: Patch): Fix | undefined {
  const changes = fix.transaction.changes.map(change => changeOrigin(change, patch));
  if (changes.some(change => change === undefined)) return undefined;
  const roots = new Set((changes as Change[]).map(({ path }) => (path[0] === 'subpatches' ? path[1] : '')));
  if (roots.size > 1) return undefined;
  return { ...fix, transaction: { ...fix.transaction, changes: changes as Change[] } };
}

/** Problems of the flat patch as those of the document: about the node that is seen, at the place where it is mended. */
export function problemsOfDocument(problems: readonly Problem[], patch: Patch): Problem[] {
  const flattened = flatten(patch);
  if (flattened.patch === patch) return problems as Problem[];
  const told = new Set<string>();
  return problems.flatMap(({ fix, ...problem }): Problem[] => {
    const path = pathOrigin(problem.path, patch);
    const mended = fix && fixOrigin(fix, patch);
    const wires = problem.connections?.flatMap(id => {
      const origin = wireOrigin(id, patch);
      return origin?.root.length === 0 ? [origin.id] : [];
    });
    const mapped: Problem = {
      ...problem,
      path,
      ...(problem.nodeId === undefined ? {} : { nodeId: outerId(problem.nodeId) }),
      ...(wires ? { connections: wires } : {}),
      ...(mended ? { fix: mended } : {}),
    };
    const text = JSON.stringify([mapped.code, mapped.path, mapped.message]);
    if (told.has(text)) return [];
    told.add(text);
    return [mapped];
  });
}

/** A param of the flat patch. */
export interface FlatParam {
  readonly nodeId: string;
  readonly param: string;
}

const flatParam = (patch: Patch, node: Parameters<typeof subpatchNameOf>[0] | undefined, id: string, param: string) =>
  node && subpatchNameOf(node) !== undefined && Object.hasOwn(patch.nodes, id + INSIDE + param)
    ? { nodeId: id + INSIDE + param, param: 'value' }
    : { nodeId: id, param };

/** Which params of the flat patch a change of a param moves: all copies of a subpatch, where it lies in one. */
export function movedParams({ path }: Change, patch: Patch): FlatParam[] {
  const { patch: flat, places } = flatten(patch);
  if (path[0] === 'nodes') return [flatParam(flat, patch.nodes[path[1]], path[1], path[3])];
  if (path[0] !== 'subpatches') return [];
  const [, name, , key, , param] = path;
  const node = patch.subpatches[name]?.nodes[key];
  return [...places].flatMap(([prefix, at]) => (at === name ? [flatParam(flat, node, prefix + key, param)] : []));
}

/** Whether a change moves a param and nothing else. */
export const isParamChange = ({ path }: Change): boolean =>
  path[0] === 'subpatches'
    ? path[2] === 'nodes' && path[4] === 'params' && path.length === 6
    : path[2] === 'params' && path.length === 4;

/** `echo.time` → `echo/time.value`: a setting that a subpatch shows, as the flat patch calls it. Others stay as they are. */
export function flatParamName(name: string, patch: Patch): string {
  const end = parseEndpoint(name);
  if (!end) return name;
  const { nodeId, param } = flatParam(flatten(patch).patch, patch.nodes[end.node], end.node, end.port);
  return `${nodeId}.${param}`;
}
