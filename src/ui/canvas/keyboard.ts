// Keys on the canvas: one tab stop, arrows between nodes, Tab in plan order, Enter into a node. Space is left to commands.
// Owns which key does what; what it does is in commands.ts.
import { css, isModKey } from '../dom.ts';
import type { PatchCanvas } from './canvas.ts';
import type { EditorCommands } from './commands.ts';
import type { Connecting } from './connecting.ts';
import type { Gestures } from './gestures.ts';
import { type Direction, nearestNode, planOrder } from './walk.ts';

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};
const VECTORS: Readonly<Record<Direction, readonly [number, number]>> = {
  up: [0, -1],
  down: [0, 1],
  left: [-1, 0],
  right: [1, 0],
};
const STEP = 16;
const BIG_STEP = 64;

export function addKeyboard(
  canvas: PatchCanvas,
  commands: EditorCommands,
  gestures: Gestures,
  connecting: Connecting,
  probe: (connection: string) => void,
): void {
  const { element, context, viewport } = canvas;
  const { session } = context;

  const focusNode = (id: string | undefined): boolean => {
    const box = id === undefined ? undefined : canvas.boxes.get(id);
    if (!box) return false;
    session.select({ nodes: [box.id] });
    viewport.reveal(box);
    return true;
  };
  const walk = (direction: Direction, isShift: boolean): void => {
    const { focus } = session.selection;
    if (isShift) {
      const [x, y] = VECTORS[direction];
      viewport.pan(-x * BIG_STEP, -y * BIG_STEP);
      return;
    }
    if (focus === undefined) {
      focusNode(planOrder(context.store.patch)[0]);
      return;
    }
    focusNode(nearestNode(canvas.boxes, focus, direction));
  };
  const dropAll = (): void => {
    if (gestures.isDragging) gestures.cancel();
    else if (connecting.isDragging) canvas.view.cancelDrag();
    else session.select();
  };
  const modKeys: Readonly<Record<string, () => void>> = {
    z: commands.undo,
    Z: commands.redo,
    y: commands.redo,
    d: commands.duplicate,
    a: commands.selectAll,
    g: commands.group,
    '+': commands.zoomIn,
    '=': commands.zoomIn,
    '-': commands.zoomOut,
    '0': commands.zoomReset,
  };
  const shortcuts: Readonly<Record<string, () => void>> = {
    Delete: commands.deleteSelection,
    Backspace: commands.deleteSelection,
    F2: commands.rename,
    n: () => commands.addNode(),
    c: commands.connect,
    f: commands.fit,
    i: () => context.callbacks.openInspector?.(),
  };
  const plainKeys: Readonly<Record<string, () => void>> = {
    ...(context.hasOwnShortcuts ? shortcuts : {}),
    Escape: dropAll,
    ContextMenu: () => {
      const { connection } = session.selection;
      if (connection === undefined) commands.nodeMenu();
      else commands.wireMenu(connection);
    },
    // Of a selected wire, like P.
    l: () => commands.toggleAlignment(),
    p: () => {
      if (session.selection.connection !== undefined) probe(session.selection.connection);
    },
    Enter: () => canvas.deck.shown.get(session.selection.focus ?? '')?.firstControl?.focus({ preventScroll: true }),
  };

  canvas.disposables.listen(element, 'keydown', event => {
    if (event.target !== element) {
      // Out of a control in a node, back to the node.
      if (event.key === 'Escape' && (event.target as Element).closest(`.${css('Node')}`)) {
        element.focus({ preventScroll: true });
        event.stopPropagation();
      }
      return;
    }
    const isMod = isModKey(event);
    const direction = ARROWS[event.key];
    if (direction) {
      const [x, y] = VECTORS[direction];
      const step = event.shiftKey ? BIG_STEP : STEP;
      if (event.altKey) commands.nudge(x * step, y * step);
      else if (!isMod) walk(direction, event.shiftKey);
    } else if (event.key === 'Tab' && !isMod && !event.altKey) {
      const order = planOrder(context.store.patch);
      const at = order.indexOf(session.selection.focus ?? '');
      const next = at < 0 ? (event.shiftKey ? -1 : 0) : at + (event.shiftKey ? -1 : 1);
      // At either end the focus leaves the canvas as usual.
      if (next < 0 || next >= order.length || !focusNode(order[next])) return;
    } else {
      // By Shift and not by the letter that came, which Caps Lock turns round.
      const key = event.key.length > 1 ? event.key : event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
      const run = isMod ? context.hasOwnShortcuts && modKeys[key] : event.altKey ? undefined : plainKeys[key];
      if (!run) return;
      run();
    }
    event.preventDefault();
    event.stopPropagation();
  });
}
