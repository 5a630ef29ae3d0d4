// The shared document of a patch: a Yjs map per node, so that two people can turn two knobs of one node.
// Owns the layout in Yjs (neuropatch/ydoc.py has the same) and the way between it, the file and the store.
import type { DocumentChange } from '@jupyter/ydoc';
import { YDocument } from '@jupyter/ydoc';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import * as Y from 'yjs';
import { PatchError, type Problem } from '../../src/core/errors.ts';
import { migratePatch } from '../../src/core/migrate.ts';
import { emptyPatch, type Json, makeConnection, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import type { Change } from '../../src/core/transaction.ts';
import { registry } from '../../src/generated/registry.ts';
import { diffPatches } from './diff.ts';

export type SharedPatchChange = DocumentChange & { readonly hasContent?: boolean };

/** Fields of a node that are maps of their own in Yjs. */
const NODE_MAPS = new Set(['params', 'smoothingMs', 'resources']);
const ROOT_FIELDS = ['version', 'name', 'description', 'authors', 'licence', 'sampleRateHz', 'subpatches', 'extra'] as const;
const COLLECTIONS = ['nodes', 'connections', 'frames', 'notes'] as const;
type Collection = (typeof COLLECTIONS)[number];

const isObject = (value: unknown): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);

function makeNodeMap(node: PatchNode): Y.Map<unknown> {
  const entries = Object.entries(node).map(([field, value]) => [field, NODE_MAPS.has(field) && isObject(value) ? new Y.Map(Object.entries(value)) : value] as const);
  return new Y.Map(entries);
}

export class SharedPatch extends YDocument<SharedPatchChange> {
  readonly version = '1.0.0';
  /** The patch as the interface edits it. */
  readonly store = new PatchStore(emptyPatch(), structuralParamOf(registry));
  /** What reading the file found. */
  problems: readonly Problem[] = [];
  /** Text that is no patch: shown as a problem and given back unchanged, so that nothing is lost. */
  #unreadable: string | undefined;
  readonly #root: Y.Map<unknown> = this.ydoc.getMap('patch');
  readonly #maps: Readonly<Record<Collection, Y.Map<unknown>>> = {
    nodes: this.ydoc.getMap('nodes'),
    connections: this.ydoc.getMap('connections'),
    frames: this.ydoc.getMap('frames'),
    notes: this.ydoc.getMap('notes'),
  };

  constructor() {
    super();
    for (const map of [this.#root, ...Object.values(this.#maps)]) map.observeDeep(this.#onShared);
    this.store.subscribe(({ transaction, origin }) => {
      if (origin === 'local') this.ydoc.transact(() => transaction.changes.forEach(change => this.#write(change)), this);
    });
  }

  static create(): SharedPatch {
    return new SharedPatch();
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

  /** The text of the file. */
  getSource(): string {
    return this.#unreadable ?? serializePatch(this.store.patch);
  }

  /** Reads the text of a file. What is no patch stays as it is and becomes a problem. */
  setSource(source: JSONValue): void {
    const text = typeof source === 'string' ? source : JSON.stringify(source as JSONObject);
    try {
      const { patch, problems } = parsePatch(text);
      this.#unreadable = undefined;
      this.problems = problems;
      this.#replace(migratePatch(patch, registry).patch);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      this.#unreadable = text;
      this.problems = error.problems;
      this._changed.emit({ hasContent: true });
    }
  }

  /** The file could not be read as a patch: the editor shows why and writes nothing. */
  get isUnreadable(): boolean {
    return this.#unreadable !== undefined;
  }

  override dispose(): void {
    if (this.isDisposed) return;
    for (const map of [this.#root, ...Object.values(this.#maps)]) map.unobserveDeep(this.#onShared);
    super.dispose();
  }

  #replace(patch: Patch): void {
    const changes = diffPatches(this.store.patch, patch);
    this.store.applyRemote({ label: 'Open', changes });
    // Loading is not an edit: no undo step, and one's own echo is ignored.
    this.ydoc.transact(() => {
      for (const field of ROOT_FIELDS) this.#root.set(field, patch[field]);
      for (const name of COLLECTIONS) {
        const map = this.#maps[name];
        map.clear();
        for (const [id, value] of Object.entries(patch[name])) map.set(id, name === 'nodes' ? makeNodeMap(value as PatchNode) : plain(name, value));
      }
    }, this);
    this._changed.emit({ hasContent: true });
  }

  /** One change of the store into Yjs. */
  #write({ path, value }: Change): void {
    const [root, id, field, key] = path;
    const collection = (COLLECTIONS as readonly string[]).includes(root) ? this.#maps[root as Collection] : undefined;
    if (!collection) {
      this.#root.set(root, this.store.patch[root as (typeof ROOT_FIELDS)[number]]);
    } else if (field === undefined || root !== 'nodes') {
      const now = this.store.patch[root as Collection][id];
      if (now === undefined) collection.delete(id);
      else collection.set(id, root === 'nodes' ? makeNodeMap(now as PatchNode) : plain(root as Collection, now));
    } else {
      const node = collection.get(id) as Y.Map<unknown> | undefined;
      if (!node) return;
      const inner = key === undefined ? undefined : node.get(field);
      if (key !== undefined && inner instanceof Y.Map) {
        if (value === undefined) inner.delete(key);
        else inner.set(key, value);
        return;
      }
      const now = this.store.patch.nodes[id]?.[field as keyof PatchNode];
      if (now === undefined) node.delete(field);
      else node.set(field, NODE_MAPS.has(field) && isObject(now) ? new Y.Map(Object.entries(now)) : now);
    }
  }

  /** The patch as Yjs has it. */
  #read(): Patch {
    const root = this.#root.toJSON() as Partial<Patch>;
    const nodes = this.#maps.nodes.toJSON() as Patch['nodes'];
    const connections = Object.fromEntries(Object.entries(this.#maps.connections.toJSON() as Record<string, { from: string; to: string }>)
      .map(([id, { from, to }]) => [id, makeConnection(from, to)]));
    return { ...emptyPatch(), ...root, nodes, connections, frames: this.#maps.frames.toJSON() as Patch['frames'], notes: this.#maps.notes.toJSON() as Patch['notes'] };
  }

  readonly #onShared = (_events: readonly Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void => {
    if (transaction.origin !== this) {
      const changes = diffPatches(this.store.patch, this.#read());
      if (changes.length > 0) this.store.applyRemote({ label: 'Shared edit', changes });
    }
    this._changed.emit({ hasContent: true });
  };
}

/** Connections are stored as the two ends of the file; frames and notes as they are. */
function plain(name: Collection, value: unknown): unknown {
  if (name !== 'connections') return value;
  const { from, to } = value as { from: { node: string; port: string }; to: { node: string; port: string } };
  return { from: `${from.node}.${from.port}`, to: `${to.node}.${to.port}` };
}
