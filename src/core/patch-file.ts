// The patch file: `.npatch`, JSON in a fixed order so that it diffs well. Reading keeps everything it does not understand.
// Owns the text form. extension/neuropatch/ydoc.py writes the same bytes; test/fixtures/patches hold both to it.
import { fail, type Problem } from './errors.ts';
import {
  type Connection, emptyPatch, type Frame, ID_LENGTH_MAX, ID_PATTERN, type Json, makeConnection, type Note, parseEndpoint, type Patch,
  PATCH_FORMAT, PATCH_VERSION, type PatchNode,
} from './patch.ts';

/** Largest patch file in characters: about a hundred times a patch of 1,000 nodes would be a mistake or an attack. */
export const PATCH_CHARACTERS_MAX = 16 * 1024 * 1024;

type JsonObject = { readonly [key: string]: Json };
type Report = (problem: Problem) => void;
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isPair = (value: unknown): value is readonly [number, number] => Array.isArray(value) && value.length === 2 && value.every(isFiniteNumber);

const NODE_FIELDS = ['id', 'type', 'version', 'label', 'position', 'params', 'smoothingMs', 'resources', 'contract', 'isBypassed', 'explain'] as const;
const TEXT_FIELDS = ['name', 'description', 'authors', 'licence'] as const;
const PATCH_FIELDS = new Set<string>(['format', 'version', ...TEXT_FIELDS, 'sampleRateHz', 'nodes', 'connections', 'frames', 'notes', 'subpatches']);

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map(key => [key, sortKeys(value[key] as Json)]));
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === '' || value === false || (isObject(value) && Object.keys(value).length === 0);

function nodeToJson(node: PatchNode): Json {
  const json: Record<string, Json> = {};
  for (const field of NODE_FIELDS) {
    const value = node[field] as Json | undefined;
    if (!isEmpty(value)) json[field] = sortKeys(value as Json);
  }
  return { ...json, ...(sortKeys(node.extra ?? {}) as JsonObject) };
}

/** The text of a patch: two-space JSON, fixed field order, nodes and connections sorted by id, one line feed at the end. */
export function serializePatch(patch: Patch): string {
  const json: Record<string, Json> = { format: PATCH_FORMAT, version: patch.version };
  for (const field of TEXT_FIELDS) if (patch[field] !== '') json[field] = patch[field];
  json.sampleRateHz = patch.sampleRateHz;
  json.nodes = Object.values(patch.nodes).sort(byId).map(nodeToJson);
  json.connections = Object.values(patch.connections).sort(byId)
    .map(({ from, to }) => ({ from: `${from.node}.${from.port}`, to: `${to.node}.${to.port}` }));
  for (const kind of ['frames', 'notes'] as const) {
    const marks = Object.values<Frame | Note>(patch[kind]).sort(byId);
    if (marks.length > 0) json[kind] = marks.map(mark => sortKeys(mark as unknown as Json));
  }
  if (!isEmpty(patch.subpatches)) json.subpatches = sortKeys(patch.subpatches as Json);
  return `${JSON.stringify({ ...json, ...(sortKeys(patch.extra as Json) as JsonObject) }, null, 2)}\n`;
}

/** Reads one dictionary of scalars; drops and reports what is neither a finite number nor a string. */
function readValues<Value extends number | string>(json: Json | undefined, path: string, nodeId: string, report: Report,
  isValue: (value: unknown) => value is Value): Record<string, Value> | undefined {
  if (json === undefined) return undefined;
  const values: Record<string, Value> = {};
  if (!isObject(json)) report({ code: 'E-SCHEMA', severity: 'error', path, nodeId, message: `${path}: expected an object. Left out.` });
  else for (const [key, value] of Object.entries(json)) {
    if (key !== '__proto__' && isValue(value)) values[key] = value;
    else report({ code: 'E-PARAM', severity: 'error', path: `${path}.${key}`, nodeId, message: `${nodeId}.${key}: expected a number or a word, got ${JSON.stringify(value)}. The default is used.` });
  }
  return values;
}
const isScalar = (value: unknown): value is number | string => isFiniteNumber(value) || typeof value === 'string';
const isText = (value: unknown): value is string => typeof value === 'string';

const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function freeId(wanted: string, used: ReadonlySet<string>): string {
  for (let n = 2; ; n++) if (!used.has(`${wanted}-${n}`)) return `${wanted}-${n}`;
}

/** An id that may be used: malformed and double ones get a new name, and a problem says so. */
function readId(raw: unknown, path: string, stem: string, used: Set<string>, report: Report): string {
  let id = typeof raw === 'string' ? raw : '';
  if (!ID_PATTERN.test(id) || id.length > ID_LENGTH_MAX || UNSAFE_KEYS.has(id)) {
    const mended = used.has(stem) ? freeId(stem, used) : stem;
    report({ code: 'E-ID', severity: 'error', path, message: `${path}: expected an id such as "gain-2", got ${JSON.stringify(raw)?.slice(0, 80)}. It is now "${mended}".` });
    id = mended;
  } else if (used.has(id)) {
    const mended = freeId(id, used);
    report({ code: 'E-ID-DUPLICATE', severity: 'error', path, nodeId: mended, message: `${path}: the id "${id}" is used twice. The second is now "${mended}"; connections stay with the first.` });
    id = mended;
  }
  used.add(id);
  return id;
}

function readNode(raw: Json, index: number, used: Set<string>, report: Report): PatchNode | undefined {
  const path = `nodes[${index}]`;
  if (!isObject(raw)) {
    report({ code: 'E-SCHEMA', severity: 'error', path, message: `${path}: expected an object, got ${JSON.stringify(raw)?.slice(0, 80)}. Left out.` });
    return undefined;
  }
  const id = readId(raw.id, path, 'node', used, report);
  const wrong = (field: string, wanted: string): void => report({
    code: 'E-SCHEMA', severity: 'error', path: `nodes.${id}.${field}`, nodeId: id,
    message: `${id}.${field}: expected ${wanted}, got ${JSON.stringify(raw[field])?.slice(0, 80)}. A default is used.`,
  });
  if (!isText(raw.type)) wrong('type', 'the name of a node type');
  if (raw.position !== undefined && !isPair(raw.position)) wrong('position', 'two numbers');
  if (raw.version !== undefined && !isFiniteNumber(raw.version)) wrong('version', 'a number');
  const extra = Object.fromEntries(Object.entries(raw).filter(([key]) => !(NODE_FIELDS as readonly string[]).includes(key) && !UNSAFE_KEYS.has(key)));
  const node: Record<string, unknown> = {
    id,
    type: isText(raw.type) ? raw.type : 'unknown/unknown',
    version: isFiniteNumber(raw.version) ? raw.version : 1,
    label: isText(raw.label) ? raw.label : undefined,
    position: isPair(raw.position) ? raw.position : [0, 0],
    params: readValues(raw.params, `nodes.${id}.params`, id, report, isScalar),
    smoothingMs: readValues(raw.smoothingMs, `nodes.${id}.smoothingMs`, id, report, isFiniteNumber),
    resources: readValues(raw.resources, `nodes.${id}.resources`, id, report, isText),
    contract: isObject(raw.contract) ? raw.contract : undefined,
    isBypassed: raw.isBypassed === true ? true : undefined,
    explain: isText(raw.explain) ? raw.explain : undefined,
    extra: isEmpty(extra) ? undefined : extra,
  };
  for (const key of Object.keys(node)) if (node[key] === undefined) delete node[key];
  return node as unknown as PatchNode;
}

function readConnection(raw: Json, index: number, report: Report): Connection | undefined {
  if (isObject(raw) && isText(raw.from) && isText(raw.to) && parseEndpoint(raw.from) && parseEndpoint(raw.to)) return makeConnection(raw.from, raw.to);
  const path = `connections[${index}]`;
  report({ code: 'E-SCHEMA', severity: 'error', path, message: `${path}: expected {"from": "node.port", "to": "node.port"}, got ${JSON.stringify(raw)?.slice(0, 80)}. Left out.` });
  return undefined;
}

function readMark(raw: Json, kind: 'frames' | 'notes', index: number, used: Set<string>, report: Report): Frame | Note | undefined {
  const path = `${kind}[${index}]`;
  const textField = kind === 'frames' ? 'label' : 'text';
  if (!isObject(raw) || !isText(raw[textField]) || !isPair(raw.position) || !isPair(raw.size)) {
    report({ code: 'E-SCHEMA', severity: 'error', path, message: `${path}: expected an object with ${textField}, position and size. Left out.` });
    return undefined;
  }
  const id = readId(raw.id, path, kind === 'frames' ? 'frame' : 'note', used, report);
  return { id, [textField]: raw[textField], position: raw.position, size: raw.size } as unknown as Frame | Note;
}

function readList(json: JsonObject, field: string, report: Report): readonly Json[] {
  const value = json[field];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value as readonly Json[];
  report({ code: 'E-SCHEMA', severity: 'error', path: field, message: `${field}: expected a list. Left out.` });
  return [];
}

/**
 * Reads a patch. Throws PatchError for what is no patch at all (E-SIZE, E-JSON, E-SCHEMA); everything that can be mended
 * is, and told in `problems`. An empty text is an empty patch. A newer version is read as far as it is known.
 */
export function parsePatch(text: string): { patch: Patch; problems: Problem[] } {
  if (text.length > PATCH_CHARACTERS_MAX) {
    fail('E-SIZE', '', `patch: expected at most ${PATCH_CHARACTERS_MAX / 1024 / 1024} MiB, got ${(text.length / 1024 / 1024).toFixed(1)} MiB. Split it, or remove embedded data.`);
  }
  if (text.trim() === '') return { patch: emptyPatch(), problems: [] };
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    fail('E-JSON', '', `patch: expected JSON, got text that stops making sense (${(error as Error).message.slice(0, 120)}). Open it as text and mend it.`);
  }
  if (!isObject(json) || json.format !== PATCH_FORMAT) {
    fail('E-SCHEMA', 'format', `patch: expected "format": "${PATCH_FORMAT}", got ${isObject(json) ? JSON.stringify(json.format)?.slice(0, 80) : 'no object'}. Is it another kind of file?`);
  }
  const problems: Problem[] = [];
  const report: Report = problem => problems.push(problem);
  const version = isFiniteNumber(json.version) ? json.version : PATCH_VERSION;
  if (version > PATCH_VERSION) {
    report({ code: 'E-VERSION-NEWER', severity: 'warning', path: 'version', message: `patch: expected format version ${PATCH_VERSION}, got ${version}. All is kept, but parts may be missing; update Neuropatch.` });
  }
  const text1 = (field: string): string => (isText(json[field]) ? json[field] : '');
  const nodes: Record<string, PatchNode> = {};
  const connections: Record<string, Connection> = {};
  const marks: { frames: Record<string, Frame>; notes: Record<string, Note> } = { frames: {}, notes: {} };
  const used = new Set<string>();
  readList(json, 'nodes', report).forEach((raw, index) => {
    const node = readNode(raw, index, used, report);
    if (node) nodes[node.id] = node;
  });
  readList(json, 'connections', report).forEach((raw, index) => {
    const connection = readConnection(raw, index, report);
    if (connection) connections[connection.id] = connection;
  });
  for (const kind of ['frames', 'notes'] as const) {
    const usedMarks = new Set<string>();
    readList(json, kind, report).forEach((raw, index) => {
      const mark = readMark(raw, kind, index, usedMarks, report);
      if (mark) (marks[kind] as Record<string, Frame | Note>)[mark.id] = mark;
    });
  }
  const extra = Object.fromEntries(Object.entries(json).filter(([key]) => !PATCH_FIELDS.has(key) && !UNSAFE_KEYS.has(key)));
  const patch: Patch = {
    version, name: text1('name'), description: text1('description'), authors: text1('authors'), licence: text1('licence'),
    sampleRateHz: isFiniteNumber(json.sampleRateHz) ? json.sampleRateHz : 48000,
    nodes, connections, ...marks,
    subpatches: isObject(json.subpatches) ? json.subpatches : {},
    extra,
  };
  return { patch, problems };
}
