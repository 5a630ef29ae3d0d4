// Waveform of an audio file with the play position. Owns its drawing on a small canvas element.
import type { PatchNode } from '../../core/patch.ts';
import type { AudioResource } from '../../core/resource.ts';
import type { NodeBody } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, s, setText } from '../dom.ts';
import { formatTime } from '../format.ts';
import { waveformPath } from './recording.ts';

const WIDTH = 168;
const HEIGHT = 28;
const BARS = 67;

export function makeWaveformBody(context: EditorContext, node: PatchNode): NodeBody {
  const slots = Object.entries(context.registry.get(node.type)?.resources ?? {});
  const slot = slots.find(([, { kind }]) => kind === 'audio')?.[0] ?? 'audio';
  const bars = s('path', { class: css('waveBars') });
  const cursor = s('path', { class: css('waveCursor'), d: `M0 0V${HEIGHT}` });
  const svg = s(
    'svg',
    { class: css('scope', 'mod-wave'), viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': 'Waveform' },
    bars,
    cursor,
  );
  const name = h('span', { class: css('fileName') });
  const time = h('span', { class: css('second') });
  const locate = h('button', { type: 'button', class: css('link') }, 'Choose file');
  locate.addEventListener('click', () => context.callbacks.locateFile?.(node.id, slot));
  const element = h('div', { class: css('waveBody') }, svg, h('div', { class: css('row') }, name, locate, time));
  let drawn: AudioResource | undefined;
  let isFirst = true;

  const facts = (): void => {
    const resource = context.engine.resource(node.id, slot);
    const audio = resource?.kind === 'audio' ? resource : undefined;
    const path = context.store.patch.nodes[node.id]?.resources?.[slot] ?? '';
    setText(name, path ? path.replace(/^builtin:/, '').replace(/^.*\//, '') : 'No file yet');
    name.title = path;
    locate.hidden = audio !== undefined || !context.callbacks.locateFile;
    if (audio === drawn && !isFirst) return;
    isFirst = false;
    drawn = audio;
    bars.setAttribute('d', audio ? waveformPath(audio.channels[0] ?? new Float32Array(1), WIDTH, HEIGHT, BARS) : '');
    live();
  };
  const live = (): void => {
    const frames = drawn?.channels[0]?.length ?? 0;
    const seconds = drawn ? frames / drawn.sampleRateHz : 0;
    const position = context.engine.readProbe(node.id, 'position')?.[0];
    const rateHz = context.engine.plan?.nodes[node.id]?.outRateHz ?? context.store.patch.sampleRateHz;
    const at = position === undefined ? 0 : Math.min(seconds, position / rateHz);
    cursor.setAttribute('transform', `translate(${seconds > 0 ? (at / seconds) * WIDTH : 0} 0)`);
    const length = formatTime(seconds);
    setText(time, !drawn ? '' : position === undefined ? length : `${formatTime(at)} / ${length}`);
  };
  facts();
  live();
  return { element, update: facts, facts, live };
}
