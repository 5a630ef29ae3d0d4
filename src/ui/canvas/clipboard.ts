// Copy, cut and paste of nodes with their inner wires, as JSON text that other patches and editors can read.
// Owns reading what comes from the clipboard with suspicion; must not know the canvas.
import { copyFragment, type Fragment, freePosition, pasteFragment } from '../../core/edits.ts';
import { ID_PATTERN, type PatchNode } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';

export const CLIPBOARD_MIME = 'application/vnd.neuropatch.fragment+json';
const PASTE_OFFSET = 32;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEnd = (value: unknown): value is string => typeof value === 'string' && /^[^.]+\.[^.]+$/.test(value);

function isNode(value: unknown): value is PatchNode {
  if (!isRecord(value) || typeof value.id !== 'string' || !ID_PATTERN.test(value.id)) return false;
  const at = value.position;
  return (
    typeof value.type === 'string' &&
    Number.isInteger(value.version) &&
    Array.isArray(at) &&
    at.length === 2 &&
    at.every(Number.isFinite)
  );
}

/** Reads a fragment from text; undefined when it is something else. */
export function parseFragment(text: string): Fragment | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (
      !isRecord(value) ||
      value.format !== 'neuropatch-fragment' ||
      !Array.isArray(value.nodes) ||
      !Array.isArray(value.connections)
    )
      return undefined;
    if (!value.nodes.every(isNode)) return undefined;
    const ids = new Set(value.nodes.map(node => node.id));
    const connections = value.connections.filter(
      (c): c is { from: string; to: string } =>
        isRecord(c) &&
        isEnd(c.from) &&
        isEnd(c.to) &&
        ids.has(c.from.split('.')[0] as string) &&
        ids.has(c.to.split('.')[0] as string),
    );
    return { format: 'neuropatch-fragment', nodes: value.nodes, connections };
  } catch {
    return undefined;
  }
}

/** What was copied last in this window, for menus that may not read the system's clipboard. */
let memory: Fragment | undefined;

/** The selected nodes as a fragment, also kept in memory; undefined when nothing is selected. */
export function copySelection(context: EditorContext): Fragment | undefined {
  const ids = [...context.session.selection.nodes];
  if (ids.length === 0) return undefined;
  memory = copyFragment(context.store.patch, ids);
  return memory;
}

/** Pastes a fragment (the last copied one when left out) beside its origin, or with its left top corner at a place; in either case moved on as a whole until its first node covers no other. */
export function pasteIntoPatch(
  context: EditorContext,
  fragment: Fragment | undefined = memory,
  at?: { x: number; y: number },
): number {
  const first = fragment?.nodes[0];
  if (!fragment || !first) return 0;
  const left = Math.min(...fragment.nodes.map(node => node.position[0]));
  const top = Math.min(...fragment.nodes.map(node => node.position[1]));
  const [dx, dy] = at ? [at.x - left, at.y - top] : [PASTE_OFFSET, PASTE_OFFSET];
  const free = freePosition(context.store.patch, [first.position[0] + dx, first.position[1] + dy]);
  const offset = [free[0] - first.position[0], free[1] - first.position[1]] as const;
  const { transaction, ids } = pasteFragment(context.store.patch, fragment, offset);
  context.store.dispatch(transaction);
  context.session.select({ nodes: ids });
  return ids.length;
}

/** Copies the selected nodes beside themselves. */
export function duplicateSelection(context: EditorContext): number {
  const ids = [...context.session.selection.nodes];
  if (ids.length === 0) return 0;
  return pasteIntoPatch(context, copyFragment(context.store.patch, ids));
}
