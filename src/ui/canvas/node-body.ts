// Bodies of nodes: what a node shows and lets turn while playing, by the view that its type names.
// Owns the choice of body and the small ones; scopes and meters draw elsewhere.

import type { PatchNode } from '../../core/patch.ts';
import type { NodeShape } from '../../core/registry.ts';
import type { EditorContext } from '../context.ts';
import { bindParam } from '../controls/binding.ts';
import { makeKnob } from '../controls/knob.ts';
import { makeTypable, shownText } from '../controls/number-field.ts';
import { makeSlider } from '../controls/slider.ts';
import { css, h, setText } from '../dom.ts';
import type { PlanFacts } from '../engine-view.ts';
import { formatKilohertz, formatParam, formatSamples, formatValue, THIN_SPACE } from '../format.ts';
import { icon } from '../icons.ts';
import { makeFiguresBody } from '../meters/figures.ts';
import { makeMeterBody } from '../meters/level-meter.ts';
import { makeRecorderBody } from '../meters/recorder.ts';
import { makeCurveBody } from '../scopes/curve.ts';
import { makeOscilloscopeBody } from '../scopes/oscilloscope.ts';
import { makeSpectrogramBody } from '../scopes/spectrogram.ts';
import { makeSpectrumBody } from '../scopes/spectrum.ts';
import { makeWaveformBody } from '../scopes/waveform.ts';
import { makeModelBody } from './model-body.ts';

/** The body of one node. `update`: the document changed; `facts`: the plan changed; `live`: 30 times a second while playing. */
export interface NodeBody {
  readonly element: HTMLElement;
  update?(node: PatchNode, shape: NodeShape): void;
  facts?(): void;
  live?(): void;
  /** What the header says at its right, where it isn't a param. */
  fact?(): string;
  /** What a scope shows right now, in words; '' while nothing plays. */
  words?(): string;
}

/** Lets a scope be focused, and says then what it shows: on demand, since a picture that talks all the time is noise. */
export function sayOnFocus(picture: SVGElement, title: string, words: () => string): void {
  picture.setAttribute('tabindex', '-1');
  picture.addEventListener('focus', () =>
    picture.setAttribute('aria-label', `${title}: ${words() || 'nothing plays'}`),
  );
}

/** "−120.0 dB"; more leaves no slider. */
const VALUE_CHARACTERS_MAX = 8.5;

function knobBody(context: EditorContext, node: PatchNode): NodeBody {
  const binding = bindParam(context, node.id, 'value');
  const knob = makeKnob(binding, context.titleOf(node));
  const value = h('div', { class: css('knobText') });
  makeTypable(value, binding, context.titleOf(node));
  const low = h('span');
  const high = h('span');
  const update = (): void => {
    knob.update();
    const { min, max, unit } = binding.definition();
    setText(value, shownText(binding));
    setText(
      low,
      formatValue(min, unit)
        .replace(/\.0+(?=\D|$)/, '')
        .split(THIN_SPACE)[0] ?? '',
    );
    setText(high, formatValue(max, unit).replace(/\.0+(?=\D|$)/, ''));
  };
  update();
  return {
    element: h(
      'div',
      { class: css('knobBody') },
      knob.element,
      value,
      h('div', { class: css('knobRange') }, low, high),
    ),
    update,
  };
}

type NodeFacts = PlanFacts['nodes'][string];
const rates = ({ rateHz, outRateHz }: NodeFacts): string =>
  `${formatKilohertz(rateHz)} → ${formatKilohertz(outRateHz)}${THIN_SPACE}kHz`;
const blocks = ({ blockFrames, outBlockFrames }: NodeFacts): string =>
  [blockFrames, outBlockFrames].map(frames => (frames === 0 ? 'stream' : String(frames))).join(' → ');

/** What a Resampler or a Block Adapter makes of what, and what that costs. */
function converterBody(context: EditorContext, node: PatchNode): NodeBody {
  const ends = h('span');
  const latency = h('span', { class: css('second') });
  const facts = (): void => {
    const { plan: whole } = context.engine;
    const plan = whole?.nodes[node.id];
    const hasBlocks = plan !== undefined && plan.blockFrames !== plan.outBlockFrames;
    setText(ends, plan ? (hasBlocks ? blocks(plan) : rates(plan)) : '');
    // At the patch's rate, where the latency of a resampler is whole and where it is added up.
    const samples = whole && plan ? (sumLatency(plan.latency) * whole.sampleRateHz) / plan.rateHz : 0;
    // Beside blocks, which are counted in samples as well, the number alone has room.
    setText(latency, plan ? `+${formatSamples(samples)}${hasBlocks ? '' : ' samples'}` : '');
    latency.title = plan ? `Adds ${formatSamples(samples)} samples of latency` : '';
  };
  facts();
  return { element: h('div', { class: css('row') }, ends, latency), facts };
}

/** The four parts of a latency as one number. */
export const sumLatency = (parts: { buffering: number; inference: number; model: number; filter: number }): number =>
  parts.buffering + parts.inference + parts.model + parts.filter;

/** Rows with a slider each, for the params that are turned while playing. */
export function paramRows(
  context: EditorContext,
  node: PatchNode,
  shape: NodeShape,
  names: readonly string[],
): NodeBody {
  const updates: (() => void)[] = [];
  const element = h('div', { class: css('rows') });
  const isSingle = names.length === 1 && shape.type.view === 'plain';
  for (const name of names) {
    const label = shape.params[name]?.label || name;
    const binding = bindParam(context, node.id, name);
    binding.definition();
    const slider = makeSlider(binding, label);
    const value = h('output', { class: css('value') });
    // As wide as the longest value as far as there is room, so that nothing moves while it does.
    const { min, max } = binding.definition();
    const longest = Math.max(...[min, max].map(end => formatParam(binding.definition(), end).length));
    value.style.minWidth = `max(50px, ${Math.min(VALUE_CHARACTERS_MAX, longest - 0.5)}ch)`;
    makeTypable(value, binding, label);
    const row = h('div', { class: css('row') }, h('span', { class: css('rowLabel') }, label), slider.element, value);
    row.classList.toggle(css('mod-single'), isSingle);
    element.append(row);
    updates.push(() => {
      slider.update();
      setText(value, shownText(binding));
    });
  }
  const update = (): void => {
    for (const run of updates) run();
  };
  update();
  return { element, update };
}

/** What the type's view draws between header and rows; undefined for plain nodes. */
export function makeView(context: EditorContext, node: PatchNode, shape: NodeShape): NodeBody | undefined {
  switch (shape.type.view) {
    case 'knob':
      return knobBody(context, node);
    case 'oscilloscope':
      return makeOscilloscopeBody(context, node);
    case 'spectrum':
      return makeSpectrumBody(context, node);
    case 'spectrogram':
      return makeSpectrogramBody(context, node);
    case 'meter':
    case 'output':
      return makeMeterBody(context, node);
    case 'figures':
      return makeFiguresBody(context, node, shape);
    case 'curve':
      return makeCurveBody(context, node, shape);
    case 'recorder':
      return makeRecorderBody(context, node);
    case 'waveform':
      return makeWaveformBody(context, node);
    case 'model':
      return makeModelBody(context, node);
    case 'resampler':
      return converterBody(context, node);
    case 'plain':
      return undefined;
  }
}

/** Body of a node whose type is unknown: says so; wires and values are kept. */
export function unknownBody(node: PatchNode): NodeBody {
  return {
    element: h(
      'div',
      { class: css('unknown') },
      h('div', { class: css('warn') }, icon('warning'), 'Unknown node type'),
      h('div', { class: css('second') }, `${node.type} · wires and values are kept`),
    ),
  };
}
