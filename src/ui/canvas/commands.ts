// The commands of an editor: what menus, shortcuts and the extension call. Each says what happened through `announce`.
// Owns their names and order of events; edits are in edit-actions.ts.

import { helpSummary } from '../../core/define-node.ts';
import { setAligned, setLabel } from '../../core/edits.ts';
import type { Endpoint } from '../../core/patch.ts';
import { css } from '../dom.ts';
import { formatCount } from '../format.ts';
import { iconOfType } from '../icons.ts';
import { COMMENT, searchItems } from '../palette/search.ts';
import { alignmentOf, alignmentWords, switchWords } from './align-badge.ts';
import { applyFix } from './apply-fix.ts';
import type { PatchCanvas } from './canvas.ts';
import { type ChoiceItem, openChoiceList } from './choice-list.ts';
import { copySelection, duplicateSelection, parseFragment, pasteIntoPatch } from './clipboard.ts';
import type { Connecting } from './connecting.ts';
import {
  addNodeAt,
  addNote,
  deleteSelection,
  groupSelection,
  moveAll,
  toggleBypass,
  typesFit,
} from './edit-actions.ts';
import { planOrder } from './walk.ts';
import type { Point } from './wire-path.ts';

/** A line of a menu and what it does. */
type MenuItem = ChoiceItem & { run(): void };

export type EditorCommands = ReturnType<typeof makeCommands>;

export function makeCommands(canvas: PatchCanvas, connecting: Connecting, announce: (text: string) => void) {
  const { context, viewport } = canvas;
  const { store, session } = context;
  const refocus = (): void => canvas.element.focus({ preventScroll: true });
  const titleOf = (id: string): string => {
    const node = store.patch.nodes[id];
    return node ? context.titleOf(node) : id;
  };
  /** Where a list opens: below the focused node, else in the middle. */
  const placeForList = (): Point => {
    const box = canvas.boxes.get(session.selection.focus ?? '');
    if (box) return viewport.toContainer({ x: box.x, y: box.y + box.height + 8 });
    return { x: canvas.element.clientWidth / 2 - 130, y: canvas.element.clientHeight / 3 };
  };
  const list = (
    title: string,
    items: readonly ChoiceItem[],
    choose: (item: ChoiceItem) => void,
    hasField = true,
  ): void => {
    const at = placeForList();
    openChoiceList(canvas.element, at.x, at.y, {
      title,
      hasField,
      search: text =>
        items.filter(item => `${item.label} ${item.detail ?? ''}`.toLowerCase().includes(text.toLowerCase())),
      choose,
      closed: refocus,
    });
  };
  const say = (text: string): void => {
    if (text !== '') announce(text);
  };
  const inCanvas = ({ x, y }: Point): Point => {
    const box = canvas.element.getBoundingClientRect();
    return { x: x - box.left, y: y - box.top };
  };
  const openMenu = (title: string, at: Point, items: readonly MenuItem[]): void => {
    openChoiceList(canvas.element, at.x, at.y, {
      title,
      hasField: false,
      search: () => items,
      choose: item => items.find(({ id: wanted }) => wanted === item.id)?.run(),
      closed: refocus,
    });
  };
  const alignmentAt = (id: string) => alignmentOf(context.engine.plan?.connections[id]);
  /** The switch of a wire's alignment for menus; none where nothing waits. `name` says whose it is. */
  const alignItems = (id: string, name = ''): MenuItem[] => {
    const alignment = alignmentAt(id);
    if (!alignment) return [];
    return [{ id: `align-${id}`, label: switchWords(alignment) + name, run: () => commands.toggleAlignment(id) }];
  };

  const commands = {
    undo: (): void => {
      const label = store.undoLabel;
      if (store.undo()) say(`Undone: ${label}`);
    },
    redo: (): void => {
      const label = store.redoLabel;
      if (store.redo()) say(`Redone: ${label}`);
    },
    /** Copies the selected nodes; returns the text for the system's clipboard. */
    copy: (): string | undefined => {
      const fragment = copySelection(context);
      if (!fragment) return undefined;
      say(`Copied ${formatCount(fragment.nodes.length, 'node')}`);
      return JSON.stringify(fragment);
    },
    cut: (): string | undefined => {
      const text = commands.copy();
      if (text !== undefined) say(deleteSelection(context));
      return text;
    },
    /** Pastes text of the clipboard, or what was copied last in this window. */
    paste: (text?: string, at?: Point): void => {
      const fragment = text === undefined ? undefined : parseFragment(text);
      if (text !== undefined && !fragment) return;
      const count = pasteIntoPatch(context, fragment, at);
      if (count > 0) say(`Pasted ${formatCount(count, 'node')}`);
    },
    duplicate: (): void => {
      const count = duplicateSelection(context);
      if (count > 0) say(`Duplicated ${formatCount(count, 'node')}`);
    },
    deleteSelection: (): void => say(deleteSelection(context)),
    selectAll: (): void => session.select({ nodes: Object.keys(store.patch.nodes) }),
    toggleBypass: (): void => say(toggleBypass(context)),
    /** A frame around the selection, its name ready to be typed. */
    group: (): void => {
      const id = groupSelection(context);
      if (id !== undefined) canvas.marks.edit('frames', id);
    },
    addNote: (at?: Point): void => {
      const { x, y, width, height } = viewport.visible;
      canvas.marks.edit('notes', addNote(context, at ?? { x: x + width / 2 - 100, y: y + height / 3 }));
    },
    /** Opens the search for a node to add, at the pointer or after the selection. */
    addNode: (client?: Point): void => {
      const after = client ? undefined : session.selection.focus;
      const source = canvas.boxes.get(after ?? '');
      const box = canvas.element.getBoundingClientRect();
      const listAt = client ? { x: client.x - box.left, y: client.y - box.top } : placeForList();
      const centre = viewport.toCanvas(
        box.left + canvas.element.clientWidth / 2,
        box.top + canvas.element.clientHeight / 2,
      );
      const nodeAt = client
        ? viewport.toCanvas(client.x, client.y)
        : source
          ? { x: source.x + source.width / 2, y: source.y + source.height + 44 }
          : centre;
      openChoiceList(canvas.element, listAt.x, listAt.y, {
        title: 'Add a node',
        hasField: true,
        search: text =>
          searchItems(context.registry, text).map(({ id, label, help }) => ({
            id,
            label,
            detail: helpSummary(help),
            icon: id === COMMENT.id ? 'file' : iconOfType(context.registry.get(id)),
          })),
        choose: item => commands.addNodeOfType(item.id, nodeAt, after),
        closed: refocus,
      });
    },
    /** Adds a node of a type, with its centre at a place of the canvas; of the comment, a note whose text can be typed. */
    addNodeOfType: (type: string, at?: Point, after?: string): void => {
      if (type === COMMENT.id) {
        commands.addNote(at);
        return;
      }
      const { x, y, width, height } = viewport.visible;
      const id = addNodeAt(context, type, at ?? { x: x + width / 2, y: y + height / 2 }, after);
      if (id !== undefined) {
        const box = canvas.boxes.get(id);
        if (box) viewport.reveal(box);
        say(`Added ${titleOf(id)}`);
      }
    },
    /** Connects the focused node by lists: an outlet, then an inlet that fits. */
    connect: (): void => {
      const box = canvas.boxes.get(session.selection.focus ?? '');
      if (!box) {
        say('Focus a node first, then press C');
        return;
      }
      const outlets = [...box.ports].filter(port => port.direction === 'outlet');
      const chooseInlet = (port: string): void => {
        const from: Endpoint = { node: box.id, port };
        const targets: ChoiceItem[] = [];
        for (const id of planOrder(store.patch)) {
          for (const spot of canvas.boxes.get(id)?.ports ?? []) {
            if (typesFit(context, from, { node: id, port: spot.name }))
              targets.push({ id: `${id}.${spot.name}`, label: titleOf(id), detail: spot.label });
          }
        }
        list(`Connect ${titleOf(box.id)} to …`, targets, item => {
          const dot = item.id.indexOf('.');
          connecting.connect(from, { node: item.id.slice(0, dot), port: item.id.slice(dot + 1) });
        });
      };
      if (outlets.length === 0) say(`${titleOf(box.id)} has no outlet`);
      else if (outlets.length === 1) chooseInlet((outlets[0] as { name: string }).name);
      else
        list(
          'Connect which outlet?',
          outlets.map(port => ({ id: port.name, label: port.label, detail: port.type })),
          item => chooseInlet(item.id),
        );
    },
    /** Puts the name of the focused node into a field on its header. */
    rename: (): void => {
      const card = canvas.deck.shown.get(session.selection.focus ?? '');
      const title = card?.element.querySelector<HTMLElement>(`.${css('title')}`);
      if (!card || !title) return;
      const before = title.textContent ?? '';
      title.setAttribute('contenteditable', 'plaintext-only');
      title.setAttribute('data-lm-suppress-shortcuts', 'true');
      title.focus();
      getSelection()?.selectAllChildren(title);
      let isDropped = false;
      const keys = (event: KeyboardEvent): void => {
        event.stopPropagation();
        if (event.key === 'Escape') isDropped = true;
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.preventDefault();
        refocus();
      };
      const end = (): void => {
        title.removeEventListener('keydown', keys);
        title.removeEventListener('blur', end);
        title.removeAttribute('contenteditable');
        title.removeAttribute('data-lm-suppress-shortcuts');
        const after = (title.textContent ?? '').trim();
        if (isDropped || after === before) title.textContent = before;
        else store.dispatch(setLabel(card.id, after));
      };
      title.addEventListener('keydown', keys);
      title.addEventListener('blur', end);
    },
    /** Switches the compensating delay of a wire off, to hear the comb, or on again; nothing where no path waits. */
    toggleAlignment: (id = session.selection.connection ?? ''): void => {
      const connection = store.patch.connections[id];
      const alignment = alignmentAt(id);
      if (!connection || !alignment) return;
      store.dispatch(setAligned(connection, !alignment.isOn));
      const now = alignmentAt(id);
      if (now) say(`${titleOf(connection.from.node)} to ${titleOf(connection.to.node)} ${alignmentWords(now)}`);
    },
    /** Moves the selection by px. */
    nudge: (dx: number, dy: number): void => {
      const places: Record<string, readonly [number, number]> = {};
      for (const id of session.selection.nodes) {
        const at = store.patch.nodes[id]?.position ?? [0, 0];
        places[id] = [at[0] + dx, at[1] + dy];
      }
      const marks: Record<string, readonly [number, number]> = {};
      for (const key of session.selection.marks) {
        const [kind, id] = key.split('/') as ['notes' | 'frames', string];
        const at = store.patch[kind][id]?.position ?? [0, 0];
        marks[key] = [at[0] + dx, at[1] + dy];
      }
      if (Object.keys(places).length + Object.keys(marks).length > 0) moveAll(context, places, marks, 'nudge');
    },
    zoomIn: (): void => viewport.zoomBy(1.2),
    zoomOut: (): void => viewport.zoomBy(1 / 1.2),
    zoomReset: (): void => viewport.zoomTo(1),
    fit: (): void => viewport.fit(canvas.bounds),
    /** A menu of what can be done with the selected wire. */
    wireMenu: (id: string, client?: Point): void => {
      const connection = store.patch.connections[id];
      const middle = canvas.wires.middleOf(id);
      const at = client ? inCanvas(client) : middle && viewport.toContainer(middle);
      if (!connection || !at) return;
      openMenu(`${titleOf(connection.from.node)} → ${titleOf(connection.to.node)}`, at, [
        ...alignItems(id),
        { id: 'delete', label: 'Delete', detail: 'Delete', run: commands.deleteSelection },
      ]);
    },
    /** A menu of what can be done with the focused node. */
    nodeMenu: (client?: Point): void => {
      const at = client ? inCanvas(client) : placeForList();
      const id = session.selection.focus;
      const node = id === undefined ? undefined : store.patch.nodes[id];
      const type = node && context.registry.get(node.type);
      const items: MenuItem[] = node
        ? [
            ...context.problemsOf(node.id).flatMap(({ fix }, index) => {
              if (!fix) return [];
              return [{ id: `fix-${index}`, label: fix.label, run: () => applyFix(context, fix) }];
            }),
            ...context.wiresInto(node.id).flatMap(wire => alignItems(wire.id, `, from ${titleOf(wire.from.node)}`)),
            { id: 'connect', label: 'Connect …', detail: 'C', run: commands.connect },
            { id: 'rename', label: 'Rename', detail: 'F2', run: commands.rename },
            { id: 'bypass', label: node.isBypassed ? 'Enable' : 'Bypass', run: commands.toggleBypass },
            { id: 'duplicate', label: 'Duplicate', detail: 'Mod D', run: commands.duplicate },
            { id: 'group', label: 'Frame', detail: 'Mod G', run: commands.group },
            ...(context.callbacks.openExample && type
              ? [{ id: 'example', label: 'Open example', run: () => context.callbacks.openExample?.(type.id) }]
              : []),
            ...(context.callbacks.openInspector
              ? [{ id: 'inspect', label: 'Inspect', detail: 'I', run: () => context.callbacks.openInspector?.() }]
              : []),
            { id: 'delete', label: 'Delete', detail: 'Delete', run: commands.deleteSelection },
          ]
        : [
            { id: 'add', label: 'Add a node …', detail: 'N', run: () => commands.addNode(client) },
            {
              id: 'note',
              label: 'Add a note',
              run: () => commands.addNote(client && viewport.toCanvas(client.x, client.y)),
            },
            {
              id: 'paste',
              label: 'Paste',
              detail: 'Mod V',
              run: () => commands.paste(undefined, client && viewport.toCanvas(client.x, client.y)),
            },
            { id: 'fit', label: 'Fit the patch', detail: 'F', run: commands.fit },
          ];
      openMenu(node ? context.titleOf(node) : 'Patch', at, items);
    },
  };
  return commands;
}
