// Messages about the whole patch, between toolbar and canvas: what reading the file found, why it does not play, what the
// page lacks, what did not work. Problems of one node or wire are the toolbar's list and the canvas's.
import type { Problem } from '../../src/core/errors.ts';
import { insecurePage } from '../../src/engine/secure-page.ts';
import { button, css, h } from '../../src/ui/dom.ts';
import { icon } from '../../src/ui/icons.ts';
import type { PatchSession } from './patch-session.ts';

const SHOWN_MAX = 4;

const isAboutPatch = (problem: Problem): boolean =>
  problem.nodeId === undefined && !problem.path.startsWith('connections.');
const keyOf = (problem: Problem): string => `${problem.code} ${problem.message}`;

/** Shows the messages; returns the function that takes them away. */
export function mountNotices(host: HTMLElement, session: PatchSession): () => void {
  const strip = h('div', { class: css('notices'), role: 'status', 'aria-live': 'polite' });
  host.append(strip);
  const dismissed = new Set<string>();
  let shown: string | undefined;

  const row = (problem: Problem): HTMLElement => {
    const { fix } = problem;
    const dismiss = (): void => {
      // What was tried may be tried again, and is told again.
      if (session.told.includes(problem)) session.dismiss(problem);
      else dismissed.add(keyOf(problem));
      draw();
    };
    return h(
      'div',
      { class: css('notice', `mod-${problem.severity}`), 'data-code': problem.code },
      icon('warning'),
      h('code', {}, problem.code),
      h('span', {}, problem.message),
      fix && button(css('button', 'mod-small'), fix.label, () => session.store.dispatch(fix.transaction), fix.label),
      button(css('iconButton'), 'Dismiss', dismiss, '×'),
    );
  };
  const draw = (): void => {
    const told = session.view.plan?.problems.filter(isAboutPatch) ?? [];
    const page = insecurePage();
    const all = [...(page ? [page] : []), ...session.told, ...session.fileProblems, ...told];
    const open = [...new Map(all.map(problem => [keyOf(problem), problem])).values()].filter(
      problem => !dismissed.has(keyOf(problem)),
    );
    const key = open.map(keyOf).join('\n');
    if (key === shown) return;
    shown = key;
    const rest = open.length - SHOWN_MAX;
    strip.replaceChildren(...open.slice(0, SHOWN_MAX).map(row));
    if (rest > 0) strip.append(h('div', { class: css('notice') }, `and ${rest} more`));
  };
  const end = session.view.onChange(draw);
  draw();
  return () => {
    end();
    strip.remove();
  };
}
