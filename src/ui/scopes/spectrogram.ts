// Spectrogram: level over frequency and time of a recorded signal. Owns its drawing: pixels on a canvas element, axes with d3.
// What a column is, is spectrogram-columns.ts's.
import { scaleLinear, scaleLog } from 'd3-scale';
import type { PatchNode } from '../../core/patch.ts';
import { type NodeBody, sayOnFocus } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, s, setText } from '../dom.ts';
import { formatNumber, THIN_SPACE } from '../format.ts';
import { signalInWords } from './in-words.ts';
import type { WindowShape } from './level-spectrum.ts';
import { binsBetween, SPECTROGRAM_FRAMES, SpectrogramColumns, type Written } from './spectrogram-columns.ts';

const WIDTH = 264;
const HEIGHT = 120;
const LOW_HZ = 40;
const TOP_DB = 0;
const ROUND_HZ = [100, 1000, 10_000];
/** Room for a figure of a label, in px. */
const FIGURE_WIDTH = 6.5;
/** Steps between the ground and full scale. */
const SHADES = 256;
/** Frames that are described in words. */
const SPOKEN_FRAMES = 8192;

/**
 * Colours from silence to full scale as the theme has them, red, green, blue one after the other. They are the body's: a node has
 * none before it stands in the page.
 */
function makeShades(): Uint8ClampedArray {
  const style = getComputedStyle(document.body);
  const colour = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const ramp = scaleLinear<string>()
    .domain([0, 0.6, 1])
    .range([
      colour('--np-scope', '#fafbfb'),
      colour('--np-spectrum', '#3d7a1e'),
      colour('--jp-ui-font-color1', '#212121'),
    ]);
  const shades = new Uint8ClampedArray(3 * SHADES);
  for (let n = 0; n < SHADES; n++)
    shades.set([...ramp(n / (SHADES - 1)).matchAll(/[\d.]+/g)].slice(0, 3).map(Number), 3 * n);
  return shades;
}

export function makeSpectrogramBody(context: EditorContext, node: PatchNode): NodeBody {
  const picture = h('canvas', { width: WIDTH, height: HEIGHT });
  const grid = s('path', { class: css('grid') });
  const labels = s('g', { class: css('axisText') });
  const svg = s('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': 'Spectrogram' }, grid, labels);
  const from = h('span');
  const element = h(
    'div',
    { class: css('scopeBody') },
    h('div', { class: css('scope', 'mod-spectrogram') }, picture, svg),
    h('div', { class: css('axis') }, from, h('span', {}, 'now')),
  );
  const pen = picture.getContext('2d');
  const strip = pen?.createImageData(1, HEIGHT);
  let columns: SpectrogramColumns | undefined;
  let shades: Uint8ClampedArray = new Uint8ClampedArray();
  let rows: readonly (readonly [number, number])[] = [];
  let drawn = -1;
  let key = '';

  const values = () => {
    const now = context.store.patch.nodes[node.id];
    return (now && context.shapeOf(now)?.values) ?? {};
  };
  const rateHz = (): number => context.engine.plan?.nodes[node.id]?.rateHz ?? context.store.patch.sampleRateHz;
  const floorDb = (): number => Number(values().floor ?? -90);

  const clear = (): void => {
    pen?.clearRect(0, 0, WIDTH, HEIGHT);
    drawn = -1;
  };
  const drawColumn = (power: Float64Array, x: number): void => {
    if (!pen || !strip) return;
    const floor = floorDb();
    for (let y = 0; y < HEIGHT; y++) {
      const [first, last] = rows[y] ?? [0, 0];
      let most = 0;
      for (let bin = first; bin <= last; bin++) most = Math.max(most, power[bin] as number);
      const level = most > 0 ? 10 * Math.log10(most) : floor;
      const shade = Math.round(Math.max(0, Math.min(1, (level - floor) / (TOP_DB - floor))) * (SHADES - 1));
      strip.data.set(shades.subarray(3 * shade, 3 * shade + 3), 4 * y);
      strip.data[4 * y + 3] = 255;
    }
    pen.putImageData(strip, x, 0);
  };
  /** Moves the picture to the left and draws what is new at the right; the newest column may have grown since. */
  const drawNew = (): void => {
    if (!pen || !columns || columns.newest < 0) return;
    const steps = drawn < 0 ? WIDTH : Math.min(WIDTH, columns.newest - drawn);
    if (steps > 0 && drawn >= 0) {
      pen.globalCompositeOperation = 'copy';
      pen.drawImage(picture, -steps, 0);
      pen.globalCompositeOperation = 'source-over';
    }
    for (let back = Math.min(WIDTH - 1, steps); back >= 0; back--) {
      const power = columns.column(columns.newest - back);
      if (power) drawColumn(power, WIDTH - 1 - back);
    }
    drawn = columns.newest;
  };

  const update = (): void => {
    const { windowSize = '1024', windowShape = 'Hann', frequencyScale = 'log', timeSpan = 5 } = values();
    const theme = document.body.dataset.jpThemeLight ?? '';
    const next = [windowSize, windowShape, frequencyScale, timeSpan, floorDb(), rateHz(), theme].join(' ');
    if (next === key) return;
    key = next;
    const size = Number(windowSize);
    const columnFrames = Math.max(1, Math.round((Number(timeSpan) * rateHz()) / WIDTH));
    const known = columns?.options;
    if (known?.size !== size || known.shape !== windowShape || known.columnFrames !== columnFrames)
      columns = new SpectrogramColumns({ size, shape: windowShape as WindowShape, columnFrames, columns: WIDTH });
    shades = makeShades();
    const top = rateHz() / 2;
    const isLog = frequencyScale === 'log';
    const y = (isLog ? scaleLog() : scaleLinear()).domain([isLog ? LOW_HZ : 0, top]).range([HEIGHT, 0]);
    rows = Array.from({ length: HEIGHT }, (_, row) =>
      binsBetween(y.invert(row + 1), y.invert(row), rateHz() / size, size / 2 + 1),
    );
    const ticks = isLog ? ROUND_HZ.filter(hz => hz < top) : y.ticks(4).filter(hz => hz > 0 && hz < top);
    grid.setAttribute('d', ticks.map(hz => `M0 ${y(hz)}h4`).join(''));
    labels.replaceChildren(
      ...ticks.flatMap(hz => {
        const text = hz >= 1000 ? `${hz / 1000}k` : String(hz);
        // A plate: the picture behind may have any colour.
        const plate = s('rect', { x: 4, y: y(hz) - 6.5, width: text.length * FIGURE_WIDTH + 4, height: 13, rx: 2 });
        return [plate, s('text', { x: 6, y: y(hz) + 3.5 }, text)];
      }),
    );
    setText(from, `${formatNumber(-Number(timeSpan), 1)}${THIN_SPACE}s`);
    clear();
    drawNew();
  };
  const look = (): Written | undefined => {
    const recording = context.engine.readProbe(node.id, 'recording');
    const written = context.engine.readProbe(node.id, 'written')?.[0];
    return recording && written !== undefined ? { recording, written } : undefined;
  };
  const live = (): void => {
    // Another theme may have come; nothing else tells.
    update();
    const source = look();
    if (!source || !columns) {
      columns?.clear();
      clear();
      return;
    }
    const before = columns.newest;
    columns.push(source);
    if (columns.newest < before) clear();
    drawNew();
  };
  const words = (): string => {
    const { recording, written } = look() ?? { recording: new Float32Array(), written: 0 };
    const count = Math.min(SPOKEN_FRAMES, written);
    const latest = Float32Array.from(
      { length: count },
      (_, i) => recording[(written - count + i) % SPECTROGRAM_FRAMES] as number,
    );
    return count > 0 ? signalInWords(latest, rateHz()) : '';
  };
  sayOnFocus(svg, 'Spectrogram', words);
  update();
  return { element, update, facts: update, live, words };
}
