// What every part of the interface is given: the store, the registry, the engine, the session and the extension's callbacks.
// Owns the shapes of nodes (ports and params as they are now), cached. Must not know rete or JupyterLab.
import type { Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Connection, Patch, PatchNode } from '../core/patch.ts';
import { type NodeShape, type Registry, shapeNode } from '../core/registry.ts';
import type { Resource, Resources } from '../core/resource.ts';
import type { PatchStore } from '../core/store.ts';
import { faceOfNode } from '../core/subpatch.ts';
import type { EngineView } from './engine-view.ts';
import { Session } from './session.ts';

/** Where a file was dropped: a place of the canvas in px, and the node that lies there. */
export interface DropTarget {
  readonly at: readonly [number, number];
  readonly nodeId?: string;
}

/** What the extension does for the interface. Every one is optional: without it the button is not drawn. */
export interface EditorCallbacks {
  /** Opens the example patch of a node type. */
  openExample?(type: string): void;
  /** Lets a person choose the file of a resource slot. */
  locateFile?(nodeId: string, slot: string): void;
  /** Sets a node's state back to its start values. */
  resetState?(nodeId: string): void;
  /** Measures the load offline, for all block sizes. */
  profileLoad?(): void;
  /** Exports a bundle. */
  exportBundle?(): void;
  /** Starts all file recorders of the patch together; the second call ends them and saves their files. */
  toggleTracks?(): void;
  /** Brings the inspector to the front. */
  openInspector?(): void;
  /** Keeps a file beside the patch and loads it into the node that it was dropped on, or into a new one. */
  dropFile?(file: File, target: DropTarget): void;
  /** The starts that an empty patch offers. */
  playFile?(): void;
  openGallery?(): void;
  openLesson?(): void;
}

export interface EditorOptions {
  readonly store: PatchStore;
  readonly registry: Registry;
  readonly engine: EngineView;
  /** Given to share the selection between canvas and inspector; made when left out. */
  readonly session?: Session;
  readonly callbacks?: EditorCallbacks;
  /** Default true. False where the host binds keys to the commands itself, so that people can change them. */
  readonly hasOwnShortcuts?: boolean;
}

export class EditorContext {
  readonly store: PatchStore;
  readonly registry: Registry;
  readonly engine: EngineView;
  readonly session: Session;
  readonly callbacks: EditorCallbacks;
  readonly hasOwnShortcuts: boolean;
  #indexed: Patch['connections'] | undefined;
  #wiresInto = new Map<string, Connection[]>();
  #titled: Patch['nodes'] | undefined;
  #titles = new Map<string, number>();

  constructor(options: EditorOptions) {
    this.store = options.store;
    this.registry = options.registry;
    this.engine = options.engine;
    this.session = options.session ?? new Session();
    this.callbacks = options.callbacks ?? {};
    this.hasOwnShortcuts = options.hasOwnShortcuts ?? true;
  }

  /** What is loaded of a node's resources, by slot. */
  readonly resourcesOf = (node: PatchNode): Resources => {
    const type = this.registry.get(node.type);
    const loaded: Record<string, Resource | undefined> = {};
    for (const slot of Object.keys(type?.resources ?? {})) loaded[slot] = this.engine.resource(node.id, slot);
    return loaded;
  };

  /** What is loaded of all nodes, as validation asks for it. */
  get resourceBook(): ResourceBook {
    return Object.fromEntries(Object.values(this.store.patch.nodes).map(node => [node.id, this.resourcesOf(node)]));
  }

  /** Connections that end at a node. */
  readonly wiresInto = (nodeId: string): readonly Connection[] => {
    const { connections } = this.store.patch;
    if (connections !== this.#indexed) {
      this.#indexed = connections;
      this.#wiresInto = new Map();
      for (const connection of Object.values(connections)) {
        const wires = this.#wiresInto.get(connection.to.node);
        if (wires) wires.push(connection);
        else this.#wiresInto.set(connection.to.node, [connection]);
      }
    }
    return this.#wiresInto.get(nodeId) ?? [];
  };

  /** Ports, params and values of a node; undefined when its type is unknown. */
  readonly shapeOf = (node: PatchNode): NodeShape | undefined => {
    const type = this.registry.get(node.type);
    const { patch } = this.store;
    return type && shapeNode(type, node, this.resourcesOf(node), patch.sampleRateHz, faceOfNode(patch, node));
  };

  /** The name a person sees: the node's own, else its type's label, else its type. */
  readonly titleOf = (node: PatchNode): string => node.label || this.registry.get(node.type)?.label || node.type;

  /** What to call a node among all of the patch: its title, with its id where another one has that title too. */
  readonly nameOf = (id: string): string => {
    const { nodes } = this.store.patch;
    const node = nodes[id];
    if (!node) return id;
    if (nodes !== this.#titled) {
      this.#titled = nodes;
      this.#titles = new Map();
      for (const one of Object.values(nodes)) {
        const title = this.titleOf(one);
        this.#titles.set(title, (this.#titles.get(title) ?? 0) + 1);
      }
    }
    const title = this.titleOf(node);
    return (this.#titles.get(title) ?? 0) > 1 ? `${title} (${id})` : title;
  };

  /** Problems that concern a node. */
  readonly problemsOf = (nodeId: string): readonly Problem[] =>
    this.engine.plan?.problems.filter(problem => problem.nodeId === nodeId) ?? [];

  get isPlaying(): boolean {
    return this.engine.state === 'playing';
  }
}
