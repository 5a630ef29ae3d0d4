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
  waveform: 54,
  model: 66,
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
  if (port.type === 'control' || port.type === 'spectrum') return 'right';
  return 'bottom';
}

/**
 * The last inlet and the first outlet lie in the centre, so that a chain is straight; the others follow to the right, closer
 * where there are many.
 */
function spread(index: number, count: number, side: Side, width: number): number {
  const steps = side === 'top' ? count - 1 - index : index;
  const gap = Math.min(PORT_GAP, (width / 2 - 12) / Math.max(1, count - 1));
  return Math.min(width - 12, width / 2 + steps * gap);
}

/** The names that connections use at a node. */
export interface NamedEnds {
  readonly inlets: readonly string[];
  readonly outlets: readonly string[];
}

/** Layout of a node whose type is known. Ports that only its connections name (of a model that is not loaded) are kept. */
export function layoutNode(shape: NodeShape, named: NamedEnds = { inlets: [], outlets: [] }): NodeLayout {
  const view = shape.type.view;
  const width = WIDTHS[view] ?? WIDTH;
  const paramNames = Object.keys(shape.params);
  const rows = view === 'knob' || isScope(view) ? [] : paramNames.filter(name => hasRow(shape.params[name] as Param));
  const rowsTop = HEADER_HEIGHT + viewHeight(shape.type);
  const needsBody = rows.length > 0 || view !== 'plain';
  const height = rowsTop + rows.length * PARAM_ROW_HEIGHT + (needsBody ? 7 : 5);
  const ports = new Map<string, PortSpot>();
  const counts = { top: 0, bottom: 0, left: 0, right: 0 };
  const sides = Object.values(shape.ports).map(port => sideOf(port, view));
  const countOn = (side: Side): number => sides.filter(other => other === side).length;
  for (const [name, port] of Object.entries(shape.ports)) {
    const side = sideOf(port, view);
    const index = counts[side]++;
    const isHorizontal = side === 'top' || side === 'bottom';
    const alongSide = view === 'knob' ? rowsTop - 42 : HEADER_HEIGHT + 18 + index * SIDE_GAP;
    ports.set(name, {
      name,
      label: port.label || name,
      type: port.type,
      direction: port.direction,
      side,
      x: isHorizontal ? spread(index, countOn(side), side, width) : side === 'left' ? 0 : width,
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
    const x = spread(counts.bottom + index, 0, 'bottom', width);
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
  const add = (name: string, index: number, direction: PortDirection): void => {
    const side = direction === 'inlet' ? 'top' : 'bottom';
    ports.set(name, {
      name,
      label: name,
      type: 'audio',
      direction,
      side,
      x: spread(index, inlets.length, side, WIDTH),
      y: side === 'top' ? 0 : height,
      isParam: false,
    });
  };
  inlets.forEach((name, index) => add(name, index, 'inlet'));
  outlets.forEach((name, index) => add(name, index, 'outlet'));
  return { view: 'unknown', width: WIDTH, height, rows: [], rowsTop: height, ports };
}

/** Rounds to the canvas grid of 16 px. */
export const snap = (value: number, grid = GRID): number => Math.round(value / grid) * grid;
