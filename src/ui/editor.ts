// The editor: mounts the canvas with all that hangs on it into an element, and offers its commands.
// Owns the composition only.

import { PatchCanvas } from './canvas/canvas.ts';
import { type EditorCommands, makeCommands } from './canvas/commands.ts';
import { Connecting } from './canvas/connecting.ts';
import { addEmptyState } from './canvas/empty.ts';
import { addFileDrop, type DropPlace } from './canvas/file-drop.ts';
import { Gestures } from './canvas/gestures.ts';
import { addKeyboard } from './canvas/keyboard.ts';
import { addMinimap, addZoomControl } from './canvas/minimap.ts';
import { addOutline } from './canvas/outline.ts';
import { nodeAt, wireAt } from './canvas/picking.ts';
import { ProbeCard } from './canvas/probe-card.ts';
import { Refusal } from './canvas/refusal.ts';
import type { Transform } from './canvas/rete-view.ts';
import { EditorContext, type EditorOptions } from './context.ts';
import { css, h } from './dom.ts';
import { NODE_TYPE_MIME } from './palette/palette.ts';
import type { Session } from './session.ts';

export interface Editor {
  readonly commands: EditorCommands;
  /** Selection and focus, to be shared with the inspector. */
  readonly session: Session;
  readonly element: HTMLElement;
  /** For things that the host lets people drag here. */
  readonly dropPlace: DropPlace;
  /** Shows the whole patch. */
  fit(): void;
  focus(): void;
  dispose(): void;
}

/** Mounts a patch editor. The host needs a size; `dispose` takes everything away again. */
export function mountEditor(host: HTMLElement, options: EditorOptions): Editor {
  const context = new EditorContext(options);
  const live = h('div', { class: css('srOnly'), 'aria-live': 'polite' });
  const announce = (text: string): void => {
    live.textContent = text;
  };
  const root = h('div', { class: css('Editor') });
  host.append(root);
  const connecting = new Connecting(announce);
  const canvas = new PatchCanvas(context, root, connecting);
  root.append(live);
  const refusal = new Refusal(canvas);
  connecting.attach(canvas, refusal);
  const commands = makeCommands(canvas, connecting, announce);
  const gestures = new Gestures(canvas, canvas.disposables);
  const probe = new ProbeCard(canvas);
  addKeyboard(canvas, commands, gestures, connecting, id => {
    const at = canvas.wires.middleOf(id);
    const box = canvas.element.getBoundingClientRect();
    const place = at && canvas.viewport.toContainer(at);
    if (place) probe.open(id, place.x + box.left, place.y + box.top, true);
  });
  addZoomControl(canvas);
  addMinimap(canvas);
  addEmptyState(canvas);
  addOutline(canvas, root);
  addPointerMenus(canvas, commands);
  addClipboardEvents(canvas, commands);
  addNodeDrop(canvas, commands);
  const dropPlace = addFileDrop(canvas);
  canvas.disposables.add(() => refusal.close());

  // Fit as soon as the host has a size, which in a tab may be later, and with every new size until somebody pans or zooms.
  // The first fit comes before the page has laid out a single node, so that far away their bodies never are.
  let fitted: Transform | undefined;
  const fitUntouched = (): void => {
    const { x, y, k } = canvas.viewport.transform;
    const isUntouched = fitted === undefined || (fitted.x === x && fitted.y === y && fitted.k === k);
    if (!isUntouched || !canvas.viewport.hasSize) return;
    commands.fit();
    fitted = canvas.viewport.transform;
  };
  fitUntouched();
  const observer = new ResizeObserver(() => {
    canvas.viewport.measure();
    fitUntouched();
    canvas.tellMoved();
  });
  observer.observe(canvas.element);

  return {
    commands,
    session: context.session,
    element: root,
    dropPlace,
    fit: commands.fit,
    focus: () => canvas.element.focus({ preventScroll: true }),
    dispose: () => {
      observer.disconnect();
      canvas.dispose();
      root.remove();
    },
  };
}

function addPointerMenus(canvas: PatchCanvas, commands: EditorCommands): void {
  const { element, disposables, context } = canvas;
  const isBackground = (event: MouseEvent): boolean =>
    !(event.target as Element).closest(`[data-node], [data-mark], [data-align], .${css('overlay')}`) &&
    nodeAt(canvas, event) === undefined;
  disposables.listen(element, 'click', event => {
    const align = (event.target as Element).closest('[data-align]')?.getAttribute('data-align');
    if (align) {
      context.session.select({ connection: align });
      commands.toggleAlignment(align);
      // By the pointer the keys stay the canvas's, so that undo is at hand; who came by Tab stays on the switch.
      if (event.detail > 0) element.focus({ preventScroll: true });
      return;
    }
    const button = (event.target as Element).closest('[data-action]');
    const id = button?.closest('[data-node]')?.getAttribute('data-node');
    if (!button || !id) return;
    context.session.select({ nodes: [id] });
    if (button.getAttribute('data-action') === 'bypass') commands.toggleBypass();
    else commands.nodeMenu({ x: event.clientX, y: event.clientY });
  });
  disposables.listen(element, 'dblclick', event => {
    const target = event.target as Element;
    if (isBackground(event)) commands.addNode({ x: event.clientX, y: event.clientY });
    else if (target.closest('header')?.closest('[data-node]') && !target.closest('button')) commands.rename();
  });
  disposables.listen(element, 'contextmenu', event => {
    const target = event.target as Element;
    if (target.closest(`.${css('overlay')}, [contenteditable]`)) return;
    event.preventDefault();
    // Lab's own context menu would open over ours.
    event.stopPropagation();
    const wire = target.closest('[data-align]')?.getAttribute('data-align') ?? wireAt(canvas, event);
    if (wire) {
      context.session.select({ connection: wire });
      commands.wireMenu(wire, { x: event.clientX, y: event.clientY });
      return;
    }
    const nodeId = nodeAt(canvas, event);
    if (nodeId && !context.session.selection.nodes.has(nodeId)) context.session.select({ nodes: [nodeId] });
    else if (nodeId) context.session.select({ nodes: context.session.selection.nodes, focus: nodeId });
    else if (isBackground(event)) context.session.select();
    commands.nodeMenu({ x: event.clientX, y: event.clientY });
  });
}

/** The browser's own clipboard events: no permission needed, and text goes across windows. */
function addClipboardEvents(canvas: PatchCanvas, commands: EditorCommands): void {
  const { element, disposables } = canvas;
  const write = (event: ClipboardEvent, text: string | undefined): void => {
    if (text === undefined || !event.clipboardData) return;
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  };
  disposables.listen(element, 'copy', event => {
    if (document.activeElement === element) write(event, commands.copy());
  });
  disposables.listen(element, 'cut', event => {
    if (document.activeElement === element) write(event, commands.cut());
  });
  disposables.listen(element, 'paste', event => {
    if (document.activeElement !== element) return;
    commands.paste(event.clipboardData?.getData('text/plain') ?? '');
    event.preventDefault();
  });
}

/** Node types dragged from the palette. */
function addNodeDrop(canvas: PatchCanvas, commands: EditorCommands): void {
  const { element, disposables, viewport } = canvas;
  disposables.listen(element, 'dragover', event => {
    if (!event.dataTransfer?.types.includes(NODE_TYPE_MIME)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  disposables.listen(element, 'drop', event => {
    const type = event.dataTransfer?.getData(NODE_TYPE_MIME);
    if (!type) return;
    event.preventDefault();
    event.stopPropagation();
    // Focus first: a comment takes it on for its text.
    element.focus({ preventScroll: true });
    commands.addNodeOfType(type, viewport.toCanvas(event.clientX, event.clientY));
  });
}
