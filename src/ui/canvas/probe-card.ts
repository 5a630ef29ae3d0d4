// Probe of a wire: rest on it and its rate, channels, block, latency, peak, NaN count and waveform appear; a click on it pins them.
// Owns the card; the figures are the engine's.
import { css, h, s, setText } from '../dom.ts';
import { formatPeak, formatRate, formatSamples } from '../format.ts';
import { makeLatencyBar } from '../inspector/latency.ts';
import { waveformLine } from '../scopes/recording.ts';
import { alignmentOf, alignmentWords } from './align-badge.ts';
import type { PatchCanvas } from './canvas.ts';
import { itemWords } from './item-words.ts';
import { loopWords } from './loop-step.ts';
import { sumLatency } from './node-body.ts';
import { wireAt } from './picking.ts';

const REST_MS = 200;
const WIDTH = 240;
const HEIGHT = 34;

export class ProbeCard {
  readonly #canvas: PatchCanvas;
  #card: HTMLElement | undefined;
  #connection: string | undefined;
  #isPinned = false;
  #timer = 0;
  #update: () => void = () => {};

  constructor(canvas: PatchCanvas) {
    this.#canvas = canvas;
    const { element, disposables, context } = canvas;
    let under: string | undefined;
    const rest = (event: PointerEvent): void => {
      const id = wireAt(this.#canvas, event);
      if (this.#isPinned || id === under) return;
      under = id;
      clearTimeout(this.#timer);
      if (id === undefined || event.buttons !== 0)
        this.#timer = window.setTimeout(() => this.close(), this.#card ? 120 : 0);
      else if (id !== this.#connection)
        this.#timer = window.setTimeout(() => this.open(id, event.clientX, event.clientY), REST_MS);
    };
    disposables.listen(element, 'pointerover', rest);
    // A painted wire is no element to come over.
    disposables.listen(element, 'pointermove', event => this.#canvas.viewport.isTiny && rest(event));
    disposables.add(
      context.session.subscribe(({ connection }) => {
        if (this.#connection !== undefined) this.#isPinned = connection === this.#connection;
        if (!this.#isPinned) this.close();
      }),
    );
    disposables.add(context.engine.onChange(() => this.#update()));
    disposables.add(
      context.store.subscribe(({ patch }) => {
        if (this.#connection !== undefined && !Object.hasOwn(patch.connections, this.#connection)) this.close();
      }),
    );
    disposables.add(() => this.close());
  }

  /** Opens the card for a connection near a place of the screen; `isPinned` keeps it until the selection changes. */
  open(id: string, clientX: number, clientY: number, isPinned = false): void {
    const { context, element, wires } = this.#canvas;
    const connection = context.store.patch.connections[id];
    if (!connection) return;
    this.close();
    this.#connection = id;
    this.#isPinned = isPinned;
    wires.setState(id, 'probed', true);
    context.engine.probeConnection(id);
    const nameOf = (nodeId: string): string => {
      const node = context.store.patch.nodes[nodeId];
      return node ? context.titleOf(node) : nodeId;
    };
    const wave = s('path', { class: css('trace', 'mod-a') });
    const svg = s('svg', { class: css('scope'), viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' }, wave);
    const cell = (label: string): HTMLElement => {
      const value = h('b');
      figures.append(h('div', {}, h('small', {}, label), value));
      return value;
    };
    const figures = h('div', { class: css('figures') });
    const [rate, channels, block] = [cell('Rate'), cell('Channels'), cell('Block')];
    const [peak, nans] = [cell('Peak'), cell('NaN')];
    const latency = h('div', { class: css('probeLatency') });
    const rule = h('p', { class: css('second') });
    let drawn: unknown;
    this.#card = h(
      'div',
      { class: css('card', 'overlay', 'probe'), role: 'status' },
      h(
        'header',
        {},
        h('b', {}, `${nameOf(connection.from.node)} → ${nameOf(connection.to.node)}`),
        h('span', { class: css('second') }, this.#canvas.typeOf(connection.from)),
      ),
      svg,
      figures,
      latency,
      rule,
    );
    this.#update = () => {
      const facts = context.engine.plan?.connections[id];
      const probe = context.isPlaying ? context.engine.wireProbe : undefined;
      setText(rate, facts ? formatRate(facts.rateHz) : '–');
      setText(channels, facts ? `${facts.channels} ch` : '–');
      setText(block, facts ? (facts.blockFrames === 0 ? 'any' : String(facts.blockFrames)) : '–');
      if (facts !== drawn) {
        drawn = facts;
        const hasLatency = facts !== undefined && sumLatency(facts.latency) > 0;
        latency.replaceChildren(
          ...(hasLatency ? [h('small', {}, 'Latency up to here'), makeLatencyBar(facts.latency)] : []),
        );
      }
      (peak.parentElement as HTMLElement).hidden = !probe;
      (nans.parentElement as HTMLElement).hidden = !probe;
      svg.style.display = probe ? '' : 'none';
      if (probe) {
        setText(peak, formatPeak(probe.peak));
        setText(nans, String(probe.nanCount));
        wave.setAttribute('d', waveformLine(probe.wave, WIDTH, HEIGHT));
      }
      const alignment = alignmentOf(facts);
      const { node, port } = connection.from;
      const shape = context.engine.plan?.nodes[node]?.itemShapes[port];
      const notes = [
        itemWords(this.#canvas.typeOf(connection.from), shape, facts?.blockFrames ?? 0),
        facts?.channelRule ?? '',
        alignment ? alignmentWords(alignment) : '',
        loopWords(facts),
        // Less than half a sample, that no whole delay can mend.
        facts && Math.abs(facts.alignErrorSamples) >= 0.005 && alignment?.isOn
          ? `${formatSamples(Math.abs(facts.alignErrorSamples))} samples off`
          : '',
      ];
      setText(rule, notes.filter(Boolean).join(' · '));
      rule.hidden = rule.textContent === '';
    };
    this.#update();
    element.append(this.#card);
    const box = element.getBoundingClientRect();
    const x = Math.min(clientX - box.left + 20, element.clientWidth - 280);
    const y = Math.min(clientY - box.top - 30, element.clientHeight - 140);
    this.#card.style.transform = `translate(${Math.max(8, x)}px, ${Math.max(8, y)}px)`;
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#connection !== undefined) {
      this.#canvas.wires.setState(this.#connection, 'probed', false);
      this.#canvas.context.engine.probeConnection(undefined);
    }
    this.#connection = undefined;
    this.#isPinned = false;
    this.#card?.remove();
    this.#card = undefined;
    this.#update = () => {};
  }
}
