// Where everything in a node lies: its size, its rows and its ports, computed, never measured.
// Sound falls: audio in at the top, out at the bottom; control from the left; measurement to the right. Pure.
import type { NodeView } from '../../core/node-type.ts';
import type { Param } from '../../core/param.ts';
import type { PatchNode } from '../../core/patch.ts';
import type { Port, PortDirection, PortType } from '../../core/port.ts';
import type { NodeShape } from '../../core/registry.ts';

export const HEADER_HEIGHT = 25;
export const PARAM_ROW_HEIGHT = 22;
export const PADDING = 8;
export const GRID = 16;
const PORT_GAP = 48;
/** What a hit area of 24 px and a name of two figures need. */
const PORT_GAP_MIN = 28;
/** More ports on one edge than this stand evenly along it. */
const FEW_PORTS = 4;
/** The ports that lie in the centre of their edge, so that a chain is straight. */
const MAIN_PORTS: ReadonlySet<string> = new Set(['in', 'wet', 'out']);
const SIDE_GAP = 36;

export type Side = 'top' | 'bottom' | 'left' | 'right';

/** A port on the outline of a node; x and y in px from the node's left top corner. */
export interface PortSpot {
  readonly name: string;
  readonly label: string;
  readonly type: PortType;
  readonly direction: PortDirection;
  readonly side: Side;
  readonly x: number;
  readonly y: number;
  /** The control inlet of an `a` param. */
  readonly isParam: boolean;
}

export interface NodeLayout {
  readonly view: NodeView | 'unknown';
  readonly width: number;
  readonly height: number;
  /** Params that have a row in the body, in order. */
  readonly rows: readonly string[];
  /** Top of the first row. */
  readonly rowsTop: number;
  readonly ports: ReadonlyMap<string, PortSpot>;
}

const WIDTHS: Partial<Record<NodeView, number>> = {
  knob: 112,
  oscilloscope: 280,
  spectrum: 280,
  spectrogram: 280,
  model: 216,
};
const WIDTH = 184;
/** Height of what a view draws between the header and the param rows. */
const VIEW_HEIGHTS: Record<NodeView, number> = {
  plain: 0,
  knob: 80,
  oscilloscope: 110,
  spectrum: 110,
  spectrogram: 140,
  meter: 34,
  figures: 0,
  curve: 62,
  waveform: 54,
  model: 78,
  resampler: 20,
  output: 34,
  recorder: 58,
};
export const FIGURE_ROW_HEIGHT = 16;
/** Figures take a row each. */
const viewHeight = ({ view, figures }: NodeShape['type']): number =>
  figures ? figures.labels.length * FIGURE_ROW_HEIGHT + 4 : VIEW_HEIGHTS[view];
const isScope = (view: NodeView): boolean => view === 'oscilloscope' || view === 'spectrum' || view === 'spectrogram';

/** Whether a param is something to turn while playing and so has a row on the node. */
export const hasRow = (param: Param): boolean => param.kind === 'number' && !param.isStructural;
export const isWireable = (param: Param): boolean => param.kind === 'number' && param.rate === 'a';

function sideOf(port: Port, view: NodeView): Side {
  if (port.direction === 'inlet') {
    if (port.type === 'control' || port.type === 'event') return 'left';
    return isScope(view) ? 'left' : 'top';
  }
  if (port.type === 'control' || (port.type === 'spectrum' && isScope(view))) return 'right';
  return 'bottom';
}

/** Where the ports of an upper or lower edge stand: the main one in the centre and the rest right of it, or all evenly. */
function spread(names: readonly string[], width: number): Map<string, number> {
  const main = names.length > FEW_PORTS ? undefined : names.find(name => MAIN_PORTS.has(name));
  const order = main === undefined ? names : [main, ...names.filter(name => name !== main)];
  const room = main === undefined ? width - 24 : width / 2 - 12;
  const gap = Math.min(PORT_GAP, room / Math.max(1, order.length - 1));
  const first = width / 2 - (main === undefined ? (gap * (order.length - 1)) / 2 : 0);
  return new Map(order.map((name, index) => [name, first + index * gap]));
}

/** The names that connections use at a node. */
export interface NamedEnds {
  readonly inlets: readonly string[];
  readonly outlets: readonly string[];
}

/** Layout of a node whose type is known. Ports that only its connections name (of a model that is not loaded) are kept. */
export function layoutNode(shape: NodeShape, named: NamedEnds = { inlets: [], outlets: [] }): NodeLayout {
  const view = shape.type.view;
  const entries = Object.entries(shape.ports).map(([name, port]) => ({ name, port, side: sideOf(port, view) }));
  const namesOn = (side: Side): string[] => entries.filter(entry => entry.side === side).map(entry => entry.name);
  const most = Math.max(namesOn('top').length, namesOn('bottom').length);
  const width = Math.max(WIDTHS[view] ?? WIDTH, most > FEW_PORTS ? most * PORT_GAP_MIN + 8 : 0);
  const paramNames = Object.keys(shape.params);
  const rows = view === 'knob' || isScope(view) ? [] : paramNames.filter(name => hasRow(shape.params[name] as Param));
  const rowsTop = HEADER_HEIGHT + viewHeight(shape.type);
  const needsBody = rows.length > 0 || view !== 'plain';
  const height = rowsTop + rows.length * PARAM_ROW_HEIGHT + (needsBody ? 7 : 5);
  const ports = new Map<string, PortSpot>();
  const along = { top: spread(namesOn('top'), width), bottom: spread(namesOn('bottom'), width) };
  const counts = { left: 0, right: 0 };
  for (const { name, port, side } of entries) {
    const isHorizontal = side === 'top' || side === 'bottom';
    const index = isHorizontal ? 0 : counts[side]++;
    // An inlet stands at the header, since beside the rows are the inlets of the params.
    const top = side === 'left' && !isScope(view) ? HEADER_HEIGHT / 2 : HEADER_HEIGHT + 18;
    const alongSide = view === 'knob' ? rowsTop - 42 : top + index * SIDE_GAP;
    ports.set(name, {
      name,
      label: port.label || name.charAt(0).toUpperCase() + name.slice(1),
      type: port.type,
      direction: port.direction,
      side,
      x: isHorizontal ? (along[side].get(name) as number) : side === 'left' ? 0 : width,
      y: isHorizontal ? (side === 'top' ? 0 : height) : Math.min(alongSide, Math.max(12, height - 12)),
      isParam: false,
    });
  }
  let knobParams = 0;
  for (const name of paramNames) {
    const param = shape.params[name] as Param;
    if (!isWireable(param)) continue;
    const row = rows.indexOf(name);
    const y = row < 0 ? rowsTop - 42 + 18 * knobParams++ : rowsTop + (row + 0.5) * PARAM_ROW_HEIGHT;
    ports.set(name, {
      name,
      label: param.label || name,
      type: 'control',
      direction: 'inlet',
      side: 'left',
      x: 0,
      y,
      isParam: true,
    });
  }
  const lost = (name: string): boolean => !ports.has(name);
  named.inlets.filter(lost).forEach((name, index) => {
    const y = Math.min(height - 8, HEADER_HEIGHT + 12 + index * 20);
    ports.set(name, { name, label: name, type: 'control', direction: 'inlet', side: 'left', x: 0, y, isParam: true });
  });
  named.outlets.filter(lost).forEach((name, index) => {
    const x = Math.min(width - 12, width / 2 + (along.bottom.size + index) * PORT_GAP);
    ports.set(name, {
      name,
      label: name,
      type: 'audio',
      direction: 'outlet',
      side: 'bottom',
      x,
      y: height,
      isParam: false,
    });
  });
  return { view, width, height, rows, rowsTop, ports };
}

/** Layout of a node of an unknown type: the ports that its connections name are kept. */
export function layoutUnknown(_node: PatchNode, inlets: readonly string[], outlets: readonly string[]): NodeLayout {
  const height = HEADER_HEIGHT + 42;
  const ports = new Map<string, PortSpot>();
  const add = (name: string, x: number, direction: PortDirection): void => {
    const side = direction === 'inlet' ? 'top' : 'bottom';
    ports.set(name, {
      name,
      label: name,
      type: 'audio',
      direction,
      side,
      x,
      y: side === 'top' ? 0 : height,
      isParam: false,
    });
  };
  for (const [name, x] of spread(inlets, WIDTH)) add(name, x, 'inlet');
  for (const [name, x] of spread(outlets, WIDTH)) add(name, x, 'outlet');
  return { view: 'unknown', width: WIDTH, height, rows: [], rowsTop: height, ports };
}

/** Rounds to the canvas grid of 16 px. */
export const snap = (value: number, grid = GRID): number => Math.round(value / grid) * grid;
/** The next line of the grid to the right or below, and to the left or above. */
export const upToGrid = (px: number): number => Math.ceil(px / GRID) * GRID;
export const downToGrid = (px: number): number => Math.floor(px / GRID) * GRID;
