// Icons of the product as data: 16 × 16 line drawings. Owns the paths and which icon a node wears; no DOM, so that the
// still picture can use them. Must not know the patch.
import type { NodeType } from '../core/node-type.ts';

/** Strokes only; a path that ends in "F" after "|" is filled. */
const PATHS = {
  play: '|M4.5 3v10l8-5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  stop: '|M4 4h8v8H4z',
  record: '|M12.5 8a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z',
  power: 'M8 2v5.5M4.6 4.4a5 5 0 1 0 6.8 0',
  search: 'M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l3.5 3.5',
  down: 'M4.5 6.5 8 10l3.5-3.5',
  right: 'M6.5 4.5 10 8l-3.5 3.5',
  patch: 'M2 3.5h5v3.5H2zM9 9.5h5V13H9zM4.5 7c0 5 7-2.5 7 2.5',
  sound: 'M2 8h1.5M5 5.5v5M7.5 3v10M10 5v6M12.5 6.8v2.4',
  wave: 'M1.5 8c2-7 4.5-7 6.5 0s4.5 7 6.5 0',
  rate: 'M2 5h4v6h4V5h4M2 13.5h1M5 13.5h1M8 13.5h1M11 13.5h1',
  network:
    'M4.7 4.2a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM4.7 11.8a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM10 8a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM14.3 8a1.3 1.3 0 1 1-2.6 0 1.3 1.3 0 0 1 2.6 0zM4.5 5.1 7.2 7M4.5 10.9 7.2 9M10 8h1.7',
  mix: 'M2 4c5 0 5 4 8 4h4M2 12c5 0 5-4 8-4',
  dynamics: 'M2 13 8 6h6M2 3h1.5M5.2 3h1.5M8.4 3h1.5M11.6 3h1.5',
  output: 'M3 6v4h2.5L9 13V3L5.5 6zM11.5 5.5a4 4 0 0 1 0 5',
  knob: 'M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM8 8l3-3.6',
  analysis: 'M1.5 13h13M3 13V8M6 13V3.5M9 13V6.5M12 13v-3',
  filter: 'M1.5 6h5c2 0 2.5-2.5 3.5-1 1.6 2.3 2 6 4.5 7',
  time: 'M13.8 8a5.8 5.8 0 1 1-11.6 0 5.8 5.8 0 0 1 11.6 0zM8 4.5V8l2.5 1.8',
  spectral: 'M2 13.5V9M5 13.5v-8M8 13.5V2.5M11 13.5V7M14 13.5v-3',
  structure: 'M2.5 2.5h11v11h-11zM6 6h4v4H6zM.5 8H6M10 8h5.5',
  microphone: 'M8 2a2 2 0 0 1 2 2v4a2 2 0 0 1-4 0V4a2 2 0 0 1 2-2zM3.5 8a4.5 4.5 0 0 0 9 0M8 12.5v2',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  close: 'M4 4l8 8M12 4l-8 8',
  plug: 'M5 2v3.5M11 2v3.5M3.5 5.5h9v2a4.5 4.5 0 0 1-9 0zM8 12v2.5',
  dots: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  export: 'M8 10V2.5M5 5l3-2.7L11 5M2.5 9.5v4h11v-4',
  align: 'M2.5 2.5v11M13.5 2.5v11M5 8h6M9 6l2 2-2 2',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  reset: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  warning: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 12v.01',
  help: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM6.3 6.3a1.8 1.8 0 1 1 2.5 1.8c-.5.3-.8.6-.8 1.2M8 11.5v.01',
  book: 'M8 4c-2-1.3-4-1.3-6-.7v9c2-.6 4-.6 6 .7 2-1.3 4-1.3 6-.7v-9c-2-.6-4-.6-6 .7zM8 4v9',
  file: 'M3.5 2h6l3 3v9h-9zM9.5 2v3h3',
} as const;

export type IconName = keyof typeof PATHS;

/** The icon's path; undefined `fill` part means strokes only. */
export function iconPath(name: IconName): { stroke: string; fill: string } {
  const [stroke = '', fill = ''] = PATHS[name].split('|');
  return { stroke, fill };
}

const FAMILY_ICONS: Readonly<Record<string, IconName>> = {
  source: 'wave',
  dynamics: 'dynamics',
  filter: 'filter',
  time: 'time',
  mix: 'mix',
  math: 'plus',
  neural: 'network',
  spectral: 'spectral',
  rate: 'rate',
  control: 'knob',
  analysis: 'analysis',
  output: 'output',
  structure: 'structure',
};

/** Icon of a node type, by what it draws and its family. */
export function iconOfType(type: Pick<NodeType, 'view' | 'family'> | undefined): IconName {
  if (!type) return 'warning';
  if (type.view === 'waveform') return 'sound';
  if (type.view === 'oscilloscope') return 'wave';
  if (type.view === 'meter' && type.family === 'source') return 'microphone';
  if (type.view === 'output') return 'output';
  if (type.view === 'recorder') return 'record';
  return FAMILY_ICONS[type.family] ?? 'patch';
}
