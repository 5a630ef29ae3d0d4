// Params in the inspector: a slider and a number field each, choices as a list, smoothing times.
// Owns their rows; typing a value is in number-field.ts.
import { setParam, setSmoothing } from '../../core/edits.ts';
import { type ChoiceParam, fitsText, type NumberParam, type TextParam } from '../../core/param.ts';
import type { PatchNode } from '../../core/patch.ts';
import type { NodeShape } from '../../core/registry.ts';
import type { EditorContext } from '../context.ts';
import { bindParam } from '../controls/binding.ts';
import { makeNumberField, makeParamField } from '../controls/number-field.ts';
import { makeSlider } from '../controls/slider.ts';
import { css, h, setText } from '../dom.ts';
import { formatParam, formatValue, parseValue, THIN_SPACE } from '../format.ts';

/** A part of the inspector that follows the document. `live`: told of all that the engine tells, up to 30 times a second. */
export interface InspectorPart {
  readonly element: HTMLElement;
  update(): void;
  live?(): void;
}

const SMOOTHING_RANGE = { unit: 'ms', min: 0, max: 10_000 } as const;

function numberRow(context: EditorContext, node: PatchNode, name: string, definition: NumberParam): InspectorPart {
  const label = definition.label || name;
  const binding = bindParam(context, node.id, name, true);
  const slider = makeSlider(binding, label);
  const field = makeParamField(binding, label);
  slider.element.tabIndex = 0;
  const low = h('span');
  const middle = h('span', { class: css('paramFrom') });
  const high = h('span');
  const update = (): void => {
    slider.update();
    field.update();
    const { min, max, unit } = binding.definition();
    setText(low, formatValue(min, unit).replace(/\.0+(?=\D|$)/, ''));
    setText(high, formatValue(max, unit).replace(/\.0+(?=\D|$)/, ''));
    const driven = binding.driven();
    const sum = driven && driven.heard !== 'signal' ? ` = ${formatParam(binding.definition(), driven.heard)}` : '';
    setText(middle, driven ? `plus ${driven.by}${sum}` : '');
    field.label(driven ? `${label}, own value` : label);
  };
  update();
  const element = h(
    'div',
    { class: css('param'), title: definition.help },
    h('div', { class: css('paramRow') }, h('label', {}, label), slider.element, field.element),
    h('div', { class: css('paramRange') }, low, middle, high),
  );
  return { element, update };
}

function choiceRow(context: EditorContext, node: PatchNode, name: string, definition: ChoiceParam): InspectorPart {
  const select = h(
    'select',
    { 'aria-label': definition.label || name },
    ...definition.choices.map(choice => h('option', { value: choice }, choice)),
  );
  select.addEventListener('change', () => context.store.dispatch(setParam(node.id, name, select.value)));
  const update = (): void => {
    const now = context.store.patch.nodes[node.id];
    const shape = now && context.shapeOf(now);
    select.value = String(shape?.values[name] ?? definition.default);
  };
  update();
  return {
    element: h(
      'div',
      { class: css('param'), title: definition.help },
      h('div', { class: css('paramRow', 'mod-choice') }, h('label', {}, definition.label || name), select),
    ),
    update,
  };
}

/** Words for a model: taken when the field is left or with Enter, dropped with Escape; too many bytes are said and not taken. */
function textRow(context: EditorContext, node: PatchNode, name: string, definition: TextParam): InspectorPart {
  const label = definition.label || name;
  const field = h('input', { class: css('textField'), type: 'text', 'aria-label': label, spellcheck: 'false' });
  const fault = h('div', { class: css('fault'), role: 'alert' });
  const tell = (problem: string): void => {
    fault.hidden = problem === '';
    field.setAttribute('aria-invalid', String(problem !== ''));
    setText(fault, problem);
  };
  const read = (): string => {
    const now = context.store.patch.nodes[node.id];
    return String((now && context.shapeOf(now)?.values[name]) ?? definition.default);
  };
  const apply = (): void => {
    const fits = fitsText(definition, field.value);
    tell(fits ? '' : `At most ${definition.maxBytes} bytes; shorten it.`);
    if (fits && field.value !== read()) context.store.dispatch(setParam(node.id, name, field.value));
  };
  const update = (): void => {
    if (document.activeElement !== field) field.value = read();
  };
  field.addEventListener('change', apply);
  field.addEventListener('keydown', event => {
    if (event.key === 'Enter') apply();
    else if (event.key === 'Escape') {
      field.value = read();
      tell('');
    } else return;
    event.preventDefault();
  });
  tell('');
  update();
  return {
    element: h(
      'div',
      { class: css('param'), title: definition.help },
      h('div', { class: css('paramRow', 'mod-choice') }, h('label', {}, label), field),
      fault,
    ),
    update,
  };
}

/** A number that decides ports, sizes or memory: typed, and not swept through with a slider. */
function setupRow(context: EditorContext, node: PatchNode, name: string, definition: NumberParam): InspectorPart {
  const label = definition.label || name;
  const field = makeParamField(bindParam(context, node.id, name), label);
  const range = [definition.min, definition.max].map(end => formatParam(definition, end).split(THIN_SPACE)[0]);
  return {
    element: h(
      'div',
      { class: css('param'), title: definition.help },
      h(
        'div',
        { class: css('paramRow', 'mod-setup') },
        h('label', {}, label),
        h(
          'span',
          { class: css('setup') },
          h('span', { class: css('second') }, `${range[0]} to ${range[1]}`),
          field.element,
        ),
      ),
    ),
    update: field.update,
  };
}

/** The params of a node: those that are turned while it plays, or those that make a new plan. */
export function makeParams(
  context: EditorContext,
  node: PatchNode,
  shape: NodeShape,
  isStructural: boolean,
): InspectorPart {
  const parts = Object.entries(shape.params)
    .filter(([, definition]) => definition.isStructural === isStructural)
    .map(([name, definition]) => {
      if (definition.kind === 'choice') return choiceRow(context, node, name, definition);
      if (definition.kind === 'text') return textRow(context, node, name, definition);
      return (isStructural ? setupRow : numberRow)(context, node, name, definition);
    });
  return {
    element: h('div', {}, ...parts.map(part => part.element)),
    update: () => parts.forEach(part => part.update()),
  };
}

/** Smoothing times of the `a` params; undefined when the node has none. */
export function makeSmoothing(context: EditorContext, node: PatchNode, shape: NodeShape): InspectorPart | undefined {
  const rows: InspectorPart[] = [];
  for (const [name, definition] of Object.entries(shape.params)) {
    if (definition.kind !== 'number' || definition.rate !== 'a') continue;
    const label = definition.label || name;
    const read = (): string =>
      formatValue(context.store.patch.nodes[node.id]?.smoothingMs?.[name] ?? definition.smoothingMs, 'ms').replace(
        /\.0+(?=\D)/,
        '',
      );
    const field = makeNumberField(`Smoothing of ${label}`, read, text => {
      const value = parseValue(text, SMOOTHING_RANGE);
      if (typeof value === 'string') return value;
      context.store.dispatch(setSmoothing(node.id, name, value));
      return undefined;
    });
    rows.push({
      element: h(
        'div',
        { class: css('paramRow', 'mod-setup') },
        h('label', {}, label),
        h(
          'span',
          { class: css('setup') },
          h('span', { class: css('second') }, `0${THIN_SPACE}ms = steps`),
          field.element,
        ),
      ),
      update: field.update,
    });
  }
  if (rows.length === 0) return undefined;
  return { element: h('div', {}, ...rows.map(row => row.element)), update: () => rows.forEach(row => row.update()) };
}
