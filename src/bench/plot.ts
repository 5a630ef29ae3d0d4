// The picture of docs/speed.md: every speed that a mark wants, relative to what it wants, on a logarithmic scale. A pure function.
// The SVG takes its colours, its ground among them, from the reader's theme, light or dark. Must not know how results came about.
import type { BenchResult, GoalResult } from './result.ts';
import { number, STATE_WORDS, wanted } from './words.ts';

const WIDTH = 960;
const LEFT = 400;
const RIGHT = 150;
const TOP = 88;
const ROW = 22;
const BAR = 12;
const BOTTOM = 34;
const FOOT_ROW = 18;
/** Characters of a line at the foot, in the widest of the usual fonts. */
const FOOT_CHARACTERS = 130;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 12px; fill: #57606a }
.ground { fill: #ffffff }
.figure { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
.grid { stroke: #d0d7de; stroke-width: 1 }
.mark { stroke: #24292f; stroke-width: 1.5 }
.reached { fill: #0969da }
.missed { fill: #bc4c00 }
.missing, .void { fill: none; stroke: #57606a; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .ground { fill: #0d1117 }
  .figure { stroke: #0d1117 }
  .grid { stroke: #3d444d }
  .mark { stroke: #e6edf3 }
  .reached { fill: #58a6ff }
  .missed { fill: #f0883e }
  .missing, .void { stroke: #9198a1 }
}
`;

/** How many times better than wanted: 1 is the mark itself; undefined where there is no speed to draw. */
export function margin({
  atLeast,
  atMost,
  value,
}: Pick<GoalResult, 'atLeast' | 'atMost' | 'value'>): number | undefined {
  if (value === null || value <= 0) return undefined;
  if (atLeast !== null && atLeast > 0) return value / atLeast;
  return atMost !== null && atMost > 0 ? atMost / value : undefined;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Words one after the other in lines that fit. */
function inLines(words: readonly string[], between: string): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + between.length + word.length <= FOOT_CHARACTERS)
      lines[lines.length - 1] = `${last}${between}${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What is not drawn, the machine, and the versions of all that was measured. */
function footLines({ machine, browser, peers }: BenchResult, undrawn: readonly string[]): string[] {
  const { processor, cores, memoryGiB, system, node, v8 } = machine;
  const versions = Object.values(peers).map(
    ({ title, version, state }) => `${title} ${version}${state === 'missing' ? ' (MISSING)' : ''}`,
  );
  return [
    ...(undrawn.length > 0 ? inLines([`Told by the table only: ${undrawn[0]}`, ...undrawn.slice(1)], ', ') : []),
    ...inLines(
      [processor, `${cores} cores`, `${memoryGiB} GiB`, system, `Node ${node} (V8 ${v8})`, browser ?? 'no browser'],
      ', ',
    ),
    ...inLines(versions, ', '),
  ];
}

const LEGEND = [
  ['reached', 'reached'],
  ['missed', 'not reached'],
  ['missing', 'missing, or void: the sound is wrong'],
] as const;

/** One bar for each goal about speed. */
export function drawPlot(result: BenchResult): string {
  // A row for each mark's title, and one for each of its goals.
  const rows = result.marks.flatMap(({ title, goals }) => {
    const drawn = goals.filter(goal => !goal.isSound && (goal.atLeast ?? goal.atMost ?? 0) > 0);
    const bars = drawn.map(goal => ({ title, goal, times: margin(goal) }));
    return bars.length > 0 ? [{ title, goal: undefined, times: undefined }, ...bars] : [];
  });
  const all = rows.flatMap(({ times }) => times ?? []);
  const low = Math.min(0.5, ...all) / 1.1;
  const high = Math.max(5, ...all) * 1.1;
  const x = (times: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(times / low)) / Math.log(high / low);
  const undrawn = result.marks.map(({ title }) => title).filter(title => !rows.some(row => row.title === title));
  const foot = footLines(result, undrawn);
  const height = TOP + rows.length * ROW + BOTTOM + foot.length * FOOT_ROW + 10;
  const end = TOP + rows.length * ROW;
  const at = (value: number): string => value.toFixed(1);
  const parts = [
    `<path class="ground" d="M0 0H${WIDTH}V${height}H0z"/>`,
    '<text x="12" y="20">How far each speed lies beyond its mark</text>',
    '<text class="small" x="12" y="40">1 is the mark; to the right is faster; logarithmic. Beside each bar: what was measured, and what was wanted.</text>',
    ...LEGEND.flatMap(([state, words], place) => [
      `<path class="${state}" d="M${12 + place * 110} 51h16v10h-16z"/>`,
      `<text class="small" x="${34 + place * 110}" y="60">${words}</text>`,
    ]),
    ...foot.map(
      (line, row) => `<text class="small" x="12" y="${end + BOTTOM + 8 + row * FOOT_ROW}">${escapeXml(line)}</text>`,
    ),
  ];
  for (const tick of TICKS.filter(value => value >= low && value <= high)) {
    parts.push(
      `<path class="${tick === 1 ? 'mark' : 'grid'}" d="M${at(x(tick))} ${TOP - 8}V${end}"/>`,
      `<text class="small" x="${at(x(tick))}" y="${end + 18}" text-anchor="middle">${tick} ×</text>`,
    );
  }
  for (const [row, { title, goal, times }] of rows.entries()) {
    const y = TOP + row * ROW;
    if (!goal) {
      parts.push(`<text x="12" y="${y + 14}">${escapeXml(title)}</text>`);
      continue;
    }
    const told = goal.value === null ? STATE_WORDS[goal.state] : number(goal.value);
    parts.push(`<text class="small" x="${LEFT - 10}" y="${y + 11}" text-anchor="end">${escapeXml(goal.words)}</text>`);
    const [from, to] = times === undefined ? [x(1), x(1) + 40] : [Math.min(x(1), x(times)), Math.max(x(1), x(times))];
    parts.push(
      `<rect class="${goal.state}" x="${at(from)}" y="${y}" width="${at(Math.max(1, to - from))}" height="${BAR}" rx="1"><title>${escapeXml(`${title}, ${goal.words}: ${told}, wanted ${wanted(goal)}`)}</title></rect>`,
      `<text class="small figure" x="${at(to + 6)}" y="${y + 11}">${escapeXml(`${told} (${wanted(goal)})`)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Speeds relative to their marks">
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`;
}
