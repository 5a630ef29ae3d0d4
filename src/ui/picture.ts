// A patch as a static SVG picture: for notebooks and viewers without the extension. A pure function without DOM; all text is
// escaped. Shares layout, wires and port shapes with the canvas.

import type { ResourceBook } from '../core/infer.ts';
import { type ParamValue, type ParamValues, paramToPosition } from '../core/param.ts';
import type { Patch, PatchNode } from '../core/patch.ts';
import type { PortType } from '../core/port.ts';
import { type NodeShape, type Registry, shapeNode } from '../core/registry.ts';
import type { Resources } from '../core/resource.ts';
import { blockText } from '../core/signal-rules.ts';
import { boundsOf } from './canvas/bounds.ts';
import {
  FIGURE_ROW_HEIGHT,
  HEADER_HEIGHT,
  layoutNode,
  layoutUnknown,
  type NodeLayout,
  PADDING,
  PARAM_ROW_HEIGHT,
} from './canvas/layout.ts';
import { PORT_SHAPES } from './canvas/ports.ts';
import { RectIndex } from './canvas/rect-index.ts';
import { endOf, type Rect, wirePath } from './canvas/wire-path.ts';
import { formatKilohertz, formatParam, THIN_SPACE } from './format.ts';
import { heardValue } from './heard-value.ts';
import { iconOfType, iconPath } from './icon-paths.ts';
import { curvePaths } from './scopes/curve-path.ts';
import { waveformPath } from './scopes/recording.ts';

export type PictureTheme = 'light' | 'dark';

interface Colours {
  readonly canvas: string;
  readonly node: string;
  readonly edge: string;
  readonly ink: string;
  readonly ink2: string;
  readonly track: string;
  readonly frame: string;
  readonly frameLine: string;
  readonly note: string;
  readonly ports: Readonly<Record<PortType, string>>;
}

// A picture must carry its colours: these are the tokens of style/variables.css.
const COLOURS: Readonly<Record<PictureTheme, Colours>> = {
  light: {
    canvas: '#f7f7f8',
    node: '#ffffff',
    edge: '#b4b7bb',
    ink: '#212121',
    ink2: '#5c5c5c',
    track: '#dcdee1',
    frame: '#eff1f3',
    frameLine: '#c3cad2',
    note: '#a9a08a',
    ports: { audio: '#00708c', control: '#965c00', event: '#b32470', tensor: '#6444c4', spectrum: '#3d7a1e' },
  },
  dark: {
    canvas: '#161616',
    node: '#212121',
    edge: '#4a4a4a',
    ink: '#e0e0e0',
    ink2: '#a6a6a6',
    track: '#3c3e40',
    frame: '#1d1f22',
    frameLine: '#3b434b',
    note: '#7d755f',
    ports: { audio: '#4bbfdc', control: '#e3a247', event: '#f083b6', tensor: '#ab9afc', spectrum: '#8cc765' },
  },
};

const STROKES: Readonly<Record<PortType, string>> = {
  audio: 'stroke-width="2"',
  control: 'stroke-width="1.25"',
  event: 'stroke-width="1.25" stroke-dasharray="1 4"',
  tensor: 'stroke-width="3"',
  spectrum: 'stroke-width="2" stroke-dasharray="10 3"',
};
const MARGIN = 24;
const LINE_HEIGHT = 17;
const CHARACTER_WIDTH = 6.2;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe inside SVG; characters that XML forbids are dropped. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, character => ESCAPES[character] as string);

const shorten = (text: string, width: number): string => {
  const most = Math.max(1, Math.floor(width / CHARACTER_WIDTH));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

/** Breaks text into lines of a width in px; long words are cut. */
export function wrapText(text: string, width: number): string[] {
  const most = Math.max(4, Math.floor(width / CHARACTER_WIDTH));
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ').flatMap(w => w.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [''])) {
      if (line !== '' && line.length + 1 + word.length > most) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

interface Drawn {
  readonly node: PatchNode;
  readonly shape: NodeShape | undefined;
  readonly layout: NodeLayout;
}

function drawText(x: number, y: number, content: string, colour: string, rest = ''): string {
  return `<text x="${x}" y="${y}" fill="${colour}" ${rest}>${escapeXml(content)}</text>`;
}

/** What is heard of a param of the node that is drawn; undefined where nothing is wired to it. */
type Heard = (name: string) => number | 'signal' | undefined;

function drawView({ shape, layout, node }: Drawn, colours: Colours, resources: Resources, heardOf: Heard): string {
  const view = shape?.type.view;
  const { width } = layout;
  const name = Object.values(node.resources ?? {})[0]
    ?.replace(/^builtin:/, '')
    .replace(/^.*\//, '');
  const label = name
    ? drawText(PADDING, layout.rowsTop - 8, shorten(name, width - 16), colours.ink2, 'font-size="11"')
    : '';
  const inner = width - 2 * PADDING;
  const height = layout.rowsTop - HEADER_HEIGHT - 22;
  if (view === 'oscilloscope' || view === 'spectrum' || view === 'spectrogram') {
    let grid = '';
    for (let i = 1; i < 10; i++) grid += `M${PADDING + (inner * i) / 10} ${HEADER_HEIGHT}v${height}`;
    const trace =
      view === 'oscilloscope'
        ? `<path d="M${PADDING} ${HEADER_HEIGHT + height / 2}h${inner}" stroke="${colours.ports.audio}" stroke-width="1.5"/>`
        : '';
    return `<rect x="${PADDING}" y="${HEADER_HEIGHT}" width="${inner}" height="${height}" rx="2" fill="${colours.canvas}"/><path d="${grid}" stroke="${colours.track}"/>${trace}`;
  }
  if (view === 'output' || view === 'meter' || view === 'recorder')
    return [8, 22]
      .map(y => `<path d="M${PADDING} ${HEADER_HEIGHT + y}h${inner}" stroke="${colours.track}" stroke-width="5"/>`)
      .join('');
  if (shape?.type.figures)
    return shape.type.figures.labels
      .map((label, row) =>
        drawText(PADDING, HEADER_HEIGHT + (row + 0.75) * FIGURE_ROW_HEIGHT, label, colours.ink2, 'font-size="11"'),
      )
      .join('');
  if (shape?.type.curve) {
    const heard = Object.entries(shape.values).map(([param, own]): [string, ParamValue] => {
      const wired = heardOf(param);
      return [param, typeof wired === 'number' ? wired : own];
    });
    const paths = curvePaths(shape.type.curve, Object.fromEntries(heard), inner, 54);
    const isSound = Object.values(shape.ports).some(({ type }) => type === 'audio');
    return `<svg x="${PADDING}" y="${HEADER_HEIGHT}" width="${inner}" height="54"><rect width="${inner}" height="54" fill="${colours.canvas}"/><path d="${paths.diagonal}" stroke="${colours.track}"/><path d="${paths.line}" fill="none" stroke="${colours.ports[isSound ? 'audio' : 'control']}" stroke-width="1.5"/></svg>`;
  }
  if (view === 'waveform') {
    const audio = Object.values(resources).find(resource => resource?.kind === 'audio');
    const path =
      audio?.kind === 'audio'
        ? waveformPath(audio.channels[0] ?? new Float32Array(1), inner, 28, 67)
        : `M0 14H${inner}`;
    return `<path transform="translate(${PADDING} ${HEADER_HEIGHT})" d="${path}" stroke="${colours.ports.audio}" stroke-width="1.5"/>${label}`;
  }
  if (view === 'model') {
    const model = Object.values(resources).find(resource => resource?.kind === 'model');
    const contract = model?.kind === 'model' ? model.contract : undefined;
    const rate =
      contract &&
      (contract.sampleRateHz === 0 ? 'any rate' : `${formatKilohertz(contract.sampleRateHz)}${THIN_SPACE}kHz`);
    const facts = contract ? `${rate} · ${blockText(contract.blockFrames)}` : '';
    return drawText(PADDING, HEADER_HEIGHT + 14, facts, colours.ink, 'font-size="11"') + label;
  }
  return '';
}

function drawBody(item: Drawn, colours: Colours, resources: Resources, heardOf: Heard): string {
  const { shape, layout, node } = item;
  if (!shape)
    return drawText(
      PADDING,
      HEADER_HEIGHT + 16,
      shorten(`Unknown: ${node.type}`, layout.width - 16),
      colours.ink2,
      'font-size="11"',
    );
  const { width } = layout;
  let out = '';
  const { view } = shape.type;
  if (view === 'knob') {
    const param = shape.params.value;
    const wired = heardOf('value');
    const value = typeof wired === 'number' ? wired : Number(shape.values.value);
    if (param?.kind === 'number') {
      const angle = (-3 * Math.PI) / 4 + ((3 * Math.PI) / 2) * paramToPosition(param, value);
      const [cx, cy, r] = [width / 2, HEADER_HEIGHT + 27, 20];
      const at = (a: number, radius: number): string =>
        `${(cx + Math.sin(a) * radius).toFixed(1)} ${(cy - Math.cos(a) * radius).toFixed(1)}`;
      const arc = (to: number): string =>
        `M${at((-3 * Math.PI) / 4, r)}A${r} ${r} 0 ${to - (-3 * Math.PI) / 4 > Math.PI ? 1 : 0} 1 ${at(to, r)}`;
      out += `<path d="${arc((3 * Math.PI) / 4)}" fill="none" stroke="${colours.track}" stroke-width="3"/>`;
      if (wired !== 'signal')
        out += `<path d="${arc(angle)}" fill="none" stroke="${colours.ports.control}" stroke-width="3"/><path d="M${at(angle, 4)}L${at(angle, 13)}" stroke="${colours.ink}" stroke-width="2" stroke-linecap="round"/>`;
      out += drawText(
        cx,
        HEADER_HEIGHT + 64,
        wired === 'signal' ? 'wired' : formatParam(param, value),
        colours.ink,
        'text-anchor="middle" font-weight="500"',
      );
    }
  } else if (view === 'resampler')
    out += drawText(PADDING, HEADER_HEIGHT + 14, converterText(shape.values), colours.ink, 'font-size="11"');
  else out += drawView(item, colours, resources, heardOf);
  layout.rows.forEach((name, index) => {
    const param = shape.params[name];
    if (param?.kind !== 'number') return;
    const y = layout.rowsTop + (index + 0.5) * PARAM_ROW_HEIGHT;
    const wired = heardOf(name);
    const heard = typeof wired === 'number' ? wired : Number(shape.values[name]);
    // Where a signal moves it is not known without playing.
    const position = wired === 'signal' ? 0 : paramToPosition(param, heard);
    const [left, right] = [70, width - 62];
    out += drawText(PADDING, y + 4, shorten(param.label || name, 58), colours.ink, 'font-size="11"');
    out += `<path d="M${left} ${y}H${right}" stroke="${colours.track}" stroke-width="3"/><path d="M${left} ${y}H${(left + (right - left) * position).toFixed(1)}" stroke="${colours.ports.control}" stroke-width="3"/>`;
    out += drawText(
      width - PADDING,
      y + 4,
      wired === 'signal' ? 'wired' : formatParam(param, heard),
      colours.ink,
      'font-size="11" font-weight="500" text-anchor="end"',
    );
  });
  return out;
}

/** What a Resampler, a Block Adapter, an STFT or an ISTFT is set to. */
function converterText({ to, block, window, shape }: ParamValues): string {
  if (to !== undefined) return `to ${formatKilohertz(Number(to))}${THIN_SPACE}kHz`;
  if (block !== undefined) return `to ${blockText(Number(block))}`;
  return window === undefined ? `${shape}` : `window ${window} · ${shape}`;
}

/**
 * Draws a patch as an SVG document of its natural size. `resources` (what is loaded, by node and slot) shows the ports and
 * params that a model brings; without it they follow the patch's own wires.
 */
export function patchToSvg(
  patch: Patch,
  registry: Registry,
  resources: ResourceBook = {},
  theme: PictureTheme = 'light',
): string {
  const colours = COLOURS[theme];
  const drawn = new Map<string, Drawn>();
  for (const node of Object.values(patch.nodes)) {
    const type = registry.get(node.type);
    const shape = type && shapeNode(type, node, resources[node.id] ?? {}, patch.sampleRateHz);
    const inlets = Object.values(patch.connections)
      .filter(c => c.to.node === node.id)
      .map(c => c.to.port);
    const outlets = Object.values(patch.connections)
      .filter(c => c.from.node === node.id)
      .map(c => c.from.port);
    drawn.set(node.id, {
      node,
      shape,
      layout: shape ? layoutNode(shape) : layoutUnknown(node, [...new Set(inlets)], [...new Set(outlets)]),
    });
  }
  const rects: Rect[] = [...drawn.values()].map(({ node, layout }) => ({
    x: node.position[0],
    y: node.position[1],
    width: layout.width,
    height: layout.height,
  }));
  const marks: Rect[] = [...Object.values(patch.frames), ...Object.values(patch.notes)].map(mark => ({
    x: mark.position[0],
    y: mark.position[1],
    width: mark.size[0],
    height: mark.size[1],
  }));
  const around = new RectIndex(rects);
  const bounds = boundsOf([...rects, ...marks]) ?? { x: 0, y: 0, width: 240, height: 80 };
  const [width, height] = [Math.ceil(bounds.width + 2 * MARGIN), Math.ceil(bounds.height + 2 * MARGIN)];
  const parts: string[] = [];
  for (const frame of Object.values(patch.frames)) {
    const [x, y] = frame.position;
    parts.push(
      `<rect x="${x}" y="${y}" width="${frame.size[0]}" height="${frame.size[1]}" rx="6" fill="${colours.frame}" stroke="${colours.frameLine}"/>`,
      drawText(
        x + 10,
        y + 17,
        shorten(frame.label, frame.size[0] - 20),
        colours.ink,
        'font-size="11" font-weight="600"',
      ),
    );
  }
  const halos: string[] = [];
  const wires: string[] = [];
  for (const { from, to } of Object.values(patch.connections)) {
    const [source, target] = [drawn.get(from.node), drawn.get(to.node)];
    const out = source?.layout.ports.get(from.port);
    const into = target?.layout.ports.get(to.port);
    if (!source || !target || !out || !into) continue;
    const { path } = wirePath(out.type, endOf(source.node.position, out), endOf(target.node.position, into), around);
    halos.push(`<path d="${path}" fill="none" stroke="${colours.canvas}" stroke-width="6"/>`);
    wires.push(
      `<path d="${path}" fill="none" stroke="${colours.ports[out.type]}" ${STROKES[out.type]} stroke-linecap="round"/>`,
    );
  }
  parts.push(...halos, ...wires);
  for (const note of Object.values(patch.notes)) {
    const [x, y] = note.position;
    const lines = wrapText(note.text, note.size[0] - 14);
    parts.push(
      `<path d="M${x + 1} ${y}V${y + Math.max(note.size[1], lines.length * LINE_HEIGHT)}" stroke="${colours.note}" stroke-width="2"/>`,
    );
    lines.forEach((line, index) => parts.push(drawText(x + 12, y + 13 + index * LINE_HEIGHT, line, colours.ink)));
  }
  const wired = new Set(
    Object.values(patch.connections).flatMap(({ from, to }) => [`${from.node}.${from.port}`, `${to.node}.${to.port}`]),
  );
  const heardOf = (nodeId: string, name: string): number | 'signal' | undefined =>
    heardValue(
      patch.nodes,
      () => Object.values(patch.connections),
      ({ id }) => drawn.get(id)?.shape,
      nodeId,
      name,
    );
  for (const item of drawn.values()) {
    const { node, layout, shape } = item;
    parts.push(
      `<g transform="translate(${node.position[0]} ${node.position[1]})"${node.isBypassed ? ' opacity="0.6"' : ''}>`,
    );
    parts.push(
      `<rect width="${layout.width}" height="${layout.height}" rx="4" fill="${colours.node}" stroke="${colours.edge}"${shape ? '' : ' stroke-dasharray="4 3"'}/>`,
    );
    const { stroke, fill } = iconPath(iconOfType(shape?.type));
    parts.push(
      `<g transform="translate(8 6) scale(0.8125)" stroke="${colours.ink2}" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" fill="none"><path d="${stroke}"/><path d="${fill}" fill="${colours.ink2}"/></g>`,
    );
    parts.push(
      drawText(
        27,
        17,
        shorten(node.label || shape?.type.label || node.type, layout.width - 35),
        colours.ink,
        'font-weight="600"',
      ),
    );
    parts.push(drawBody(item, colours, resources[node.id] ?? {}, name => heardOf(node.id, name)));
    for (const port of layout.ports.values()) {
      const isWired = wired.has(`${node.id}.${port.name}`);
      if (port.isParam && !isWired) continue;
      const colour = colours.ports[port.type];
      parts.push(
        `<path transform="translate(${port.x} ${port.y})" d="${PORT_SHAPES[port.type]}" fill="${isWired ? colour : colours.node}" stroke="${colour}" stroke-width="1.5"/>`,
      );
    }
    parts.push('</g>');
  }
  const title = `Patch ${patch.name || 'without a name'} with ${drawn.size} nodes`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${bounds.x - MARGIN} ${bounds.y - MARGIN} ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">` +
    `<title>${escapeXml(title)}</title><rect x="${bounds.x - MARGIN}" y="${bounds.y - MARGIN}" width="${width}" height="${height}" fill="${colours.canvas}"/>${parts.join('')}</svg>`
  );
}
