// Oscilloscope: two traces over time, held still by the trigger. Owns its drawing with d3 scales and lines.
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { PatchNode } from '../../core/patch.ts';
import { scopeFrames } from '../../dsp/recorder.ts';
import { type NodeBody, sayOnFocus } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, s, setText } from '../dom.ts';
import { formatValue } from '../format.ts';
import { signalInWords } from './in-words.ts';
import { findTrigger, unrollRecording } from './recording.ts';

const WIDTH = 264;
const HEIGHT = 90;
const DIVISIONS = 10;
const POINTS_MAX = 528;

function gridPath(): string {
  let path = '';
  for (let i = 1; i < DIVISIONS; i++) path += `M${(i * WIDTH) / DIVISIONS} 0V${HEIGHT}`;
  for (const share of [0.25, 0.5, 0.75]) path += `M0 ${share * HEIGHT}H${WIDTH}`;
  return path;
}

export function makeOscilloscopeBody(context: EditorContext, node: PatchNode): NodeBody {
  const traceA = s('path', { class: css('trace', 'mod-a') });
  const traceB = s('path', { class: css('trace', 'mod-b') });
  const svg = s(
    'svg',
    { class: css('scope'), viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': 'Oscilloscope' },
    s('path', { class: css('grid'), d: gridPath() }),
    traceA,
    traceB,
  );
  const perDivision = h('span');
  const scale = h('span');
  const element = h(
    'div',
    { class: css('scopeBody') },
    svg,
    h(
      'div',
      { class: css('axis') },
      h('span', {}, 'A before'),
      h('span', { class: css('mod-b') }, 'B after'),
      scale,
      perDivision,
    ),
  );
  element.querySelectorAll('span')[0]?.replaceChildren('A');
  element.querySelectorAll('span')[1]?.replaceChildren('B');

  const values = () => {
    const now = context.store.patch.nodes[node.id];
    return (now && context.shapeOf(now)?.values) ?? {};
  };
  const update = (): void => {
    const { timePerDivision = 1, fullScale = 1 } = values();
    setText(perDivision, `${formatValue(Number(timePerDivision), 'ms')} / div`);
    setText(scale, `±${formatValue(Number(fullScale), '')}`);
  };
  const rateHz = (): number => context.engine.plan?.nodes[node.id]?.rateHz ?? context.store.patch.sampleRateHz;
  const unroll = (recording: Float32Array, position: number): Float32Array =>
    unrollRecording(recording, position, scopeFrames(rateHz()));
  const isWired = (port: string): boolean => context.wiresInto(node.id).some(({ to }) => to.port === port);
  const words = (): string => {
    const position = context.engine.readProbe(node.id, 'position')?.[0];
    if (position === undefined) return '';
    const signals = ['a', 'b'].map(port => {
      const recording = isWired(port) ? context.engine.readProbe(node.id, port) : undefined;
      return recording ? `${port.toUpperCase()} ${signalInWords(unroll(recording, position), rateHz())}` : '';
    });
    return signals.filter(Boolean).join('; ');
  };
  sayOnFocus(svg, 'Oscilloscope', words);
  const flat = `M0 ${HEIGHT / 2}H${WIDTH}`;
  const live = (): void => {
    const a = context.engine.readProbe(node.id, 'a');
    const b = context.engine.readProbe(node.id, 'b');
    const position = context.engine.readProbe(node.id, 'position')?.[0];
    if (position === undefined || (!a && !b)) {
      traceA.setAttribute('d', flat);
      traceB.setAttribute('d', '');
      return;
    }
    const { timePerDivision = 1, fullScale = 1, triggerEdge = 'rising', triggerLevel = 0 } = values();
    const frames = (Number(timePerDivision) / 1000) * DIVISIONS * rateHz();
    const signals = [a, b].map(recording => (recording ? unroll(recording, position) : undefined));
    const leader = signals[0] ?? signals[1];
    const length = leader?.length ?? 0;
    const trigger =
      triggerEdge === 'free' || !leader
        ? undefined
        : findTrigger(leader, Number(triggerLevel), triggerEdge === 'rising', frames);
    const start = trigger ?? Math.max(0, length - frames - 1);
    const x = scaleLinear()
      .domain([start, start + frames])
      .range([0, WIDTH]);
    const y = scaleLinear()
      .domain([-Number(fullScale), Number(fullScale)])
      .range([HEIGHT - 2, 2])
      .clamp(true);
    const step = Math.max(1, Math.floor(frames / POINTS_MAX));
    [traceA, traceB].forEach((trace, index) => {
      const signal = signals[index];
      if (!signal || !isWired(index === 0 ? 'a' : 'b')) return trace.setAttribute('d', '');
      const indices: number[] = [];
      for (let i = Math.floor(start); i <= Math.min(length - 1, start + frames + step); i += step) indices.push(i);
      trace.setAttribute(
        'd',
        line<number>()
          .x(i => x(i))
          .y(i => y(Number.isFinite(signal[i]) ? (signal[i] as number) : 0))(indices) ?? '',
      );
    });
  };
  update();
  live();
  return { element, update, live, words };
}
