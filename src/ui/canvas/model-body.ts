// Body of a node with a model: its contract, its latency, where it runs and its mean load; or that the file is missing.
// Must not know params (they have rows of their own).
import type { PatchNode } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';
import { css, h, setText } from '../dom.ts';
import { formatNumber, formatRate, formatSamples, THIN_SPACE } from '../format.ts';
import { icon } from '../icons.ts';
import { makeLoadBar } from '../meters/load-bar.ts';
import { type NodeBody, sumLatency } from './node-body.ts';

export function makeModelBody(context: EditorContext, node: PatchNode): NodeBody {
  const contractText = h('span');
  const contract = h('span', { class: css('chip') }, icon('check'), contractText);
  const latencyText = h('span');
  const latency = h('span', { class: css('chip') }, icon('time'), latencyText);
  const chips = h('div', { class: css('chips') }, contract, latency);
  const missing = h('div', { class: css('warn') });
  const load = makeLoadBar();
  const loadValue = h('output', { class: css('value') });
  const addsValue = h('output', { class: css('second') });
  const locate = h('button', { type: 'button', class: css('button', 'mod-small') }, 'Locate file');
  locate.addEventListener('click', () => context.callbacks.locateFile?.(node.id, 'model'));
  const rows = h(
    'div',
    {},
    h(
      'div',
      { class: css('row') },
      h('span', { class: css('rowLabel', 'second') }, 'Runs in'),
      h('span', {}, 'audio thread'),
      addsValue,
    ),
    h('div', { class: css('row') }, h('span', { class: css('rowLabel', 'second') }, 'Load'), load.element, loadValue),
  );
  const element = h('div', { class: css('modelBody') }, chips, missing, rows);
  let isMissing: boolean | undefined;

  const facts = (): void => {
    const resource = context.engine.resource(node.id, 'model');
    const model = resource?.kind === 'model' ? resource : undefined;
    const problem = context.problemsOf(node.id)[0];
    if (isMissing !== (model === undefined)) {
      isMissing = model === undefined;
      chips.hidden = isMissing;
      rows.hidden = isMissing;
      missing.replaceChildren();
      if (isMissing) {
        const path = context.store.patch.nodes[node.id]?.resources?.model;
        missing.append(
          icon('warning'),
          path ? `Not loaded: ${path}` : 'No model yet',
          context.callbacks.locateFile ? locate : '',
        );
      }
      missing.hidden = !isMissing;
    }
    if (!model) return;
    const { sampleRateHz, blockFrames } = model.contract;
    const rateText = sampleRateHz === 0 ? 'any rate' : formatRate(sampleRateHz);
    setText(contractText, `${rateText} · ${blockFrames === 0 ? 'any block' : `block ${blockFrames}`}`);
    contract.classList.toggle(css('mod-ok'), !problem);
    contract.classList.toggle(css('mod-warn'), problem !== undefined);
    contract.replaceChild(icon(problem ? 'warning' : 'check'), contract.firstChild as Node);
    contract.title = problem?.message ?? 'The contract of the model is satisfied';
    const plan = context.engine.plan?.nodes[node.id];
    setText(latencyText, plan ? `+${formatSamples(sumLatency(plan.latency))}` : '');
    latency.title = 'Latency in samples at the rate of the node';
    latency.hidden = !plan;
    setText(addsValue, plan ? `adds ${formatSamples(plan.latency.inference)}` : '');
  };
  const live = (): void => {
    const share = context.isPlaying ? context.engine.live?.nodeLoads[node.id] : undefined;
    load.set(share);
    setText(loadValue, share === undefined ? '' : `${formatNumber(share * 100, 0)}${THIN_SPACE}%`);
  };
  facts();
  live();
  return { element, facts, live };
}
