// Reads the patch file. Mends what can be mended, tells it, and keeps everything that it does not understand.
// Owns what a file may be; how it is written is patch-writer.ts.
import { fail, type Problem } from './errors.ts';
import {
  type Connection,
  emptyPatch,
  type Frame,
  ID_LENGTH_MAX,
  ID_PATTERN,
  type Json,
  makeConnection,
  type Note,
  PATCH_FORMAT,
  PATCH_VERSION,
  type Patch,
  type PatchNode,
  parseEndpoint,
  withFields,
} from './patch.ts';
import {
  isEmpty,
  isObject,
  type JsonObject,
  NODE_FIELDS,
  PATCH_FIELDS,
  SUBPATCH_FIELDS,
  TEXT_FIELDS,
} from './patch-fields.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from './sample-rates.ts';
import type { Subpatch } from './subpatch.ts';

/** Largest patch file in characters: about a hundred times a patch of 1,000 nodes would be a mistake or an attack. */
export const PATCH_CHARACTERS_MAX = 16 * 1024 * 1024;

type Report = (problem: Problem) => void;

/** How deep a patch may nest: fields that this version does not know are kept, and walked when they are written. */
const DEPTH_MAX = 100;
const isTooDeep = (value: Json, depth = 0): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth > DEPTH_MAX || Object.values(value).some(inner => isTooDeep(inner as Json, depth + 1)));

/** A value of the file as a message shows it. */
const shown = (value: Json | undefined): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';
const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isFiniteNumber);

/** Reads one dictionary of scalars; drops and reports what is neither a finite number nor a string. */
function readValues<Value extends number | string>(
  json: Json | undefined,
  path: string,
  nodeId: string,
  report: Report,
  isValue: (value: unknown) => value is Value,
): Record<string, Value> | undefined {
  if (json === undefined) return undefined;
  const values: Record<string, Value> = {};
  if (!isObject(json))
    report({
      code: 'E-SCHEMA',
      severity: 'error',
      path,
      nodeId,
      message: `${path}: expected an object, got ${shown(json)}. Left out; write it as name and value.`,
    });
  else
    for (const [key, value] of Object.entries(json)) {
      if (key !== '__proto__' && isValue(value)) values[key] = value;
      else
        report({
          code: 'E-PARAM',
          severity: 'error',
          path: `${path}.${key}`,
          nodeId,
          message: `${nodeId}.${key}: expected a number or a word, got ${shown(value)}. The default is used.`,
        });
    }
  return isEmpty(values) ? undefined : values;
}
const isScalar = (value: unknown): value is number | string => isFiniteNumber(value) || typeof value === 'string';
const isText = (value: unknown): value is string => typeof value === 'string';

const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const withoutUnsafe = (json: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !UNSAFE_KEYS.has(key)));

const isGoodId = (id: unknown): id is string =>
  typeof id === 'string' && ID_PATTERN.test(id) && id.length <= ID_LENGTH_MAX && !UNSAFE_KEYS.has(id);

/** Ids of one list: malformed and double ones get a new name that nobody in the list has, and a problem says so. */
class IdReader {
  readonly #taken: Set<string>;
  readonly #seen = new Set<string>();
  readonly #report: Report;
  readonly #lastNumbers = new Map<string, number>();
  /** Malformed id → its new name, for the connections that use it. */
  readonly renamed = new Map<string, string>();

  constructor(list: readonly Json[], report: Report) {
    this.#taken = new Set(list.flatMap(raw => (isObject(raw) && isGoodId(raw.id) ? [raw.id] : [])));
    this.#report = report;
  }

  read(raw: Json | undefined, path: string, stem: string): string {
    if (!isGoodId(raw)) {
      const mended = this.#taken.has(stem) ? this.#free(stem) : stem;
      this.#taken.add(mended);
      if (isText(raw) && !this.renamed.has(raw)) this.renamed.set(raw, mended);
      this.#report({
        code: 'E-ID',
        severity: 'error',
        path,
        nodeId: mended,
        message: `${path}: expected an id such as "gain-2", got ${shown(raw)}. It is now "${mended}".`,
      });
      return mended;
    }
    if (!this.#seen.has(raw)) {
      this.#seen.add(raw);
      return raw;
    }
    const mended = this.#free(raw);
    this.#taken.add(mended);
    this.#report({
      code: 'E-ID-DUPLICATE',
      severity: 'error',
      path,
      nodeId: mended,
      message: `${path}: expected an id of its own, got "${raw}" a second time. It is now "${mended}"; connections stay with the first.`,
    });
    return mended;
  }

  #free(id: string): string {
    const stem = id.slice(0, ID_LENGTH_MAX - 8).replace(/-$/, '');
    for (let n = (this.#lastNumbers.get(stem) ?? 1) + 1; ; n++) {
      if (this.#taken.has(`${stem}-${n}`)) continue;
      this.#lastNumbers.set(stem, n);
      return `${stem}-${n}`;
    }
  }
}

function readNode(raw: Json, index: number, ids: IdReader, report: Report): PatchNode | undefined {
  const path = `nodes[${index}]`;
  if (!isObject(raw)) {
    report({
      code: 'E-SCHEMA',
      severity: 'error',
      path,
      message: `${path}: expected an object, got ${shown(raw)}. Left out.`,
    });
    return undefined;
  }
  const id = ids.read(raw.id, path, 'node');
  const wrong = (field: string, wanted: string): void =>
    report({
      code: 'E-SCHEMA',
      severity: 'error',
      path: `nodes.${id}.${field}`,
      nodeId: id,
      message: `${id}.${field}: expected ${wanted}, got ${shown(raw[field])}. A default is used.`,
    });
  if (!isText(raw.type)) wrong('type', 'the name of a node type');
  if (raw.position !== undefined && !isPair(raw.position)) wrong('position', 'two numbers');
  if (raw.version !== undefined && !isFiniteNumber(raw.version)) wrong('version', 'a number');
  for (const field of ['label', 'explain'] as const)
    if (raw[field] !== undefined && !isText(raw[field])) wrong(field, 'text');
  if (raw.contract !== undefined && !isObject(raw.contract)) wrong('contract', 'an object');
  if (raw.isBypassed !== undefined && typeof raw.isBypassed !== 'boolean') wrong('isBypassed', 'true or false');
  const extra = Object.fromEntries(
    Object.entries(withoutUnsafe(raw)).filter(([key]) => !(NODE_FIELDS as readonly string[]).includes(key)),
  );
  const node: Record<string, unknown> = {
    id,
    type: isText(raw.type) ? raw.type : 'unknown/unknown',
    version: isFiniteNumber(raw.version) ? raw.version : 1,
    label: isText(raw.label) ? raw.label : undefined,
    position: isPair(raw.position) ? raw.position : [0, 0],
    params: readValues(raw.params, `nodes.${id}.params`, id, report, isScalar),
    smoothingMs: readValues(raw.smoothingMs, `nodes.${id}.smoothingMs`, id, report, isFiniteNumber),
    resources: readValues(raw.resources, `nodes.${id}.resources`, id, report, isText),
    contract: isObject(raw.contract) && !isEmpty(raw.contract) ? raw.contract : undefined,
    isBypassed: raw.isBypassed === true ? true : undefined,
    explain: isText(raw.explain) ? raw.explain : undefined,
    extra: isEmpty(extra) ? undefined : extra,
  };
  for (const key of Object.keys(node)) if (node[key] === undefined) delete node[key];
  return node as unknown as PatchNode;
}

function readConnection(raw: Json, index: number, nodes: IdReader, report: Report): Connection | undefined {
  if (isObject(raw) && isText(raw.from) && isText(raw.to)) {
    const [from, to] = [raw.from, raw.to].map(end => {
      const dot = end.lastIndexOf('.');
      const renamed = nodes.renamed.get(end.slice(0, dot));
      return renamed === undefined ? end : `${renamed}${end.slice(dot)}`;
    });
    if (parseEndpoint(from) && parseEndpoint(to)) {
      const { from: _from, to: _to, ...extra } = withoutUnsafe(raw);
      return withFields(makeConnection(from, to), extra);
    }
  }
  const path = `connections[${index}]`;
  report({
    code: 'E-SCHEMA',
    severity: 'error',
    path,
    message: `${path}: expected {"from": "node.port", "to": "node.port"}, got ${shown(raw)}. Left out.`,
  });
  return undefined;
}

function readMark(
  raw: Json,
  kind: 'frames' | 'notes',
  index: number,
  ids: IdReader,
  report: Report,
): Frame | Note | undefined {
  const path = `${kind}[${index}]`;
  const textField = kind === 'frames' ? 'label' : 'text';
  if (!isObject(raw) || !isText(raw[textField]) || !isPair(raw.position) || !isPair(raw.size)) {
    report({
      code: 'E-SCHEMA',
      severity: 'error',
      path,
      message: `${path}: expected an object with ${textField}, position and size, got ${shown(raw)}. Left out.`,
    });
    return undefined;
  }
  const id = ids.read(raw.id, path, kind === 'frames' ? 'frame' : 'note');
  return {
    ...withoutUnsafe(raw),
    id,
    [textField]: raw[textField],
    position: raw.position,
    size: raw.size,
  } as unknown as Frame | Note;
}

function readList(json: JsonObject, field: string, report: Report): readonly Json[] {
  const value = json[field];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value as readonly Json[];
  report({
    code: 'E-SCHEMA',
    severity: 'error',
    path: field,
    message: `${field}: expected a list, got ${shown(value)}. Left out.`,
  });
  return [];
}

const wrongField =
  (json: JsonObject, where: string, report: Report) =>
  (field: string, wanted: string): void =>
    report({
      code: 'E-SCHEMA',
      severity: 'error',
      path: field,
      message: `${where}.${field}: expected ${wanted}, got ${shown(json[field])}. A default is used.`,
    });

/** What a patch and a subpatch are both made of; `where` is what messages call it, `known` its fields. */
function readParts(json: JsonObject, where: string, known: ReadonlySet<string>, report: Report): Subpatch {
  const wrong = wrongField(json, where, report);
  for (const field of TEXT_FIELDS) if (json[field] !== undefined && !isText(json[field])) wrong(field, 'text');
  const text = (field: string): string => (isText(json[field]) ? json[field] : '');
  const nodes: Record<string, PatchNode> = {};
  const connections: Record<string, Connection> = {};
  const marks: { frames: Record<string, Frame>; notes: Record<string, Note> } = { frames: {}, notes: {} };
  const nodeList = readList(json, 'nodes', report);
  const nodeIds = new IdReader(nodeList, report);
  nodeList.forEach((raw, index) => {
    const node = readNode(raw, index, nodeIds, report);
    if (node) nodes[node.id] = node;
  });
  readList(json, 'connections', report).forEach((raw, index) => {
    const connection = readConnection(raw, index, nodeIds, report);
    if (connection) connections[connection.id] = connection;
  });
  for (const kind of ['frames', 'notes'] as const) {
    const list = readList(json, kind, report);
    const ids = new IdReader(list, report);
    list.forEach((raw, index) => {
      const mark = readMark(raw, kind, index, ids, report);
      if (mark) (marks[kind] as Record<string, Frame | Note>)[mark.id] = mark;
    });
  }
  const extra = Object.fromEntries(Object.entries(withoutUnsafe(json)).filter(([key]) => !known.has(key)));
  return {
    name: text('name'),
    description: text('description'),
    authors: text('authors'),
    licence: text('licence'),
    nodes,
    connections,
    ...marks,
    extra,
  };
}

/** Subpatches by id. What can't be one is left out and told. */
function readSubpatches(json: JsonObject, report: Report): Record<string, Subpatch> {
  const subpatches: Record<string, Subpatch> = {};
  const names = Object.keys(withoutUnsafe(json)).sort();
  const ids = new IdReader(
    names.map(id => ({ id })),
    report,
  );
  for (const name of names) {
    const raw = json[name];
    const path = `subpatches.${name.slice(0, ID_LENGTH_MAX)}`;
    // Ids inside are no ids of the patch, so the problem names no node.
    const tell: Report = ({ nodeId: _, ...problem }) =>
      report({ ...problem, path: `${path}.${problem.path}`, message: `${path}: ${problem.message}` });
    if (isObject(raw)) subpatches[ids.read(name, path, 'subpatch')] = readParts(raw, 'subpatch', SUBPATCH_FIELDS, tell);
    else
      report({
        code: 'E-SCHEMA',
        severity: 'error',
        path,
        message: `${path}: expected an object, got ${shown(raw)}. Left out.`,
      });
  }
  return subpatches;
}

/**
 * Reads a patch. Throws PatchError for what is no patch at all (E-SIZE, E-JSON, E-SCHEMA); everything that can be mended
 * is, and told in `problems`. An empty text is an empty patch. A newer version is read as far as it is known.
 */
export function parsePatch(text: string): { patch: Patch; problems: Problem[] } {
  if (text.length > PATCH_CHARACTERS_MAX) {
    fail(
      'E-SIZE',
      '',
      `patch: expected at most ${PATCH_CHARACTERS_MAX / 1024 / 1024} MiB, got ${(text.length / 1024 / 1024).toFixed(1)} MiB. Split it, or remove embedded data.`,
    );
  }
  if (text.trim() === '') return { patch: emptyPatch(), problems: [] };
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    fail(
      'E-JSON',
      '',
      `patch: expected JSON, got text that stops making sense (${(error as Error).message.slice(0, 120)}). Open it as text and mend it.`,
    );
  }
  if (!isObject(json) || json.format !== PATCH_FORMAT) {
    fail(
      'E-SCHEMA',
      'format',
      `patch: expected "format": "${PATCH_FORMAT}", got ${isObject(json) ? (isText(json.format) ? shown(json.format) : 'no such text') : 'no object'}. Is it another kind of file?`,
    );
  }
  if (isTooDeep(json))
    fail(
      'E-SCHEMA',
      '',
      `patch: expected at most ${DEPTH_MAX} levels of nesting, got more. Is it another kind of file?`,
    );
  const problems: Problem[] = [];
  const report: Report = problem => problems.push(problem);
  const version = isFiniteNumber(json.version) ? json.version : PATCH_VERSION;
  if (version > PATCH_VERSION) {
    report({
      code: 'E-VERSION-NEWER',
      severity: 'warning',
      path: 'version',
      message: `patch: expected format version ${PATCH_VERSION}, got ${version}. All is kept, but parts may be missing; update Neuropatch.`,
    });
  }
  const wrong = wrongField(json, 'patch', report);
  for (const field of ['version', 'sampleRateHz'] as const)
    if (json[field] !== undefined && !isFiniteNumber(json[field])) wrong(field, 'a number');
  if (json.subpatches !== undefined && !isObject(json.subpatches)) wrong('subpatches', 'an object');
  const patch: Patch = {
    version,
    sampleRateHz: isFiniteNumber(json.sampleRateHz) ? json.sampleRateHz : SAMPLE_RATE_DEFAULT_HZ,
    ...readParts(json, 'patch', PATCH_FIELDS, report),
    subpatches: isObject(json.subpatches) ? readSubpatches(json.subpatches, report) : {},
  };
  return { patch, problems };
}
