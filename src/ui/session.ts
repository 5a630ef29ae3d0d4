// The session: what is selected and focused in one editor, shared by canvas, inspector and commands. Never saved.
// Must not know the DOM.
import type { Patch } from '../core/patch.ts';

export type MarkKind = 'notes' | 'frames';

/** What is selected. At most one connection; nodes and marks may be many. */
export interface Selection {
  readonly nodes: ReadonlySet<string>;
  readonly connection: string | undefined;
  /** Notes and frames, as `notes/<id>` and `frames/<id>`. */
  readonly marks: ReadonlySet<string>;
  /** The node that the keyboard is on. */
  readonly focus: string | undefined;
}

const NOTHING: Selection = { nodes: new Set(), connection: undefined, marks: new Set(), focus: undefined };

export class Session {
  #selection: Selection = NOTHING;
  readonly #listeners = new Set<(selection: Selection) => void>();

  get selection(): Selection {
    return this.#selection;
  }

  /** Replaces the selection; what is left out becomes empty. The focus follows a single node unless given. */
  select(next: { nodes?: Iterable<string>; connection?: string; marks?: Iterable<string>; focus?: string } = {}): void {
    const nodes = new Set(next.nodes ?? []);
    const focus = next.focus ?? (nodes.size === 1 ? [...nodes][0] : undefined);
    this.#selection = { nodes, connection: next.connection, marks: new Set(next.marks ?? []), focus };
    for (const listener of [...this.#listeners]) listener(this.#selection);
  }

  /** Adds a node to the selection or takes it away. */
  toggle(nodeId: string): void {
    const nodes = new Set(this.#selection.nodes);
    if (!nodes.delete(nodeId)) nodes.add(nodeId);
    this.select({ nodes, marks: this.#selection.marks, focus: nodeId });
  }

  /** Drops from the selection what the patch no longer has. */
  forgetGone(patch: Patch): void {
    const { nodes, connection, marks, focus } = this.#selection;
    const kept = [...nodes].filter(id => Object.hasOwn(patch.nodes, id));
    const keptMarks = [...marks].filter(key => {
      const [kind, id] = key.split('/') as [MarkKind, string];
      return Object.hasOwn(patch[kind], id);
    });
    const hasWire = connection === undefined || Object.hasOwn(patch.connections, connection);
    const hasFocus = focus === undefined || Object.hasOwn(patch.nodes, focus);
    if (kept.length === nodes.size && keptMarks.length === marks.size && hasWire && hasFocus) return;
    this.select({
      nodes: kept,
      marks: keptMarks,
      ...(hasWire && connection !== undefined ? { connection } : {}),
      ...(hasFocus && focus !== undefined ? { focus } : {}),
    });
  }

  /** Calls the listener after every change; returns the function that ends it. */
  subscribe(listener: (selection: Selection) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
