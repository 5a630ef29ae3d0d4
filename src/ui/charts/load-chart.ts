// The chart of a load profile: share of the budget over block size, one panel per sample rate, with the budget and the safe limit.
// A pure function without DOM, so that the command line draws it too; colours follow the page's theme where there is one.
// Owns the drawing; what was measured and what its words mean is the caller's.
import { scaleLog, scalePoint } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatNumber, formatRate, THIN_SPACE } from '../format.ts';
import { escapeXml } from '../picture.ts';

/** Shares of the budget, 0–1 and above, of blocks of one size at one rate. */
export interface LoadPoint {
  readonly sampleRateHz: number;
  readonly blockFrames: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly misses: number;
  readonly blocks: number;
}

export interface LoadChart {
  readonly title: string;
  /** In words how it was measured, at most two lines; stands below the title. */
  readonly notes: readonly string[];
  /** Limit below which a load is safe, 0–1. */
  readonly safeShare: number;
  readonly points: readonly LoadPoint[];
}

const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 200;
const LEFT = 56;
const TOP = 78;
const NOTE_TOP = 34;
const NOTE_HEIGHT = 14;
/** Room for the words above, also where there is one rate only. */
const PANELS_MIN = 2;
const GAP = 28;
const BOTTOM = 58;
const RIGHT = 44;
/** The scale reaches at least from 1 % to 200 %: further where something lies beyond, but not below 0.01 %. */
const LOWEST = 0.0001;
const LOW = 0.01;
const HIGH = 2;

// Outside a page with the product's style the second value counts.
const INK = 'var(--jp-ui-font-color1, #212121)';
const INK_2 = 'var(--np-ink-2, #5c5c5c)';
const GRID = 'var(--np-grid, #e6e8ea)';
const BACK = 'var(--np-scope, #fafbfb)';
const BAND = 'var(--np-load, #5f7386)';
const SAFE = 'var(--np-warn-ink, #8f5000)';
const ERROR = 'var(--np-error-ink, #c02626)';

const round = (value: number): number => Math.round(value * 10) / 10;

const drawText = (x: number, y: number, text: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" fill="${INK_2}" ${attributes}>${escapeXml(text)}</text>`;

/** "0.1 %", "80 %". */
const percentText = (share: number): string =>
  `${formatNumber(share * 100, share >= 0.01 ? 0 : share >= 0.001 ? 1 : 2)}${THIN_SPACE}%`;

interface Scales {
  readonly x: (block: number) => number;
  readonly y: (share: number) => number;
  readonly ticks: readonly number[];
}

function makeScales(points: readonly LoadPoint[]): Scales {
  const shares = points.flatMap(({ p50, max }) => [p50, max]).filter(share => share > 0);
  const low = Math.max(LOWEST, Math.min(LOW, ...shares));
  const high = Math.max(HIGH, ...shares);
  const y = scaleLog().domain([low, high]).range([PANEL_HEIGHT, 0]).clamp(true).nice();
  const blocks = [...new Set(points.map(point => point.blockFrames))].sort((a, b) => a - b);
  const x = scalePoint<number>().domain(blocks).range([0, PANEL_WIDTH]).padding(0.4);
  const ticks = y.ticks().filter(tick => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return { x: block => x(block) ?? 0, y: share => y(Math.max(share, LOWEST)), ticks };
}

function drawPanel(points: readonly LoadPoint[], { x, y, ticks }: Scales, chart: LoadChart, isLast: boolean): string {
  const parts = [`<rect width="${PANEL_WIDTH}" height="${PANEL_HEIGHT}" rx="2" fill="${BACK}"/>`];
  for (const tick of ticks) parts.push(`<path d="M0 ${round(y(tick))}H${PANEL_WIDTH}" stroke="${GRID}"/>`);
  for (const [share, colour, text] of [
    [chart.safeShare, SAFE, 'safe'],
    [1, ERROR, 'budget'],
  ] as const) {
    parts.push(`<path d="M0 ${round(y(share))}H${PANEL_WIDTH}" stroke="${colour}" stroke-dasharray="4 3"/>`);
    // 80 % and 100 % lie close together on this scale: one label stands above its line, the other below.
    const at = y(share) + (share === 1 ? -4 : 11);
    if (isLast) parts.push(`<text x="${PANEL_WIDTH + 4}" y="${round(at)}" fill="${colour}">${text}</text>`);
  }
  parts.push(
    `<path d="${area<LoadPoint>()
      .x(p => round(x(p.blockFrames)))
      .y0(p => round(y(p.p50)))
      .y1(p => round(y(p.p99)))(points)}" fill="${BAND}" fill-opacity="0.2"/>`,
  );
  for (const [name, width] of [
    ['p50', 2],
    ['p95', 1],
    ['p99', 1.5],
  ] as const) {
    const path = line<LoadPoint>()
      .x(p => round(x(p.blockFrames)))
      .y(p => round(y(p[name])))(points);
    parts.push(`<path data-figure="${name}" d="${path}" fill="none" stroke="${BAND}" stroke-width="${width}"/>`);
  }
  for (const point of points) {
    const at = round(x(point.blockFrames));
    const title = `${point.blockFrames} frames: p50 ${percentText(point.p50)}, p95 ${percentText(point.p95)}, p99 ${percentText(point.p99)}, longest ${percentText(point.max)}, ${point.misses} of ${point.blocks} blocks missed`;
    const colour = point.misses > 0 ? ERROR : BAND;
    const top = round(y(point.max));
    parts.push(
      `<g><title>${escapeXml(title)}</title><circle cx="${at}" cy="${top}" r="2.5" fill="${colour}"/></g>`,
      drawText(at, PANEL_HEIGHT + 16, String(point.blockFrames), 'text-anchor="middle"'),
    );
    if (point.misses > 0)
      parts.push(
        `<text data-misses="${point.misses}" x="${at}" y="${round(Math.max(9, top - 6))}" text-anchor="middle" fill="${ERROR}">${point.misses}</text>`,
      );
  }
  return parts.join('');
}

/** The chart as an SVG document; a point whose rate has no figures is simply not there. */
export function loadChartSvg(chart: LoadChart): string {
  const rates = [...new Set(chart.points.map(point => point.sampleRateHz))].sort((a, b) => a - b);
  const scales = makeScales(chart.points);
  const width = LEFT + Math.max(PANELS_MIN, rates.length) * (PANEL_WIDTH + GAP) - GAP + RIGHT;
  const height = TOP + PANEL_HEIGHT + BOTTOM;
  const panels = rates.map((rateHz, index) => {
    const points = chart.points
      .filter(point => point.sampleRateHz === rateHz)
      .sort((a, b) => a.blockFrames - b.blockFrames);
    const left = LEFT + index * (PANEL_WIDTH + GAP);
    return `<g transform="translate(${left} ${TOP})">${drawText(0, -8, formatRate(rateHz), 'font-weight="600"')}${drawPanel(points, scales, chart, index === rates.length - 1)}</g>`;
  });
  const labels = scales.ticks.map(tick =>
    drawText(LEFT - 6, TOP + scales.y(tick) + 4, percentText(tick), 'text-anchor="end"'),
  );
  const legend =
    'Thick line: half of the blocks stay below (p50). Thin ones: p95, p99. Dot: longest block; red with the number of misses.';
  const style = 'font: 11px var(--jp-ui-font-family, system-ui, sans-serif); font-variant-numeric: tabular-nums';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" style="${style}">`,
    `<title>${escapeXml(`${chart.title}. ${chart.notes.join(' ')}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="var(--jp-layout-color1, #ffffff)"/>`,
    `<text x="${LEFT}" y="18" font-size="13" font-weight="600" fill="${INK}">${escapeXml(chart.title)}</text>`,
    ...chart.notes.map((note, n) => drawText(LEFT, NOTE_TOP + n * NOTE_HEIGHT, note)),
    ...labels,
    ...panels,
    drawText(LEFT, TOP + PANEL_HEIGHT + 34, 'Block in frames; share of the time that a block lasts, log scale'),
    drawText(LEFT, TOP + PANEL_HEIGHT + 49, legend),
    '</svg>',
  ].join('\n');
}
