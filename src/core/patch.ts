// The patch: the document as plain immutable data, its ids and its paths.
// Owns the in-memory form. How it is written to a file is in patch-file.ts, how it changes in transaction.ts.
import type { ParamValue } from './param.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from './sample-rates.ts';
import type { Subpatch } from './subpatch.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const PATCH_FORMAT = 'neuropatch-patch';
export const PATCH_VERSION = 1;
export const PATCH_MIME = 'application/vnd.neuropatch.patch+json';

/** A node: an instance of a node type. Fields that this version does not know are kept in `extra`. */
export interface PatchNode {
  readonly id: string;
  /** `family/file`, e.g. "dynamics/gain". */
  readonly type: string;
  /** Version of the node type that wrote it. */
  readonly version: number;
  /** The user's name for it; empty = the type's label. */
  readonly label?: string;
  /** Left top corner on the canvas in px at 100 %. */
  readonly position: readonly [number, number];
  /** Only what differs from the default needs to be there. */
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** Time constant per `a` param in ms, where it differs from the type's. */
  readonly smoothingMs?: Readonly<Record<string, number>>;
  /** Slot → path inside the patch's folder, or `builtin:<name>`. */
  readonly resources?: Readonly<Record<string, string>>;
  /** Corrections to a model's contract (a partial ModelContract). */
  readonly contract?: { readonly [key: string]: Json };
  readonly isBypassed?: boolean;
  /** What the student says this node does. */
  readonly explain?: string;
  readonly extra?: { readonly [key: string]: Json };
}

/** An end of a connection: a port or an `a` param of a node. */
export interface Endpoint {
  readonly node: string;
  readonly port: string;
}

export interface Connection {
  /** `from.port>to.port`; see connectionId. */
  readonly id: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The plan's compensating delay is switched off here: paths that meet may be heard out of time. */
  readonly isUnaligned?: true;
  readonly extra?: { readonly [key: string]: Json };
}

/** A labelled rectangle; moving it moves what lies in it. */
export interface Frame {
  readonly id: string;
  readonly label: string;
  readonly position: readonly [number, number];
  readonly size: readonly [number, number];
}

/** Free text on the canvas; shown as text, never as HTML. */
export interface Note {
  readonly id: string;
  readonly text: string;
  readonly position: readonly [number, number];
  readonly size: readonly [number, number];
}

export interface Patch {
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly authors: string;
  readonly licence: string;
  /** One of SAMPLE_RATES_HZ. */
  readonly sampleRateHz: number;
  readonly nodes: Readonly<Record<string, PatchNode>>;
  readonly connections: Readonly<Record<string, Connection>>;
  readonly frames: Readonly<Record<string, Frame>>;
  readonly notes: Readonly<Record<string, Note>>;
  /** Patches that nodes of this one play, and those inside these, by id. */
  readonly subpatches: Readonly<Record<string, Subpatch>>;
  /** Fields of a newer version, kept as they are. */
  readonly extra: Readonly<Record<string, Json>>;
}

export const ID_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const ID_LENGTH_MAX = 64;

/** An empty patch at the default rate, 48 kHz. */
export const emptyPatch = (name = ''): Patch => ({
  version: PATCH_VERSION,
  name,
  description: '',
  authors: '',
  licence: '',
  sampleRateHz: SAMPLE_RATE_DEFAULT_HZ,
  nodes: {},
  connections: {},
  frames: {},
  notes: {},
  subpatches: {},
  extra: {},
});

const sorted = new WeakMap<object, readonly string[]>();

/** Ids of the nodes or connections of a patch, sorted. A patch never changes, so they are sorted once. */
export function sortedIds(things: Readonly<Record<string, unknown>>): readonly string[] {
  const ids = sorted.get(things) ?? Object.keys(things).sort();
  sorted.set(things, ids);
  return ids;
}

/** Fields of a connection beside its ends, as they are stored: one plain object, `isUnaligned` among those not known here. */
export const connectionFields = ({ extra, isUnaligned }: Connection): { readonly [key: string]: Json } => ({
  ...extra,
  ...(isUnaligned ? { isUnaligned } : {}),
});

/** Inverse of connectionFields. */
export function withFields(connection: Connection, fields: { readonly [key: string]: Json }): Connection {
  const { isUnaligned, ...extra } = fields;
  return {
    ...connection,
    ...(isUnaligned === true ? { isUnaligned } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** `player.out>gain.in` */
export const connectionId = (from: Endpoint, to: Endpoint): string => `${from.node}.${from.port}>${to.node}.${to.port}`;

/** Reads `node.port`; undefined when it is not of that form. No ">", which would make connection ids ambiguous. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const dot = text.indexOf('.');
  if (dot <= 0 || dot === text.length - 1 || text.includes('>')) return undefined;
  return { node: text.slice(0, dot), port: text.slice(dot + 1) };
}

/** A connection from two endpoints in text form. Throws a RangeError when one is malformed. */
export function makeConnection(from: string, to: string): Connection {
  const source = parseEndpoint(from);
  const target = parseEndpoint(to);
  if (!source || !target) throw new RangeError(`connection: expected "node.port", got "${from}" and "${to}".`);
  return { id: connectionId(source, target), from: source, to: target };
}
