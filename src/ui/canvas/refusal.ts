// A refused connection: the dashed red wire and the popover with its reason and one fix. Enter applies it, Escape drops it.
// Must not judge connections.
import { ERROR_CODES, type Problem } from '../../core/errors.ts';
import { button, css, h } from '../dom.ts';
import { icon } from '../icons.ts';
import type { PatchCanvas } from './canvas.ts';
import type { PortRef } from './rete-view.ts';
import { type Point, type WireEnd, wirePath } from './wire-path.ts';

export class Refusal {
  readonly #canvas: PatchCanvas;
  #card: HTMLElement | undefined;
  #at: Point = { x: 0, y: 0 };

  constructor(canvas: PatchCanvas) {
    this.#canvas = canvas;
    canvas.moved.add(() => this.#place());
  }

  get isOpen(): boolean {
    return this.#card !== undefined;
  }

  show(problem: Problem, from: PortRef, to: PortRef): void {
    this.close();
    const { canvas } = { canvas: this.#canvas };
    const start = canvas.endOf(from);
    const end = canvas.endOf(to);
    if (start && end) {
      canvas.wires.showRefused(wirePath(canvas.typeOf(from), start, end, []).path);
      this.#at = end;
    }
    canvas.drawBad([...(canvas.context.engine.plan?.problems ?? []), problem]);
    const apply = (): void => {
      this.close();
      if (problem.fix) canvas.context.store.dispatch(problem.fix.transaction);
      canvas.element.focus({ preventScroll: true });
    };
    const drop = (): void => {
      this.close();
      canvas.element.focus({ preventScroll: true });
    };
    const card = h(
      'div',
      {
        class: css('card', 'overlay', 'refusal'),
        role: 'alertdialog',
        'aria-label': 'Connection refused',
        tabindex: -1,
        'data-lm-suppress-shortcuts': 'true',
      },
      h(
        'header',
        {},
        icon('plug'),
        h('b', {}, ERROR_CODES[problem.code]),
        button(css('iconButton'), 'Drop the connection', drop, icon('close')),
      ),
      h('p', {}, problem.message),
      h(
        'footer',
        {},
        problem.fix && button(css('button', 'mod-primary'), problem.fix.label, apply, problem.fix.label),
        h('kbd', {}, problem.fix ? 'Enter' : 'Esc'),
      ),
    );
    card.addEventListener('keydown', event => {
      event.stopPropagation();
      if (event.key === 'Escape') drop();
      else if (event.key === 'Enter') problem.fix ? apply() : drop();
      else return;
      event.preventDefault();
    });
    this.#card = card;
    canvas.element.append(card);
    this.#place();
    card.focus({ preventScroll: true });
  }

  close(): void {
    if (!this.#card) return;
    this.#card.remove();
    this.#card = undefined;
    this.#canvas.wires.showRefused(undefined);
    this.#canvas.drawBad(this.#canvas.context.engine.plan?.problems ?? []);
  }

  #place(): void {
    if (!this.#card) return;
    const at = this.#canvas.viewport.toContainer(this.#at);
    const { clientWidth, clientHeight } = this.#canvas.element;
    const x = Math.max(8, Math.min(at.x + 16, clientWidth - 276));
    const y = Math.max(8, Math.min(at.y + 16, clientHeight - 140));
    this.#card.style.transform = `translate(${x}px, ${y}px)`;
  }
}

/** The free end of a wire as an end: it leaves or enters as its port would. */
export const looseEnd = (at: Point, origin: WireEnd): WireEnd => ({
  x: at.x,
  y: at.y,
  side:
    origin.side === 'bottom' ? 'top' : origin.side === 'top' ? 'bottom' : origin.side === 'right' ? 'left' : 'right',
});
