// The outline: the patch as a list of sentences beside the canvas, for screen readers, which see nothing in a drawing.
// Owns the hidden list; the words are in describe.ts.
import type { Connection } from '../../core/patch.ts';
import { css, h, setText } from '../dom.ts';
import type { PatchCanvas } from './canvas.ts';
import { describeNode, describeWires } from './describe.ts';
import { planOrder } from './walk.ts';

/** A list that nobody watches need not follow every step of a knob. */
const REST_MS = 250;

/** Adds the outline after the canvas: nodes in the order of the sound, each with its connections, kept up to date. */
export function addOutline(canvas: PatchCanvas, host: HTMLElement): void {
  const { context, disposables } = canvas;
  const list = h('ol', {
    class: css('srOnly', 'outline'),
    'aria-label': 'Outline of the patch, in the order of the sound',
  });
  host.append(list);
  let timer = 0;
  const draw = (): void => {
    timer = 0;
    const { patch } = context.store;
    const starts = new Map<string, Connection[]>();
    for (const connection of Object.values(patch.connections)) {
      const known = starts.get(connection.from.node);
      if (known) known.push(connection);
      else starts.set(connection.from.node, [connection]);
    }
    const order = planOrder(patch);
    while (list.children.length > order.length) list.lastElementChild?.remove();
    while (list.children.length < order.length) list.append(h('li'));
    order.forEach((id, index) => {
      const node = patch.nodes[id];
      if (!node) return;
      const words = `${describeNode(context, node)}. ${describeWires(context, context.wiresInto(id), starts.get(id) ?? [])}`;
      setText(list.children[index] as Element, words);
    });
  };
  const schedule = (): void => {
    if (timer === 0) timer = window.setTimeout(draw, REST_MS);
  };
  let plan: unknown;
  disposables.add(context.store.subscribe(schedule));
  disposables.add(
    context.engine.onChange(() => {
      if (context.engine.plan !== plan) schedule();
      plan = context.engine.plan;
    }),
  );
  disposables.add(() => clearTimeout(timer));
  schedule();
}
