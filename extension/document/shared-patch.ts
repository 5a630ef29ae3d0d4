// The shared document of a patch: a Yjs map per node, so that two people can turn two knobs of one node.
// Owns the layout in Yjs (neuropatch/ydoc.py has the same, and says what it is) and the way between it, file and store.
import type { DocumentChange } from '@jupyter/ydoc';
import { YDocument } from '@jupyter/ydoc';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import * as Y from 'yjs';
import { PatchError, type Problem } from '../../src/core/errors.ts';
import { migratePatch } from '../../src/core/migrate.ts';
import {
  type Connection,
  emptyPatch,
  connectionFields,
  makeConnection,
  withFields,
  PATCH_VERSION,
  type Patch,
  type PatchNode,
} from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { makeRegistry, type Registry, structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import type { Subpatch } from '../../src/core/subpatch.ts';
import type { Change } from '../../src/core/transaction.ts';
import { diffPatches } from './diff.ts';

export type SharedPatchChange = DocumentChange & { readonly hasContent?: boolean };

/** Fields of a node that are maps of their own, there from the start, so that two first params meet in one map. */
const NODE_MAPS = ['params', 'smoothingMs', 'resources'] as const;
const ROOT_FIELDS = ['version', 'name', 'description', 'authors', 'licence', 'sampleRateHz', 'extra'] as const;
const COLLECTIONS = ['nodes', 'connections', 'frames', 'notes', 'subpatches'] as const;
/** Text that is no patch stands here, instead of all else. */
const UNREADABLE = 'unreadable';
/** Marks what reading a file puts into the shared document: it tells at its end, when the store has it too. */
const LOADING = Symbol('loading');
const NO_TYPES = makeRegistry({});
type Collection = (typeof COLLECTIONS)[number];

const isCollection = (name: string): name is Collection => (COLLECTIONS as readonly string[]).includes(name);
const isNodeMap = (field: string): field is (typeof NODE_MAPS)[number] =>
  (NODE_MAPS as readonly string[]).includes(field);

function makeNodeMap(node: PatchNode): Y.Map<unknown> {
  const map = new Y.Map<unknown>(
    Object.entries(node).filter(([field, value]) => !isNodeMap(field) && value !== undefined),
  );
  for (const field of NODE_MAPS) map.set(field, new Y.Map<unknown>(Object.entries(node[field] ?? {})));
  return map;
}

/** What stands for a thing in its collection: a map for a node, plain data for the others. */
function toShared(name: Collection, value: unknown): unknown {
  if (name === 'nodes') return makeNodeMap(value as PatchNode);
  if (name === 'subpatches') {
    const { connections, ...rest } = value as Subpatch;
    return { ...rest, connections: mapValues(connections, connection => toShared('connections', connection)) };
  }
  if (name !== 'connections') return value;
  const { from, to } = value as Connection;
  const extra = connectionFields(value as Connection);
  return {
    from: `${from.node}.${from.port}`,
    to: `${to.node}.${to.port}`,
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

function nodeFromShared(json: Record<string, unknown>): PatchNode {
  const isUsed = ([field, value]: [string, unknown]): boolean =>
    !isNodeMap(field) || Object.keys(value as object).length > 0;
  return Object.fromEntries(Object.entries(json).filter(isUsed)) as unknown as PatchNode;
}

type SharedConnection = { from: string; to: string; extra?: Connection['extra'] };
const connectionFromShared = ({ from, to, extra }: SharedConnection): Connection =>
  withFields(makeConnection(from, to), extra ?? {});

function subpatchFromShared(json: Omit<Subpatch, 'nodes' | 'connections'> & SharedParts): Subpatch {
  return {
    ...json,
    nodes: mapValues(json.nodes, nodeFromShared),
    connections: mapValues(json.connections, connectionFromShared),
  };
}
interface SharedParts {
  readonly nodes: Record<string, Record<string, unknown>>;
  readonly connections: Record<string, SharedConnection>;
}

const mapValues = <From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

export class SharedPatch extends YDocument<SharedPatchChange> {
  readonly version = '1.0.0';
  /** Half of the product's code: they come with the editor, and a document is open before it. */
  #types = NO_TYPES;
  /** The file was read here, and not by a server that shares it. */
  #isReader = false;
  /** The patch as the interface edits it, once it knows the node types. */
  readonly store = new PatchStore(emptyPatch(), (type, param) => structuralParamOf(this.#types)(type, param));
  /** What reading the file found. */
  problems: readonly Problem[] = [];
  readonly #root: Y.Map<unknown> = this.ydoc.getMap('patch');
  readonly #maps: Readonly<Record<Collection, Y.Map<unknown>>> = {
    nodes: this.ydoc.getMap('nodes'),
    connections: this.ydoc.getMap('connections'),
    frames: this.ydoc.getMap('frames'),
    notes: this.ydoc.getMap('notes'),
    subpatches: this.ydoc.getMap('subpatches'),
  };

  constructor() {
    super();
    for (const map of [this.#root, ...Object.values(this.#maps)]) map.observeDeep(this.#onShared);
    this.store.subscribe(({ transaction, origin }) => {
      if (origin === 'local')
        this.ydoc.transact(() => transaction.changes.forEach(change => this.#write(change)), this);
    });
  }

  static create(): SharedPatch {
    return new SharedPatch();
  }

  /** Brings the patch up to the node types of this version, which is no edit. To be called before it is shown or edited. */
  useTypes(types: Registry): void {
    this.#types = types;
    const { patch, steps } = migratePatch(this.store.patch, types);
    if (steps.length === 0) return;
    if (this.#isReader) this.#replace(patch);
    else this.#adopt(patch, 'Open');
  }

  /** The file could not be read as a patch: the editor shows why and changes nothing. */
  get isUnreadable(): boolean {
    return this.#root.has(UNREADABLE);
  }

  /** Undo is the store's: one's own transactions only. */
  override canUndo(): boolean {
    return this.store.canUndo;
  }
  override canRedo(): boolean {
    return this.store.canRedo;
  }
  override undo(): boolean {
    return this.store.undo();
  }
  override redo(): boolean {
    return this.store.redo();
  }
  override clearUndoHistory(): void {
    super.clearUndoHistory();
    this.store.forgetHistory();
  }

  /** The text of the file; of one that is no patch, the text as it was. */
  getSource(): string {
    return this.isUnreadable ? (this.#root.get(UNREADABLE) as string) : serializePatch(this.store.patch);
  }

  /** Reads the text of a file. What is no patch stays as it is and becomes a problem. */
  setSource(source: JSONValue): void {
    const text = typeof source === 'string' ? source : JSON.stringify(source as JSONObject);
    this.#isReader = true;
    try {
      const { patch, problems } = parsePatch(text);
      this.problems = problems;
      this.#replace(migratePatch(patch, this.#types).patch);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      this.problems = error.problems;
      this.#replace(emptyPatch(), text);
    }
    this._changed.emit({ hasContent: true });
    this.clearUndoHistory();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    for (const map of [this.#root, ...Object.values(this.#maps)]) map.unobserveDeep(this.#onShared);
    super.dispose();
  }

  /** Loading is not an edit: no undo step, and its echo is ignored. */
  #replace(patch: Patch, unreadable?: string): void {
    this.ydoc.transact(() => {
      for (const map of [this.#root, ...Object.values(this.#maps)]) map.clear();
      if (unreadable === undefined) for (const field of ROOT_FIELDS) this.#root.set(field, patch[field]);
      else this.#root.set(UNREADABLE, unreadable);
      for (const name of COLLECTIONS)
        for (const [id, value] of Object.entries(patch[name])) this.#maps[name].set(id, toShared(name, value));
    }, LOADING);
    this.#adopt(patch, 'Open');
  }

  /** Brings the store to a patch that came from elsewhere. */
  #adopt(patch: Patch, label: string): void {
    const changes = diffPatches(this.store.patch, patch);
    if (changes.length > 0) this.store.applyRemote({ label, changes });
  }

  /** One change of the store into Yjs. What the store left out (its node is gone) is left out here as well. */
  #write({ path }: Change): void {
    const { patch } = this.store;
    const [root, id, field, key] = path as [string, string, string | undefined, string | undefined];
    if (!isCollection(root)) {
      this.#root.set(root, patch[root as (typeof ROOT_FIELDS)[number]]);
      return;
    }
    const things = this.#maps[root];
    const thing = Object.hasOwn(patch[root], id) ? patch[root][id] : undefined;
    const shared = things.get(id);
    if (thing === undefined) things.delete(id);
    else if (root !== 'nodes' || field === undefined || !(shared instanceof Y.Map))
      things.set(id, toShared(root, thing));
    else this.#writeField(shared, thing as PatchNode, field, key);
  }

  #writeField(shared: Y.Map<unknown>, node: PatchNode, field: string, key: string | undefined): void {
    const value = node[field as keyof PatchNode] as unknown;
    const inner = shared.get(field);
    if (isNodeMap(field) && key !== undefined && inner instanceof Y.Map) {
      const entry = node[field]?.[key];
      if (entry === undefined) inner.delete(key);
      else inner.set(key, entry);
    } else if (isNodeMap(field)) shared.set(field, new Y.Map<unknown>(Object.entries(node[field] ?? {})));
    else if (value === undefined) shared.delete(field);
    else shared.set(field, value);
  }

  /** The patch as Yjs has it. */
  #read(): Patch {
    const { unreadable: _, ...root } = this.#root.toJSON();
    return {
      ...emptyPatch(),
      ...(root as Partial<Patch>),
      nodes: mapValues(this.#maps.nodes.toJSON(), nodeFromShared),
      connections: mapValues(this.#maps.connections.toJSON(), connectionFromShared),
      frames: this.#maps.frames.toJSON() as Patch['frames'],
      notes: this.#maps.notes.toJSON() as Patch['notes'],
      subpatches: mapValues(this.#maps.subpatches.toJSON(), subpatchFromShared),
    };
  }

  readonly #onShared = (_events: readonly Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void => {
    if (transaction.origin === LOADING) return;
    if (transaction.origin === this) {
      this._changed.emit({ hasContent: true });
      return;
    }
    if (this.isUnreadable) this.problems = problemsOfText(this.getSource());
    // With collaboration the server put the file here as it was: its nodes may be older than this version's.
    this.#adopt(migratePatch(this.#read(), this.#types).patch, 'Shared edit');
    // The server read the file; what it is too new for is found here.
    if (!this.isUnreadable && this.store.patch.version > PATCH_VERSION)
      this.problems = problemsOfText(this.getSource());
    this._changed.emit({ hasContent: true });
  };
}

/** Why a text is no patch. */
function problemsOfText(text: string): readonly Problem[] {
  try {
    return parsePatch(text).problems;
  } catch (error) {
    if (error instanceof PatchError) return error.problems;
    throw error;
  }
}
