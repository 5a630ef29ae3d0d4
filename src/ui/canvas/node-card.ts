// A node on the canvas: header, body, ports as plain DOM, laid out by computed numbers.
// Owns the element of one node; must not know gestures, wires or rete.
import type { ErrorCode, Problem } from '../../core/errors.ts';
import type { PatchNode } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';
import { css, h, s, setText } from '../dom.ts';
import { formatParam, THIN_SPACE } from '../format.ts';
import { icon, iconOfType } from '../icons.ts';
import { problemWords } from '../problem-words.ts';
import { bypassWords } from './bypass-words.ts';
import { describeNode } from './describe.ts';
import { itemWords } from './item-words.ts';
import type { PortSpot } from './layout.ts';
import { makeView, type NodeBody, paramRows, unknownBody } from './node-body.ts';
import type { NodeBox } from './node-box.ts';
import { PORT_SHAPES } from './ports.ts';
import type { ViewPort } from './rete-view.ts';

/** What a node says that failed while playing and lets its input through since. */
const FAULTS: Partial<Record<ErrorCode, string>> = { 'E-NAN': 'Not a number', 'E-MODEL-RUN': 'The model failed' };

// Two editors may show nodes of the same id on one page.
let cardCount = 0;

export class NodeCard {
  readonly id: string;
  readonly box: NodeBox;
  readonly element: HTMLElement;
  viewPorts: ViewPort[] = [];
  readonly #context: EditorContext;
  readonly #title = h('span', { class: css('title') });
  readonly #fact = h('em');
  readonly #bypass = headerButton('bypass', 'Bypass', 'power');
  readonly #header: HTMLElement;
  readonly #body = h('div', { class: css('body') });
  readonly #state = h('div', { class: css('nodeState'), 'data-action': 'menu' }, icon('warning'));
  readonly #fault = h('div', { class: css('nodeFault') });
  #bodies: NodeBody[] = [];
  #ports = new Map<string, HTMLElement>();
  #key = '';

  constructor(context: EditorContext, node: PatchNode, box: NodeBox) {
    this.#context = context;
    this.id = node.id;
    this.box = box;
    this.#header = h(
      'header',
      {},
      icon(iconOfType(context.registry.get(node.type))),
      h('span', { class: css('titleLine') }, this.#title, this.#fact),
      this.#bypass,
      headerButton('menu', 'Menu', 'dots'),
    );
    this.element = h(
      'section',
      { class: css('Node'), role: 'group', id: `${css('node')}-${cardCount++}-${node.id}`, 'data-node': node.id },
      this.#header,
      this.#body,
      this.#fault,
      this.#state,
    );
    this.#state.hidden = true;
    this.#fault.hidden = true;
    this.update(node);
  }

  /** Draws the node as the document has it. Returns whether its ports or size changed. */
  update(node: PatchNode): boolean {
    const { key, shape } = this.box;
    const isNew = key !== this.#key;
    if (isNew) {
      this.#key = key;
      this.#rebuild(node);
    } else if (shape) for (const body of this.#bodies) body.update?.(node, shape);
    setText(this.#title, this.#context.titleOf(node));
    this.#updateFact();
    this.element.classList.toggle(css('mod-bypassed'), node.isBypassed === true);
    this.describe();
    return isNew;
  }

  /** Draws what the plan says: rates, latencies, problems. */
  updateFacts(): void {
    for (const body of this.#bodies) body.facts?.();
    this.#titlePorts();
    this.#bypass.title = bypassWords(this.box.shape, this.#context.engine.plan?.nodes[this.id]);
    const problems = this.#context.problemsOf(this.id);
    const isBad = problems.some(problem => problem.severity === 'error');
    this.element.classList.toggle(css('mod-error'), isBad);
    this.element.classList.toggle(css('mod-warning'), !isBad && problems.length > 0);
    this.#state.hidden = problems.length === 0;
    this.#state.title = problems.map(problem => problemWords(this.#context, problem)).join('\n');
    this.element.classList.toggle(
      css('mod-missing'),
      problems.some(({ code }) => code === 'E-RESOURCE-MISSING'),
    );
    this.#showFault(problems.find(({ code }) => FAULTS[code] !== undefined));
    this.#updateFact();
    this.describe();
  }

  /** Says in words what the node is; with `isLive` also what its scope shows right now. */
  describe(isLive = false): void {
    const node = this.#context.store.patch.nodes[this.id];
    if (!node) return;
    const shown = isLive ? this.#bodies.map(body => body.words?.() ?? '') : [];
    this.element.setAttribute('aria-label', [describeNode(this.#context, node), ...shown].filter(Boolean).join(', '));
  }

  /** Draws live figures. */
  updateLive(): void {
    for (const body of this.#bodies) body.live?.();
    if (this.#bodies.some(body => body.fact)) this.#updateFact();
  }

  get hasLive(): boolean {
    return this.#bodies.some(body => body.live !== undefined);
  }

  /** Which ports have a wire: those are filled. */
  setConnected(names: ReadonlySet<string>): void {
    for (const [name, element] of this.#ports) element.classList.toggle(css('mod-connected'), names.has(name));
  }

  portElement(name: string): HTMLElement | undefined {
    return this.#ports.get(name);
  }
  /** The first control in the body, for the keyboard. */
  get firstControl(): HTMLElement | null {
    return this.#body.querySelector<HTMLElement>('[role=slider], button:not([hidden]), [role=img][tabindex]');
  }

  /** A node that bypassed itself says so in place of its body, and offers to start afresh. */
  #showFault(problem: Problem | undefined): void {
    this.#fault.hidden = !problem;
    this.element.classList.toggle(css('mod-fault'), problem !== undefined);
    if (!problem) return;
    const { resetState } = this.#context.callbacks;
    const reset = h('button', { type: 'button', class: css('button', 'mod-small') }, icon('reset'), 'Reset');
    reset.addEventListener('click', () => resetState?.(this.id));
    const text = h('span', {}, FAULTS[problem.code] ?? '');
    this.#fault.title = problemWords(this.#context, problem);
    this.#fault.replaceChildren(icon('warning'), text, ...(resetState ? [reset] : []));
  }

  /** What rests under the pointer at a port: its name and type, and what one item of it is. */
  #titlePorts(): void {
    const plan = this.#context.engine.plan?.nodes[this.id];
    for (const { name, label, type, direction } of this.box.ports) {
      const block = plan?.[direction === 'inlet' ? 'blockFrames' : 'outBlockFrames'] ?? 0;
      const items = itemWords(type, plan?.itemShapes[name], block);
      const title = `${label} (${type})${items && `: ${items}`}`;
      this.#ports.get(name)?.setAttribute('title', title);
    }
  }

  #rebuild(node: PatchNode): void {
    const { width, height } = this.box.layout;
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
    this.element.className = css('Node', `view-${this.box.layout.view}`);
    this.#body.replaceChildren();
    this.#bodies = [];
    if (this.box.shape) {
      const view = makeView(this.#context, node, this.box.shape);
      if (view) this.#bodies.push(view);
      if (this.box.layout.rows.length > 0)
        this.#bodies.push(paramRows(this.#context, node, this.box.shape, this.box.layout.rows));
    } else this.#bodies.push(unknownBody(node));
    for (const body of this.#bodies) this.#body.append(body.element);
    for (const element of this.#ports.values()) element.remove();
    this.#ports = new Map();
    this.viewPorts = [];
    const named = new Map<string, number>();
    for (const spot of this.box.ports) named.set(spot.side, (named.get(spot.side) ?? 0) + (spot.isParam ? 0 : 1));
    for (const spot of this.box.ports) {
      const isNamed = !spot.isParam && ((named.get(spot.side) ?? 0) > 1 || spot.type === 'event');
      const element = makePort(spot, isNamed);
      this.#ports.set(spot.name, element);
      this.viewPorts.push({ name: spot.name, direction: spot.direction, element });
      this.element.append(element);
    }
    this.#titlePorts();
  }

  /** At most one fact at the right of the header. */
  #updateFact(): void {
    setText(this.#fact, this.#factText());
  }
  #factText(): string {
    const node = this.#context.store.patch.nodes[this.id];
    if (!node || !this.box.shape) return '';
    if (node.isBypassed || !this.#fault.hidden) return 'bypassed';
    const own = this.#bodies.find(body => body.fact)?.fact?.();
    if (own) return own;
    const view = this.box.shape.type.view;
    if (view === 'knob' || view === 'resampler' || view === 'model') return '';
    for (const [name, param] of Object.entries(this.box.shape.params)) {
      const text = formatParam(param, this.box.shape.values[name] as string);
      if (param.kind === 'number') {
        // A size that a node without rows is about: "block 512".
        if (!param.isStructural || this.box.layout.rows.length > 0 || view !== 'plain') continue;
        return `${(param.label || name).toLowerCase()} ${text.split(THIN_SPACE)[0]}`;
      }
      // That nothing is chosen says nothing.
      if (text === 'none') continue;
      // "Loop: on" says more than "on".
      if (text === 'on' || text === 'off') return text === 'on' ? (param.label || name).toLowerCase() : '';
      return /^\d+$/.test(text) ? `${(param.label || name).toLowerCase()} ${text}` : text;
    }
    return '';
  }
}

/** A button of the header, seen while the node is selected; editor.ts knows what its action does. */
const headerButton = (action: string, label: string, name: 'power' | 'dots'): HTMLElement =>
  h(
    'button',
    {
      type: 'button',
      class: css('iconButton', 'headerButton'),
      'data-action': action,
      'aria-label': label,
      title: label,
      tabindex: -1,
    },
    icon(name),
  );

/** A port: its shape, its hit area of 24 px, its name where there are several. */
function makePort(spot: PortSpot, isNamed: boolean): HTMLElement {
  const element = h(
    'div',
    {
      class: css('port', `port-${spot.type}`, `side-${spot.side}`),
      'data-port': spot.name,
    },
    s('svg', { viewBox: '-12 -12 24 24', 'aria-hidden': 'true' }, s('path', { d: PORT_SHAPES[spot.type] })),
    isNamed && h('span', { class: css('portName') }, spot.label),
  );
  if (spot.isParam) element.classList.add(css('mod-param'));
  element.style.left = `${spot.x - 12}px`;
  element.style.top = `${spot.y - 12}px`;
  return element;
}
