// Spectrum: level over frequency of a recorded signal. Owns windowing, averaging over time and the drawing with d3.
import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import type { PatchNode } from '../../core/patch.ts';
import { type NodeBody, sayOnFocus } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, s } from '../dom.ts';
import { formatNumber, THIN_SPACE } from '../format.ts';
import { signalInWords } from './in-words.ts';
import { levelSpectrum, type WindowShape } from './level-spectrum.ts';
import { unrollRecording } from './recording.ts';

const WIDTH = 264;
const HEIGHT = 90;
const LOW_HZ = 20;
const TOP_DB = 0;
const ROUND_HZ = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/** Width of a label's letter, the least gap between two labels, and how far one may stand out, in px of the axis' type. */
const LETTER_PX = 6.4;
const LABEL_GAP_PX = 3;
const OVERHANG_PX = 8;

/** "500", "2k". */
const tickText = (hz: number): string => (hz >= 1000 ? `${hz / 1000}k` : String(hz));

interface Tick {
  readonly text: string;
  /** In px from the left. */
  readonly x: number;
  readonly isFirst: boolean;
}

/** Labels of the axis, each at its own frequency; those are left out that would touch the one before or stand out of the node. */
export function placeTicks(frequenciesHz: readonly number[], toX: (hz: number) => number): Tick[] {
  const placed: Tick[] = [];
  let end = -Infinity;
  for (const hz of frequenciesHz) {
    const isFirst = placed.length === 0;
    const text = tickText(hz);
    const width = text.length * LETTER_PX;
    const x = toX(hz);
    // The first begins at the left edge, the others are centred.
    const left = isFirst ? x : x - width / 2;
    if (left < end + LABEL_GAP_PX || left + width > WIDTH + OVERHANG_PX) continue;
    end = left + width;
    placed.push({ text, x, isFirst });
  }
  return placed;
}

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
  const axis = h('div', { class: css('axis', 'mod-ticks'), title: 'Frequency in Hz' });
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
    const ticks = isLog ? ROUND_HZ.filter(hz => hz < top) : x.ticks(5);
    const levels = y.ticks(4).filter(level => level < TOP_DB && level > floor);
    grid.setAttribute(
      'd',
      ticks
        .filter(hz => x(hz) > 0)
        .map(hz => `M${x(hz)} 0V${HEIGHT}`)
        .join('') + levels.map(level => `M0 ${y(level)}H${WIDTH}`).join(''),
    );
    labels.replaceChildren(
      ...levels.map(level =>
        s('text', { x: WIDTH - 3, y: y(level) + 3, 'text-anchor': 'end' }, formatNumber(level, 0)),
      ),
    );
    axis.replaceChildren(
      ...placeTicks(ticks, x).map(({ text, x: at, isFirst }) => {
        const label = h('span', {}, text);
        label.style.left = `${(at / WIDTH) * 100}%`;
        if (isFirst) label.style.transform = 'none';
        return label;
      }),
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
