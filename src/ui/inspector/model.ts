// A model in the inspector: its contract with fields to correct it, and where it comes from.
// Owns what may be corrected: native rate, block and latency; the tensors are the file's.
import { setContract } from '../../core/edits.ts';
import { isItemPort } from '../../core/model-ports.ts';
import type { Json, PatchNode } from '../../core/patch.ts';
import type { PortType } from '../../core/port.ts';
import type { ModelPort, ModelResource } from '../../core/resource.ts';
import { runtimeText } from '../../core/runtime-choice.ts';
import { blockText } from '../../core/signal-rules.ts';
import { runtimeNow } from '../canvas/model-body.ts';
import type { EditorContext } from '../context.ts';
import { makeNumberField } from '../controls/number-field.ts';
import { css, h, setText } from '../dom.ts';
import { formatBytes } from '../format.ts';
import { portGlyph } from '../palette/palette.ts';
import type { InspectorPart } from './params.ts';
import { makeTable } from './section.ts';

/** A shape of more characters than this may be broken. */
const SHAPE_WHOLE = 16;

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
const named = (type: PortType, name: string): HTMLElement =>
  h('span', { class: css('contractName') }, portGlyph(type), name);

/** A port in a row: what it carries, and how the axes of its tensor lie. */
function portRow(side: 'Input' | 'Output', port: ModelPort): readonly [PortType, string, string, string] {
  const name = `${side} ${port.tensor}`;
  if (!isItemPort(port)) return ['audio', name, `audio · ${port.channels} ch`, `[${port.layout}]`];
  const { kind, shape, layout } = port;
  if (kind === 'tensor') return ['tensor', name, 'one per block', shapeText(shape)];
  const type = kind === 'magnitude' && side === 'Output' ? 'tensor' : 'spectrum';
  return [type, name, `${kind} · ${shape[0]} bins`, `[${layout}]`];
}

const FIELDS = [
  { key: 'sampleRateHz', label: 'Native rate', unit: 'Hz', min: 0, max: 192_000, zero: 'any' },
  { key: 'blockFrames', label: 'Native block', unit: 'frames', min: 0, max: 65_536, zero: 'any' },
  { key: 'latencySamples', label: 'Own latency', unit: 'samples', min: 0, max: 1_000_000, zero: '0 samples' },
] as const;

/** The contract as a table, and three fields that correct it. */
export function makeContract(context: EditorContext, node: PatchNode, model: ModelResource): InspectorPart {
  const { contract } = model;
  const rows = [
    ...contract.inputs.map(port => portRow('Input', port)),
    ...contract.outputs.map(port => portRow('Output', port)),
    ...contract.params.map(
      param =>
        [
          'control',
          `Param ${param.tensor}`,
          param.rate === 'a' ? 'one value per frame' : 'one value per call',
          `[${param.layout}]`,
        ] as const,
    ),
    ...contract.states.map(
      state => ['tensor', `State ${state.input}`, 'carried over', shapeText(state.shape)] as const,
    ),
  ];
  const table = h(
    'table',
    { class: css('table') },
    ...rows.map(([type, name, what, shape]) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, named(type, name)),
        h('td', {}, what),
        h('td', { class: css('mono', shape.length > SHAPE_WHOLE ? 'mod-long' : 'mod-shape') }, shape),
      ),
    ),
  );
  const fields = FIELDS.map(field => {
    const read = (): string => {
      const value = contract[field.key];
      if (typeof value !== 'number') return blockText(value);
      return value === 0 ? field.zero : `${value} ${field.unit}`;
    };
    const part = makeNumberField(field.label, read, text => {
      const value = text.trim().toLowerCase() === 'any' ? 0 : Number.parseFloat(text) * (/k/i.test(text) ? 1000 : 1);
      if (!Number.isInteger(value) || value < field.min || value > field.max)
        return `Expected a whole number from ${field.min} to ${field.max}, or “any”.`;
      const now = context.store.patch.nodes[node.id]?.contract ?? {};
      context.store.dispatch(setContract(node.id, { ...now, [field.key]: value } as { readonly [key: string]: Json }));
      return undefined;
    });
    return {
      ...part,
      row: h(
        'div',
        { class: css('paramRow', 'mod-setup') },
        h('label', {}, field.label),
        h('span', { class: css('setup') }, part.element),
      ),
    };
  });
  const reset = h('button', { type: 'button', class: css('link') }, 'Use the contract of the file');
  reset.addEventListener('click', () => context.store.dispatch(setContract(node.id, undefined)));
  const element = h('div', {}, table, ...fields.map(field => field.row), reset);
  const update = (): void => {
    for (const field of fields) field.update();
    reset.hidden = context.store.patch.nodes[node.id]?.contract === undefined;
  };
  update();
  return { element, update };
}

/** File, licence, size and checksum of a model, and what runs it: the same words as on its node. */
export function makeSource(context: EditorContext, node: PatchNode, model: ModelResource): InspectorPart {
  const { card, sha256, path, bytes } = model;
  const runsOn = h('span');
  const rows: [string, string | HTMLElement, boolean?][] = [
    ['File', path.replace(/^builtin:/, '').replace(/^.*\//, ''), true],
    ['Licence', card.licence || 'not stated'],
    ['Source', card.source || 'not stated'],
    ['Size', `${formatBytes(bytes.length)} · ${card.weights} weights · opset ${card.opset}`],
    ['Runs on', runsOn],
    ['SHA-256', `${sha256.slice(0, 4)} ${sha256.slice(4, 8)} … ${sha256.slice(-8, -4)} ${sha256.slice(-4)}`, true],
  ];
  const table = makeTable(rows);
  table.title = sha256;
  const update = (): void => setText(runsOn, runtimeText(runtimeNow(context, node.id, model)));
  update();
  return { element: table, update, live: update };
}
