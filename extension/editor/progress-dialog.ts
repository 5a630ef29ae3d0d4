// The dialogs around a long job of the worker: progress with a way to stop, then its report, or why there is none.
// Owns how they look; what runs and what is told is the caller's.
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { PatchError } from '../../src/core/errors.ts';
import type { JobOptions } from '../../src/engine/worker-client.ts';
import { css, h } from '../../src/ui/dom.ts';

/** A report under a title. */
export async function showReport(title: string, ...content: readonly HTMLElement[]): Promise<void> {
  await showDialog({
    title,
    body: new Widget({ node: h('div', { class: css('report') }, ...content) }),
    buttons: [Dialog.okButton()],
  });
}

/**
 * Runs a job with its progress on the screen. Undefined when it was cancelled or failed: the problems are shown then, under
 * `verdict`.
 */
export async function runWithProgress<Answer>(
  title: string,
  verdict: string,
  job: (options: JobOptions) => Promise<Answer>,
): Promise<Answer | undefined> {
  const control = new AbortController();
  const bar = h('progress', { max: 1, value: 0, 'aria-label': title });
  const what = h('p', { 'aria-live': 'polite' }, '0 %');
  const dialog = new Dialog({
    title,
    body: new Widget({ node: h('div', { class: css('report') }, bar, what) }),
    buttons: [Dialog.cancelButton()],
  });
  void dialog.launch().then(() => control.abort());
  const onProgress = (share: number, step: string): void => {
    bar.value = share;
    what.textContent = `${Math.round(share * 100)} % · ${step}`;
  };
  let failure: PatchError | undefined;
  try {
    const answer = await job({ onProgress, signal: control.signal });
    if (!control.signal.aborted) return answer;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.code !== 'E-CANCELLED') failure = error;
  } finally {
    if (!dialog.isDisposed) dialog.reject();
  }
  if (failure) await showFailure(title, verdict, failure);
  return undefined;
}

async function showFailure(title: string, verdict: string, error: PatchError): Promise<void> {
  const lines = error.problems.map(problem => h('p', {}, h('code', {}, problem.code), ` ${problem.message}`));
  const head = h('p', { class: css('verdict'), 'data-ok': 'false' }, verdict);
  await showReport(title, h('div', { role: 'alert' }, head, ...lines));
}
