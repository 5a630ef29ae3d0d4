// Body of a node with a model: its contract, its latency, where and on what it runs, its mean load; or that the file is missing.
// Must not know params (they have rows of their own).
import type { PatchNode } from '../../core/patch.ts';
import type { ModelResource } from '../../core/resource.ts';
import {
  type RuntimeChoice,
  type RuntimeName,
  runtimeFound,
  runtimeOf,
  runtimeText,
  withRuntime,
} from '../../core/runtime-choice.ts';
import { blockText } from '../../core/signal-rules.ts';
import { transportWish } from '../../core/transport.ts';
import type { EditorContext } from '../context.ts';
import { css, h, setText } from '../dom.ts';
import { LATE_ADVICE } from '../dropouts.ts';
import { formatNumber, formatRate, formatSamples, THIN_SPACE } from '../format.ts';
import { icon } from '../icons.ts';
import { makeLoadBar } from '../meters/load-bar.ts';
import { problemWords } from '../problem-words.ts';
import { type NodeBody, sumLatency } from './node-body.ts';

/** Who runs it, as short as a node is wide; its title has the whole of it. */
const RUNS_ON: Readonly<Record<RuntimeName, string>> = {
  'SIMD kernels': 'SIMD kernels',
  'ONNX Runtime': 'ONNX Runtime',
  'SIMD kernels + ONNX Runtime': 'SIMD + ONNX',
};

/** Who runs it now; undefined while nothing plays, or nobody told. */
const foundRuntime = ({ engine, isPlaying }: EditorContext, nodeId: string): RuntimeName | undefined =>
  isPlaying ? engine.live?.runtimes[nodeId] : undefined;

/** In the worker the kernels are plain. */
const isRelaxed = ({ engine, isPlaying }: EditorContext, nodeId: string): boolean =>
  isPlaying && engine.live?.kernelForm === 'relaxed' && engine.transports[nodeId]?.place !== 'worker';

/**
 * Where the model runs, what that adds, and how long a call took when it was timed: beside it, or in the line `below` where the slack
 * of a worker leaves no room. Before a start: what the patch wants.
 */
function showTransport(
  context: EditorContext,
  nodeId: string,
  place: HTMLElement,
  beside: HTMLElement,
  below: HTMLElement,
): void {
  const { engine, store } = context;
  const { params = {} } = store.patch.nodes[nodeId] ?? {};
  const { runsIn } = transportWish(params);
  const chosen = engine.transports[nodeId];
  const inference = engine.plan?.nodes[nodeId]?.latency.inference;
  const p95Ms = chosen?.p95Ms;
  setText(place, chosen?.place ?? (runsIn === 'auto' ? 'auto' : runsIn));
  place.title = chosen
    ? 'Fixed until stop; see Runs in, in the inspector'
    : runsIn === 'auto'
      ? 'In the audio thread if it is quick enough there, else in a worker: measured at the start'
      : 'Pinned by Runs in, in the inspector';
  const late = inference ? `+${formatSamples(inference)}` : '';
  const calls = p95Ms === undefined ? '' : `${formatNumber(p95Ms, p95Ms < 10 ? 1 : 0)}${THIN_SPACE}ms`;
  const callsTitle = '95 of 100 calls were quicker than this when it was timed';
  setText(beside, late || calls);
  beside.title = late ? 'Slack in samples at the rate of the node' : callsTitle;
  setText(below, late && calls);
  below.title = callsTitle;
}

/** What runs a node's model: what was chosen, and while it plays what its runner told. */
export function runtimeNow(context: EditorContext, nodeId: string, model: ModelResource): RuntimeChoice {
  const { params = {} } = context.store.patch.nodes[nodeId] ?? {};
  return runtimeFound(runtimeOf(withRuntime(model, params)), foundRuntime(context, nodeId));
}

function showRuntime(context: EditorContext, nodeId: string, model: ModelResource, runsOn: HTMLElement): void {
  const runtime = runtimeNow(context, nodeId, model);
  const form = runtime.name.startsWith('SIMD') && isRelaxed(context, nodeId) ? ', relaxed' : '';
  setText(runsOn, RUNS_ON[runtime.name] + form);
  runsOn.title = runtimeText(runtime);
}

/** In a worker the audio thread only hands sound over: its load says nothing of the model. */
function showWhatIsLoad({ engine }: EditorContext, nodeId: string, label: HTMLElement): void {
  const chosen = engine.transports[nodeId];
  const isHandOver = chosen?.place === 'worker';
  const own =
    chosen?.p95Ms === undefined
      ? 'it was not timed'
      : `when timed, 95 of 100 calls took less than ${formatNumber(chosen.p95Ms, 1)}${THIN_SPACE}ms`;
  setText(label, isHandOver ? 'Hand-over' : 'Load');
  label.title = isHandOver
    ? `Share of a block that handing over to the worker and back takes in the audio thread. The model itself runs beside it: ${own}`
    : 'Mean share of a block that the model takes in the audio thread';
}

export function makeModelBody(context: EditorContext, node: PatchNode): NodeBody {
  const contractText = h('span');
  const contract = h('span', { class: css('chip') }, icon('check'), contractText);
  const latencyText = h('span');
  const latency = h('span', { class: css('chip') }, icon('time'), latencyText);
  const chips = h('div', { class: css('chips') }, contract, latency);
  const locate = h('button', { type: 'button', class: css('button', 'mod-small') });
  locate.addEventListener('click', () => context.callbacks.locateFile?.(node.id, 'model'));
  const missingText = h('span');
  const missingLine = h('div', { class: css('warn') }, icon('warning'), missingText);
  const wantedLabel = h('span', { class: css('second') }, 'Looked for');
  const wanted = h('span', { class: css('mono', 'fileName') });
  const wantedLine = h('div', { class: css('row') }, wantedLabel, wanted);
  const missing = h('div', { class: css('missing') }, missingLine, wantedLine, locate);
  const load = makeLoadBar();
  const loadValue = h('output', { class: css('value') });
  const loadLabel = h('span', { class: css('rowLabel', 'second', 'mod-whole') });
  const place = h('output');
  const beside = h('output', { class: css('second') });
  const runsOn = h('output');
  const below = h('output', { class: css('second') });
  const lateValue = h('output', {
    class: css('warn'),
    title: `Blocks that came later than the slack. ${LATE_ADVICE}`,
  });
  const rows = h(
    'div',
    {},
    h('div', { class: css('row') }, h('span', { class: css('rowLabel', 'second') }, 'Runs in'), place, beside),
    h('div', { class: css('row') }, h('span', { class: css('rowLabel', 'second') }, 'Runs on'), runsOn, below),
    h('div', { class: css('row') }, loadLabel, load.element, loadValue, lateValue),
  );
  const element = h('div', { class: css('modelBody') }, chips, missing, rows);

  /** Wires and values stay; the body says what is missing, what happens meanwhile and what to do. */
  const showMissing = (): void => {
    const path = context.store.patch.nodes[node.id]?.resources?.model;
    const { plan, loading } = context.engine;
    const share = loading?.nodeId === node.id ? ` ${formatNumber(loading.share * 100, 0)}${THIN_SPACE}%` : '';
    const isLoading = path !== undefined && (plan === undefined || share !== '');
    const unusable = context.problemsOf(node.id).find(({ code }) => code.startsWith('E-MODEL') || code === 'E-SIZE');
    const why = unusable ? 'File can’t be used' : path ? 'File not found' : 'No model yet';
    setText(missingText, isLoading ? `Loading the model${share}` : `${why}: input passes through`);
    missingLine.classList.toggle(css('mod-quiet'), isLoading || !path);
    missingLine.title = unusable ? problemWords(context, unusable) : '';
    missingLine.replaceChild(icon(isLoading ? 'time' : path ? 'warning' : 'file'), missingLine.firstChild as Node);
    setText(wantedLabel, isLoading || unusable ? 'File' : 'Looked for');
    setText(wanted, path?.replace(/^builtin:/, '').replace(/^.*\//, '') ?? '');
    wanted.title = path ?? '';
    wantedLine.hidden = !path;
    setText(locate, path ? 'Locate file' : 'Choose file');
    locate.hidden = isLoading || !context.callbacks.locateFile;
  };
  let told = '';
  const facts = (): void => {
    const resource = context.engine.resource(node.id, 'model');
    const model = resource?.kind === 'model' ? resource : undefined;
    const problem = context.problemsOf(node.id)[0];
    chips.hidden = rows.hidden = model === undefined;
    missing.hidden = model !== undefined;
    if (!model) {
      showMissing();
      return;
    }
    const { sampleRateHz, blockFrames } = model.contract;
    const rateText = sampleRateHz === 0 ? 'any rate' : formatRate(sampleRateHz);
    const wants = `${rateText} · ${blockText(blockFrames)}`;
    setText(contractText, wants);
    contract.classList.toggle(css('mod-ok'), !problem);
    contract.classList.toggle(css('mod-warn'), problem !== undefined);
    contract.replaceChild(icon(problem ? 'warning' : 'check'), contract.firstChild as Node);
    contract.title = problem ? problemWords(context, problem) : `${wants}: the contract of the model is satisfied`;
    const plan = context.engine.plan?.nodes[node.id];
    setText(latencyText, plan ? `+${formatSamples(sumLatency(plan.latency))}` : '');
    latency.title = 'Latency in samples at the rate of the node';
    latency.hidden = !plan;
    showTransport(context, node.id, place, beside, below);
    showRuntime(context, node.id, model, runsOn);
    showWhatIsLoad(context, node.id, loadLabel);
  };
  const live = (): void => {
    if (!missing.hidden) showMissing();
    const tells = `${foundRuntime(context, node.id)} ${isRelaxed(context, node.id)}`;
    if (told !== tells) {
      told = tells;
      const resource = context.engine.resource(node.id, 'model');
      if (resource?.kind === 'model') showRuntime(context, node.id, resource, runsOn);
    }
    const share = context.isPlaying ? context.engine.live?.nodeLoads[node.id] : undefined;
    load.set(share);
    const late = context.isPlaying ? (context.engine.live?.lateCalls[node.id] ?? 0) : 0;
    setText(lateValue, late > 0 ? `${late} late` : '');
    setText(loadValue, share === undefined ? '' : `${formatNumber(share * 100, 0)}${THIN_SPACE}%`);
  };
  facts();
  live();
  return { element, update: facts, facts, live };
}
