// Problems as a list with their fixes: of one node in the inspector, of the whole patch in a panel.
// Owns their drawing; the texts and fixes are the core's.
import type { Problem } from '../../core/errors.ts';
import { applyFix } from '../canvas/apply-fix.ts';
import type { EditorContext } from '../context.ts';
import { css, h } from '../dom.ts';
import { icon } from '../icons.ts';
import { problemWords } from '../problem-words.ts';

/** One row per problem; a fix is applied with one click, a click on the text selects the node. */
export function makeProblemList(context: EditorContext, problems: readonly Problem[]): HTMLElement {
  const list = h('ul', { class: css('problems') });
  for (const problem of problems) {
    const { fix, nodeId } = problem;
    const text = h('span', { class: css('problemText') }, problemWords(context, problem));
    const row = h(
      'li',
      { class: css(`problem-${problem.severity}`) },
      icon('warning'),
      h('code', { class: css('mono') }, problem.code),
      text,
    );
    if (nodeId !== undefined && Object.hasOwn(context.store.patch.nodes, nodeId)) {
      text.classList.add(css('mod-clickable'));
      text.addEventListener('click', () => context.session.select({ nodes: [nodeId] }));
    }
    if (fix) {
      const button = h('button', { type: 'button', class: css('button', 'mod-small', 'mod-fix') }, fix.label);
      button.addEventListener('click', () => applyFix(context, fix));
      row.append(button);
    }
    list.append(row);
  }
  if (problems.length === 0) list.append(h('li', { class: css('second') }, 'No problems.'));
  return list;
}
