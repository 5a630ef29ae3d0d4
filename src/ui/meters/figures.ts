// Figures: a row of label and number for each thing that a measuring node tells. What the numbers are is the node's own
// (NodeType.figures); here they are only asked for and written. Owns how often: slowly enough to be read.
import type { Figure } from '../../core/node-type.ts';
import type { PatchNode } from '../../core/patch.ts';
import type { NodeShape } from '../../core/registry.ts';
import type { NodeBody } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, setText } from '../dom.ts';
import { formatNumber, formatRate, formatSamples, formatValue, THIN_SPACE } from '../format.ts';

/** A person reads four numbers a second at best; a correlation takes a few ms. */
const ASK_EVERY_MS = 250;

/** A figure as text; "–" where there is nothing to say. */
export function figureText(figure: Figure | undefined): string {
  if (!figure || Number.isNaN(figure.value)) return '–';
  const { value, unit } = figure;
  if (unit === 'count') return formatNumber(value, 0);
  if (unit === 'samples') return `${formatSamples(value)}${THIN_SPACE}samples`;
  if (unit === 'Hz') return formatRate(value);
  if (unit === '') return formatNumber(value, 4);
  return formatValue(value, unit);
}

export function makeFiguresBody(context: EditorContext, node: PatchNode, shape: NodeShape): NodeBody {
  const { figures, probes } = shape.type;
  const rows = (figures?.labels ?? []).map(label => {
    const number = h('output', {}, '–');
    return { label, number, element: h('div', { class: css('figureRow') }, h('span', {}, label), number) };
  });
  const element = h('div', { class: css('figuresBody') }, ...rows.map(row => row.element));
  let asked = Number.NEGATIVE_INFINITY;
  let wasPlaying = false;
  let first = '';
  const ask = (): readonly (Figure | undefined)[] => {
    const plan = context.engine.plan;
    const states = Object.fromEntries(probes.map(name => [name, context.engine.readProbe(node.id, name)]));
    const isHeard = context.isPlaying && probes.some(name => states[name] !== undefined);
    if (!figures || !plan || !isHeard) return [];
    const waitSamples = Object.fromEntries(
      context.wiresInto(node.id).map(wire => [wire.to.port, plan.connections[wire.id]?.alignSamples ?? 0]),
    );
    return figures.values({ probes: states, rateHz: plan.nodes[node.id]?.rateHz ?? plan.sampleRateHz, waitSamples });
  };
  const live = (): void => {
    const now = performance.now();
    // A start or stop shows at once.
    if (now - asked < ASK_EVERY_MS && wasPlaying === context.isPlaying) return;
    asked = now;
    wasPlaying = context.isPlaying;
    const told = ask();
    rows.forEach(({ number }, index) => {
      setText(number, figureText(told[index]));
      number.classList.toggle(css('mod-over'), told[index]?.isBad === true);
    });
    first = told[0] ? figureText(told[0]) : '';
  };
  live();
  const words = (): string => rows.map(({ label, number }) => `${label} ${number.textContent}`).join(', ');
  return { element, live, fact: () => first, words };
}
