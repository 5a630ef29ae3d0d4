// Spectrum: level over frequency of a recorded signal. Owns windowing, averaging over time and the drawing with d3.
import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import type { PatchNode } from '../../core/patch.ts';
import { type NodeBody, sayOnFocus } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, s, setText } from '../dom.ts';
import { formatNumber, formatValue, THIN_SPACE } from '../format.ts';
import { signalInWords } from './in-words.ts';
import { unrollRecording } from './recording.ts';
import { levelSpectrum, type WindowShape } from './level-spectrum.ts';

const WIDTH = 264;
const HEIGHT = 90;
const LOW_HZ = 20;
const TOP_DB = 0;

export function makeSpectrumBody(context: EditorContext, node: PatchNode): NodeBody {
  const fill = s('path', { class: css('spectrumFill') });
  const curve = s('path', { class: css('trace', 'mod-spectrum') });
  const grid = s('path', { class: css('grid') });
  const labels = s('g', { class: css('axisText') });
  const svg = s(
    'svg',
    { class: css('scope'), viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': 'Spectrum' },
    grid,
    labels,
    fill,
    curve,
  );
  const axis = h('div', { class: css('axis') }, h('span'), h('span'), h('span'), h('span'));
  const element = h('div', { class: css('scopeBody') }, svg, axis);
  let smoothed: Float64Array | undefined;
  let lastMs = 0;
  let drawnGrid = '';

  const values = () => {
    const now = context.store.patch.nodes[node.id];
    return (now && context.shapeOf(now)?.values) ?? {};
  };
  const rateHz = (): number => context.engine.plan?.nodes[node.id]?.rateHz ?? context.store.patch.sampleRateHz;
  const scales = () => {
    const { frequencyScale = 'log', floor = -100 } = values();
    const top = rateHz() / 2;
    const x =
      frequencyScale === 'log'
        ? scaleLog().domain([LOW_HZ, top]).range([0, WIDTH]).clamp(true)
        : scaleLinear().domain([0, top]).range([0, WIDTH]);
    const y = scaleLinear()
      .domain([Number(floor), TOP_DB])
      .range([HEIGHT, 0])
      .clamp(true);
    return { x, y, isLog: frequencyScale === 'log', top, floor: Number(floor) };
  };
  const update = (): void => {
    const { x, y, isLog, top, floor } = scales();
    const key = `${isLog} ${top} ${floor}`;
    if (key === drawnGrid) return;
    drawnGrid = key;
    const lines = isLog
      ? [50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000]
      : [0.2, 0.4, 0.6, 0.8].map(share => share * top);
    const levels = y.ticks(4).filter(level => level < TOP_DB && level > floor);
    grid.setAttribute(
      'd',
      lines
        .filter(hz => hz < top)
        .map(hz => `M${x(hz)} 0V${HEIGHT}`)
        .join('') + levels.map(level => `M0 ${y(level)}H${WIDTH}`).join(''),
    );
    labels.replaceChildren(
      ...levels.map(level =>
        s('text', { x: WIDTH - 3, y: y(level) + 3, 'text-anchor': 'end' }, formatNumber(level, 0)),
      ),
    );
    const marks = isLog
      ? [LOW_HZ, LOW_HZ * (top / LOW_HZ) ** (1 / 3), LOW_HZ * (top / LOW_HZ) ** (2 / 3), top]
      : [0, top / 3, (2 * top) / 3, top];
    marks.forEach((hz, i) =>
      setText(axis.children[i] as Element, formatValue(Number(hz.toPrecision(2)), 'Hz').replace(/\.0+(?=\D)/, '')),
    );
  };
  const live = (): void => {
    const recording = context.engine.readProbe(node.id, 'recording');
    const position = context.engine.readProbe(node.id, 'position')?.[0];
    if (!recording || position === undefined) {
      smoothed = undefined;
      curve.setAttribute('d', `M0 ${HEIGHT - 0.75}H${WIDTH}`);
      fill.setAttribute('d', '');
      return;
    }
    const { windowSize = '4096', windowShape = 'Hann', averaging = 100 } = values();
    const size = Number(windowSize);
    const signal = unrollRecording(recording, position);
    const levels = levelSpectrum(signal.subarray(signal.length - size), windowShape as WindowShape);
    const nowMs = performance.now();
    const keep = Number(averaging) > 0 ? Math.exp(-(nowMs - lastMs) / Number(averaging)) : 0;
    lastMs = nowMs;
    if (!smoothed || smoothed.length !== levels.length) smoothed = levels;
    // Power is averaged, not dB: that is what the ear and a long window do.
    else
      for (let i = 0; i < levels.length; i++)
        smoothed[i] = (smoothed[i] as number) * keep + (levels[i] as number) * (1 - keep);
    const { x, y, floor } = scales();
    const points: [number, number][] = [];
    let lastX = -1;
    for (let bin = 1; bin < smoothed.length; bin++) {
      const at = x((bin * rateHz()) / size);
      const power = smoothed[bin] as number;
      const level = power > 0 ? 10 * Math.log10(power) : floor;
      const last = points.at(-1);
      // Several bins in one pixel: the strongest counts.
      if (last && at - lastX < 0.75) last[1] = Math.max(last[1], level);
      else {
        points.push([at, level]);
        lastX = at;
      }
    }
    curve.setAttribute(
      'd',
      line<[number, number]>()
        .x(p => p[0])
        .y(p => y(p[1]))(points) ?? '',
    );
    fill.setAttribute(
      'd',
      area<[number, number]>()
        .x(p => p[0])
        .y0(HEIGHT)
        .y1(p => y(p[1]))(points) ?? '',
    );
  };
  const words = (): string => {
    const recording = context.engine.readProbe(node.id, 'recording');
    const position = context.engine.readProbe(node.id, 'position')?.[0];
    return recording && position !== undefined ? signalInWords(unrollRecording(recording, position), rateHz()) : '';
  };
  sayOnFocus(svg, 'Spectrum', words);
  update();
  live();
  return { element, update, facts: update, live, words };
}

export const spectrumFact = (size: string): string => `window${THIN_SPACE}${size}`;
