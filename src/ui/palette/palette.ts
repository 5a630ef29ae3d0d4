// The palette: every node type by family, with its ports, and the comment, to search, drag onto the canvas or add with Enter.
// Built from the registry; must not know the canvas.
import { helpSummary } from '../../core/define-node.ts';
import type { NodeType } from '../../core/node-type.ts';
import { PORT_TYPES, type PortDirection } from '../../core/port.ts';
import type { Registry } from '../../core/registry.ts';
import { SAMPLE_RATE_DEFAULT_HZ } from '../../core/sample-rates.ts';
import { PORT_NAMES, PORT_SHAPES } from '../canvas/ports.ts';
import { css, h, s } from '../dom.ts';
import { icon } from '../icons.ts';
import { type PaletteItem, searchItems } from './search.ts';

/** Drag data: the id of a node type or of the comment. */
export const NODE_TYPE_MIME = 'application/vnd.neuropatch.node-type';

/** As a patch is made: what sounds, what works on it, what brings paths together, what moves and what shows it. */
const FAMILY_ORDER = [
  'source',
  'neural',
  'spectral',
  'rate',
  'filter',
  'dynamics',
  'time',
  'mix',
  'math',
  'control',
  'analysis',
  'output',
  'structure',
  'canvas',
];
const titleCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export interface PaletteOptions {
  readonly registry: Registry;
  /** Enter or double click on a type, or on the comment (COMMENT of search.ts). */
  addNode(type: string): void;
}

/** A small drawing of a port type. */
export const portGlyph = (type: (typeof PORT_TYPES)[number]): SVGSVGElement =>
  s(
    'svg',
    { class: css('glyph', `port-${type}`), viewBox: '-6 -6 12 12', 'aria-hidden': 'true' },
    s('path', { d: PORT_SHAPES[type] }),
  );

function glyphs(type: NodeType): HTMLElement {
  const ports = Object.values(type.ports({ values: {}, resources: {}, patchRateHz: SAMPLE_RATE_DEFAULT_HZ }));
  const side = (direction: PortDirection): SVGSVGElement[] =>
    ports
      .filter(port => port.direction === direction)
      .slice(0, 3)
      .map(port => portGlyph(port.type));
  return h('span', { class: css('io'), 'aria-hidden': 'true' }, ...side('inlet'), '→', ...side('outlet'));
}

/** Mounts the palette. */
export function mountPalette(host: HTMLElement, options: PaletteOptions): { focus(): void; dispose(): void } {
  const field = h('input', {
    class: css('field'),
    type: 'search',
    placeholder: `Search ${Object.keys(options.registry.types).length} nodes`,
    'aria-label': 'Search nodes',
    spellcheck: 'false',
  });
  const list = h('div', { class: css('paletteList'), role: 'listbox', 'aria-label': 'Nodes', tabindex: -1 });
  const legend = h(
    'div',
    { class: css('legend') },
    h('h3', {}, 'Port types'),
    h('div', {}, ...PORT_TYPES.map(type => h('span', {}, portGlyph(type), PORT_NAMES[type]))),
  );
  const root = h(
    'div',
    { class: css('Palette'), 'data-lm-suppress-shortcuts': 'true' },
    h('div', { class: css('search') }, icon('search'), field),
    list,
    legend,
  );
  const folded = new Set<string>();
  let rows: HTMLElement[] = [];
  let active = -1;

  const activate = (index: number): void => {
    rows[active]?.setAttribute('aria-selected', 'false');
    active = Math.max(-1, Math.min(rows.length - 1, index));
    const row = rows[active];
    row?.setAttribute('aria-selected', 'true');
    row?.scrollIntoView({ block: 'nearest' });
    if (row) field.setAttribute('aria-activedescendant', row.id);
  };
  const makeRow = (type: PaletteItem): HTMLElement => {
    const nodeType = options.registry.get(type.id);
    const row = h(
      'div',
      {
        class: css('item'),
        role: 'option',
        draggable: 'true',
        id: `${css('item')}-${type.id.replace('/', '-')}`,
        'data-type': type.id,
        'aria-selected': 'false',
        title: type.help,
      },
      h('b', {}, type.label),
      h('small', {}, helpSummary(type.help)),
      nodeType ? glyphs(nodeType) : undefined,
    );
    row.addEventListener('dragstart', event => {
      event.dataTransfer?.setData(NODE_TYPE_MIME, type.id);
      if (event.dataTransfer) event.dataTransfer.effectAllowed = 'copy';
    });
    row.addEventListener('dblclick', () => options.addNode(type.id));
    row.addEventListener('click', () => activate(rows.indexOf(row)));
    return row;
  };
  const draw = (): void => {
    const types = searchItems(options.registry, field.value);
    const isSearching = field.value.trim() !== '';
    rows = [];
    active = -1;
    list.replaceChildren();
    if (isSearching) {
      rows = types.map(makeRow);
      list.append(...rows);
      if (rows.length === 0)
        list.append(h('p', { class: css('choiceNone') }, 'No node of that name. Try what you want to hear.'));
      activate(0);
      return;
    }
    const rank = (family: string): number =>
      FAMILY_ORDER.includes(family) ? FAMILY_ORDER.indexOf(family) : FAMILY_ORDER.length;
    const families = [...new Set(types.map(type => type.family))].sort(
      (a, b) => rank(a) - rank(b) || a.localeCompare(b),
    );
    for (const family of families) {
      const members = types.filter(type => type.family === family);
      const isFolded = folded.has(family);
      const header = h(
        'button',
        { class: css('family'), type: 'button', 'aria-expanded': isFolded ? 'false' : 'true' },
        icon(isFolded ? 'right' : 'down'),
        titleCase(family),
        h('em', {}, String(members.length)),
      );
      header.addEventListener('click', () => {
        if (!folded.delete(family)) folded.add(family);
        draw();
      });
      list.append(header);
      if (isFolded) continue;
      const own = members.map(makeRow);
      rows.push(...own);
      list.append(...own);
    }
  };
  field.addEventListener('input', draw);
  root.addEventListener('keydown', event => {
    const isList = event.target === field || event.target === list;
    if (!isList) return;
    if (event.key === 'ArrowDown') activate(active + 1);
    else if (event.key === 'ArrowUp') activate(active - 1);
    else if (event.key === 'Enter' && rows[active]) options.addNode((rows[active] as HTMLElement).dataset.type ?? '');
    else return;
    event.preventDefault();
  });
  draw();
  host.append(root);
  return { focus: () => field.focus(), dispose: () => root.remove() };
}
