// A refused connection: the dashed red wire and the popover with its reason and one fix. Enter applies it, Escape drops it.
// Must not judge connections.
import { ERROR_CODES, type Problem } from '../../core/errors.ts';
import { button, css, h } from '../dom.ts';
import { icon } from '../icons.ts';
import { problemWords } from '../problem-words.ts';
import { applyFix } from './apply-fix.ts';
import type { PatchCanvas } from './canvas.ts';
import { REFUSED_BESIDE } from './refused-wire.ts';
import type { PortRef } from './rete-view.ts';
import type { Point, WireEnd } from './wire-path.ts';

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
    const canvas = this.#canvas;
    const start = canvas.endOf(from);
    const end = canvas.endOf(to);
    if (start && end) {
      canvas.refused.show(start, end);
      this.#at = end;
    }
    canvas.drawBad([...(canvas.context.engine.plan?.problems ?? []), problem]);
    const apply = (): void => {
      this.close();
      if (problem.fix) applyFix(canvas.context, problem.fix);
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
      h('p', {}, problemWords(canvas.context, problem)),
      h(
        'footer',
        {},
        problem.fix && button(css('button', 'mod-primary', 'mod-fix'), problem.fix.label, apply, problem.fix.label),
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
    this.#canvas.refused.hide();
    this.#canvas.drawBad(this.#canvas.context.engine.plan?.problems ?? []);
  }

  #place(): void {
    if (!this.#card) return;
    const at = this.#canvas.viewport.toContainer(this.#at);
    const { clientWidth, clientHeight } = this.#canvas.element;
    const { offsetWidth, offsetHeight } = this.#card;
    const [right, bottom] = [clientWidth - offsetWidth - 8, clientHeight - offsetHeight - 8];
    // Below the inlet, else beside the curve, else above ⊗: what it is about stays in sight.
    const beside = at.x + REFUSED_BESIDE * this.#canvas.viewport.transform.k;
    const [x, y] =
      at.y + 16 <= bottom
        ? [at.x + 16, at.y + 16]
        : beside <= right
          ? [beside, bottom]
          : [at.x + 16, at.y - 36 - offsetHeight];
    this.#card.style.transform = `translate(${Math.max(8, Math.min(x, right))}px, ${Math.max(8, Math.min(y, bottom))}px)`;
  }
}

/** The free end of a wire as an end: it leaves or enters as its port would. */
export const looseEnd = (at: Point, origin: WireEnd): WireEnd => ({
  x: at.x,
  y: at.y,
  side:
    origin.side === 'bottom' ? 'top' : origin.side === 'top' ? 'bottom' : origin.side === 'right' ? 'left' : 'right',
});
