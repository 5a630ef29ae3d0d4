// The inspector: everything about the one selected node, or the patch. Follows selection, document and plan.
// Owns which sections there are; each section is in its own file.
import { setBypassed, setLabel, setPatchField } from '../../core/edits.ts';
import type { PatchNode } from '../../core/patch.ts';
import { SAMPLE_RATES_HZ } from '../../core/sample-rates.ts';
import { bypassWords } from '../canvas/bypass-words.ts';
import { sumLatency } from '../canvas/node-body.ts';
import { EditorContext, type EditorOptions } from '../context.ts';
import { css, Disposables, h, setText } from '../dom.ts';
import { formatCount, formatRate } from '../format.ts';
import { type IconName, icon } from '../icons.ts';
import { formatLatency, makeLatencyBar } from './latency.ts';
import { makeContract, makeSource } from './model.ts';
import { type InspectorPart, makeParams, makeSmoothing } from './params.ts';
import { makeProblemList } from './problems.ts';
import { makeSection, makeTable } from './section.ts';

export function mountInspector(host: HTMLElement, options: EditorOptions): { dispose(): void } {
  const context = new EditorContext(options);
  const disposables = new Disposables();
  const root = h('div', {
    class: css('Inspector'),
    role: 'region',
    'aria-label': 'Inspector',
    'data-lm-suppress-shortcuts': 'true',
  });
  host.append(root);
  let shown = '';
  let parts: InspectorPart[] = [];
  let facts: unknown;

  const draw = (): void => {
    const node = selectedNode(context);
    const shape = node && context.shapeOf(node);
    // A new node, new params or new resources make a new page; values only update the one that is there.
    const key = node
      ? JSON.stringify([
          node.id,
          node.type,
          shape && Object.entries(shape.params).map(([name, p]) => [name, p.kind]),
          node.resources,
          node.contract,
          Object.keys(shape?.shape.resources ?? {}).map(slot => context.engine.resource(node.id, slot)?.sha256),
        ])
      : `patch ${context.session.selection.nodes.size}`;
    const { plan } = context.engine;
    if (key !== shown || plan !== facts) {
      const hasFocusInside = root.contains(document.activeElement) && key === shown;
      if (!hasFocusInside) {
        shown = key;
        facts = plan;
        const scrollTop = root.scrollTop;
        parts = node ? drawNode(context, root, node) : drawPatch(context, root);
        root.scrollTop = scrollTop;
      }
    }
    for (const part of parts) part.update();
  };
  draw();
  disposables.add(context.session.subscribe(draw));
  disposables.add(context.store.subscribe(draw));
  disposables.add(
    context.engine.onChange(() => {
      if (context.engine.plan !== facts) draw();
      else for (const part of parts) part.live?.();
    }),
  );
  return {
    dispose: () => {
      disposables.dispose();
      root.remove();
    },
  };
}

function selectedNode(context: EditorContext): PatchNode | undefined {
  const { nodes, focus } = context.session.selection;
  const id = focus !== undefined && nodes.has(focus) ? focus : nodes.size === 1 ? [...nodes][0] : undefined;
  return id === undefined ? undefined : context.store.patch.nodes[id];
}

function action(label: string, name: IconName, run: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button', class: css('button', 'mod-small') }, icon(name), label);
  element.addEventListener('click', run);
  return element;
}

function drawNode(context: EditorContext, root: HTMLElement, node: PatchNode): InspectorPart[] {
  const parts: InspectorPart[] = [];
  const { callbacks, engine, store } = context;
  const shape = context.shapeOf(node);
  const type = shape?.type;
  const title = h('input', {
    class: css('titleField'),
    'aria-label': 'Name',
    spellcheck: 'false',
    placeholder: type?.label ?? node.type,
  });
  title.addEventListener('change', () => store.dispatch(setLabel(node.id, title.value.trim())));
  title.addEventListener('keydown', event => {
    if (event.key === 'Enter') title.blur();
  });
  const bypass = action('Bypass', 'power', () =>
    store.dispatch(setBypassed(node.id, !store.patch.nodes[node.id]?.isBypassed)),
  );
  bypass.title = bypassWords(shape, engine.plan?.nodes[node.id]);
  const head = h(
    'div',
    { class: css('inspectorHead') },
    title,
    h('div', { class: css('second') }, `${type?.label ?? node.type} · ${node.id}`),
    h('p', {}, type?.help ?? 'This version does not know the type of this node. Its wires and values are kept.'),
    h(
      'div',
      { class: css('actions') },
      bypass,
      callbacks.resetState ? action('Reset state', 'reset', () => callbacks.resetState?.(node.id)) : undefined,
      callbacks.openExample && type ? action('Example', 'help', () => callbacks.openExample?.(type.id)) : undefined,
    ),
  );
  parts.push({
    element: head,
    update: () => {
      const now = store.patch.nodes[node.id];
      if (!now) return;
      if (document.activeElement !== title) title.value = now.label ?? type?.label ?? '';
      bypass.setAttribute('aria-pressed', now.isBypassed ? 'true' : 'false');
    },
  });
  const sections: HTMLElement[] = [];
  const problems = context.problemsOf(node.id);
  if (problems.length > 0)
    sections.push(makeSection('Problems', String(problems.length), makeProblemList(context, problems)));
  if (shape && Object.keys(shape.params).length > 0) {
    const params = makeParams(context, node, shape, false);
    parts.push(params);
    if (params.element.hasChildNodes()) sections.push(makeSection('Params', undefined, params.element));
    const setup = makeParams(context, node, shape, true);
    parts.push(setup);
    if (setup.element.hasChildNodes()) sections.push(makeSection('Set-up', 'fixed in a bundle', setup.element));
    const smoothing = makeSmoothing(context, node, shape);
    if (smoothing) {
      parts.push(smoothing);
      sections.push(makeSection('Smoothing', undefined, smoothing.element));
    }
  }
  for (const [slot, definition] of Object.entries(type?.resources ?? {})) {
    const resource = engine.resource(node.id, slot);
    const path = node.resources?.[slot];
    const choose = callbacks.locateFile
      ? action(path ? 'Change file' : 'Choose file', 'file', () => callbacks.locateFile?.(node.id, slot))
      : undefined;
    if (resource?.kind === 'model') {
      const contract = makeContract(context, node, resource);
      parts.push(contract);
      sections.push(makeSection('Contract', problems.length === 0 ? 'satisfied' : 'see problems', contract.element));
      const source = makeSource(context, node, resource);
      parts.push(source);
      sections.push(makeSection('Source', undefined, source.element, choose));
    } else if (resource?.kind === 'audio') {
      const frames = resource.channels[0]?.length ?? 0;
      sections.push(
        makeSection(
          definition.label,
          undefined,
          makeTable([
            ['File', path ?? '', true],
            ['Rate · channels', `${formatRate(resource.sampleRateHz)} · ${resource.channels.length} ch`],
            ['Length', `${(frames / resource.sampleRateHz).toFixed(2)} s`],
          ]),
          choose,
        ),
      );
    } else
      sections.push(
        makeSection(
          definition.label,
          undefined,
          h('p', { class: css('second') }, path ? `Not loaded: ${path}` : 'No file yet.'),
          choose,
        ),
      );
  }
  const plan = engine.plan?.nodes[node.id];
  if (plan) {
    const total = sumLatency(plan.latency);
    sections.push(
      makeSection(
        'Latency',
        formatLatency(total, plan.rateHz),
        total > 0
          ? makeLatencyBar(plan.latency)
          : h('p', { class: css('second') }, `Adds no latency. Runs at ${formatRate(plan.rateHz)}.`),
      ),
    );
  }
  root.replaceChildren(head, ...sections);
  return parts;
}

function drawPatch(context: EditorContext, root: HTMLElement): InspectorPart[] {
  const { store, engine, session } = context;
  const count = session.selection.nodes.size;
  const title = h('div', { class: css('titleField') });
  const subtitle = h('div', { class: css('second') });
  const rate = h(
    'select',
    { 'aria-label': 'Sample rate' },
    ...SAMPLE_RATES_HZ.map(hz => h('option', { value: hz }, formatRate(hz))),
  );
  rate.addEventListener('change', () => store.dispatch(setPatchField('sampleRateHz', Number(rate.value))));
  const text = (label: string, field: 'name' | 'description' | 'authors' | 'licence'): InspectorPart => {
    const input = h('input', { class: css('textField'), 'aria-label': label, spellcheck: 'false' });
    input.addEventListener('change', () => store.dispatch(setPatchField(field, input.value)));
    return {
      element: h('div', { class: css('paramRow') }, h('label', {}, label), input),
      update: () => {
        if (document.activeElement !== input) input.value = store.patch[field];
      },
    };
  };
  const fields = [
    text('Name', 'name'),
    text('Description', 'description'),
    text('Authors', 'authors'),
    text('Licence', 'licence'),
  ];
  const head: InspectorPart = {
    element: h('div', { class: css('inspectorHead') }, title, subtitle),
    update: () => {
      setText(title, count > 1 ? `${count} nodes` : store.patch.name || 'Patch');
      setText(
        subtitle,
        count > 1
          ? 'Select one to see its params'
          : `${formatCount(Object.keys(store.patch.nodes).length, 'node')} · ${formatCount(Object.keys(store.patch.connections).length, 'connection')}`,
      );
      rate.value = String(store.patch.sampleRateHz);
    },
  };
  const { plan } = engine;
  const problems = plan?.problems ?? [];
  root.replaceChildren(
    head.element,
    problems.length > 0 ? makeSection('Problems', String(problems.length), makeProblemList(context, problems)) : '',
    makeSection(
      'Patch',
      undefined,
      ...fields.map(field => field.element),
      h('div', { class: css('paramRow', 'mod-choice') }, h('label', {}, 'Sample rate'), rate),
    ),
    plan?.latencySamples !== undefined && plan.latency
      ? makeSection(
          'Latency',
          formatLatency(plan.latencySamples, plan.sampleRateHz),
          plan.latencySamples > 0
            ? makeLatencyBar(plan.latency)
            : h('p', { class: css('second') }, 'The patch adds no latency.'),
        )
      : '',
  );
  return [head, ...fields];
}
