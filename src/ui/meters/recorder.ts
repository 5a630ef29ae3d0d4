// Body of a file recorder: the level that reaches it, and the button that starts and saves all recorders of the patch.
// Owns its drawing; what is recorded is the engine's, where it is saved the extension's.
import type { PatchNode } from '../../core/patch.ts';
import type { NodeBody } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { button, css, h, setText } from '../dom.ts';
import { icon } from '../icons.ts';
import { makeMeterBody } from './level-meter.ts';

export function makeRecorderBody(context: EditorContext, node: PatchNode): NodeBody {
  const meter = makeMeterBody(context, node);
  const text = h('span');
  const toggle = button(
    css('button', 'record'),
    'Record all file recorders',
    () => context.callbacks.toggleTracks?.(),
    icon('record'),
    text,
  );
  toggle.hidden = !context.callbacks.toggleTracks;
  const live = (): void => {
    const { isRecording } = context.engine;
    setText(text, !isRecording ? 'Record' : context.isPlaying ? 'Stop and save' : 'Records from the start');
    toggle.setAttribute('aria-label', isRecording ? 'Stop recording and save' : 'Record all file recorders');
    toggle.setAttribute('aria-pressed', String(isRecording));
    toggle.classList.toggle(css('mod-on'), isRecording);
    meter.live?.();
  };
  live();
  return {
    element: h('div', {}, meter.element, h('div', { class: css('row') }, toggle)),
    live,
    fact: () => meter.fact?.() ?? '',
  };
}
