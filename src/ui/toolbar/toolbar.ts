// The patch toolbar: start, pause and stop, what the plan and the engine say, problems, export.
// Owns its drawing; live figures disappear while audio is off instead of showing zeros.
import { EditorContext, type EditorOptions } from '../context.ts';
import { button, css, Disposables, h, setText } from '../dom.ts';
import { countDropouts } from '../dropouts.ts';
import { formatCount, formatNumber, formatRate, formatTime, THIN_SPACE } from '../format.ts';
import { icon } from '../icons.ts';
import { formatLatency, latencyText, makeLatencyBar, makeLatencyStrip } from '../inspector/latency.ts';
import { makeProblemList } from '../inspector/problems.ts';
import { makeLoadBar } from '../meters/load-bar.ts';
import { makeFold } from './fold.ts';
import { dropoutsInWords, makeLoadPanel } from './load-panel.ts';
import { makePopup } from './popup.ts';

const DROPOUT_ALARM_MS = 4000;
/** The open list of loads is drawn again so often: figures are means over a second. */
const PANEL_MS = 1000;

export function mountToolbar(host: HTMLElement, options: EditorOptions): { dispose(): void } {
  const context = new EditorContext(options);
  const { engine } = context;
  const disposables = new Disposables();
  // Words of the class `word` are left out where the toolbar is narrow; the label still says them.
  const word = (text: string): HTMLElement => h('span', { class: css('word') }, text);
  const startText = h('span');
  const startAdvice = word('');
  const start = button(
    css('start'),
    'Start audio',
    () => void engine.start(),
    icon('power'),
    h('span', {}, startText, startAdvice),
  );
  const pause = button(
    css('iconButton'),
    'Pause',
    () => (context.isPlaying ? engine.pause() : void engine.start()),
    icon('pause'),
  );
  const stop = button(css('iconButton'), 'Stop', () => engine.stop(), icon('stop'));
  const cell = (label: string, rank = 'first'): { root: HTMLElement; value: HTMLElement; label: HTMLElement } => {
    const value = h('b');
    const small = h('small', {}, label);
    const root = h('div', { class: css('cell', `mod-${rank}`) }, small, value);
    return { root, value, label: small };
  };
  const rate = cell('Sample rate', 'last');
  const block = cell('Block', 'last');
  const load = cell('Load, mean');
  const bar = makeLoadBar();
  load.label.append(bar.element);
  const latency = cell('Latency');
  const latencyParts = button(
    css('link', 'cellButton'),
    'Latency in its four parts',
    () => latencyPopup.toggle(),
    'Latency',
  );
  const latencyStrip = h('span');
  latency.label.replaceChildren(latencyParts, latencyStrip);
  const loading = cell('Loading');
  const measuring = cell('Timing models');
  const dropouts = cell('Dropouts');
  const details = button(
    css('link', 'cellButton'),
    'Load per node and late blocks',
    () => loadPopup.toggle(),
    'Dropouts',
  );
  dropouts.label.replaceChildren(details);
  const monitor = h(
    'div',
    {
      class: css('monitor'),
      title: 'The limiter or the fade-in of the monitor is acting; it is not part of the patch',
    },
    'Monitor',
    word(' acts'),
  );
  const problemCount = h('span');
  const problemNoun = word('');
  const problems = button(
    css('button', 'problemButton'),
    'Problems of the patch',
    () => problemPopup.toggle(),
    icon('warning'),
    h('span', {}, problemCount, problemNoun),
  );
  const exportBundle = button(
    css('button'),
    'Export bundle',
    () => context.callbacks.exportBundle?.(),
    icon('export'),
    word('Export bundle'),
  );
  const root = h(
    'div',
    { class: css('Toolbar'), role: 'toolbar', 'aria-label': 'Patch' },
    start,
    pause,
    stop,
    ...makeFold(
      [loading, measuring, rate, block, load, latency, dropouts].map(({ root }) => root),
      'More figures',
      disposables,
    ),
    monitor,
    problems,
    context.callbacks.exportBundle ? exportBundle : undefined,
  );
  host.append(root);
  const problemPopup = makePopup(
    root,
    problems,
    'Problems',
    () => [makeProblemList(context, engine.plan?.problems ?? [])],
    disposables,
  );
  const showLatency = (): readonly Node[] => [
    engine.plan?.latency ? makeLatencyBar(engine.plan.latency) : h('p', {}, 'There is no plan.'),
    h(
      'p',
      { class: css('second') },
      'Samples of the longest path, at the rate of the patch. The transport waits for it.',
    ),
  ];
  const latencyPopup = makePopup(root, latencyParts, 'Latency', showLatency, disposables);
  const loads = makeLoadPanel(context);
  const showLoads = (): readonly Node[] => {
    loads.update();
    return loads.elements;
  };
  const loadPopup = makePopup(root, details, 'Load and dropouts', showLoads, disposables);
  let lastDropouts = 0;
  let alarmUntilMs = 0;
  let panelMs = 0;

  let drawnPlan: unknown;
  const update = (): void => {
    const { state, plan, live } = engine;
    const isOn = state === 'playing' || state === 'paused' || state === 'starting';
    start.hidden = isOn;
    start.disabled = state === 'starting';
    setText(startText, state === 'failed' ? 'Audio failed' : state === 'stopped' ? 'Stopped' : 'Audio is off');
    setText(startAdvice, state === 'failed' ? ' — click to try again' : ' — click to start');
    start.title = `${startText.textContent}${startAdvice.textContent}`;
    start.setAttribute('aria-label', start.title);
    pause.hidden = stop.hidden = !isOn;
    pause.classList.toggle(css('mod-on'), state === 'playing');
    pause.replaceChildren(icon(state === 'paused' ? 'play' : 'pause'));
    pause.setAttribute('aria-label', state === 'paused' ? 'Play' : 'Pause');
    setText(rate.value, formatRate(plan?.sampleRateHz ?? context.store.patch.sampleRateHz));
    const samples = plan?.latencySamples;
    latency.root.hidden = samples === undefined;
    if (plan && samples !== undefined) setText(latency.value, formatLatency(samples, plan.sampleRateHz));
    const showShare = ({ root, value }: typeof loading, what: string | undefined, share = 0): void => {
      root.hidden = what === undefined;
      if (what !== undefined) setText(value, `${what} ${formatNumber(share * 100, 0)}${THIN_SPACE}%`);
    };
    showShare(loading, engine.loading?.path.replace(/^.*[/:]/, ''), engine.loading?.share);
    showShare(measuring, engine.measuring?.what, engine.measuring?.share);
    const isLive = isOn && live !== undefined;
    for (const { root: element } of [block, load, dropouts]) element.hidden = !isLive;
    monitor.hidden = !(state === 'playing' && live?.isMonitorActing);
    if (isLive) {
      setText(block.value, String(live.blockFrames));
      setText(load.value, `${formatNumber(live.loadMean * 100, 0)}${THIN_SPACE}% of budget`);
      bar.set(live.loadMean);
      const nowMs = performance.now();
      const count = countDropouts(live);
      if (count > lastDropouts) alarmUntilMs = nowMs + DROPOUT_ALARM_MS;
      lastDropouts = count;
      const gaps = live.underruns?.events ?? 0;
      const time = formatTime(live.secondsPlayed).replace(/\.\d$/, '');
      setText(dropouts.value, `${count} in ${time}${gaps > 0 ? ` · device ${gaps}` : ''}`);
      dropouts.root.classList.toggle(css('mod-urgent'), count > 0);
      dropouts.root.title = dropoutsInWords(context, live);
      if (loadPopup.isOpen && nowMs - panelMs > PANEL_MS) {
        panelMs = nowMs;
        loads.update();
      }
      dropouts.root.classList.toggle(css('mod-error'), nowMs < alarmUntilMs);
    } else lastDropouts = 0;
    const count = plan?.problems.length ?? 0;
    problems.hidden = count === 0;
    setText(problemCount, String(count));
    setText(problemNoun, formatCount(count, 'problem').slice(String(count).length));
    problems.classList.toggle(css('mod-error'), plan?.problems.some(problem => problem.severity === 'error') ?? false);
    if (plan !== drawnPlan) {
      problemPopup.update();
      latencyPopup.update();
      latencyStrip.replaceChildren(...(plan?.latency ? [makeLatencyStrip(plan.latency)] : []));
      latency.root.title = plan?.latency ? latencyText(plan.latency) : '';
    }
    drawnPlan = plan;
  };
  update();
  disposables.add(engine.onChange(update));
  disposables.add(context.store.subscribe(update));
  return {
    dispose: () => {
      disposables.dispose();
      root.remove();
    },
  };
}
