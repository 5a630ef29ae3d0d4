// A page with the product's own canvas: draws a patch and plans it then, as the product does. Must not know what is wanted of it.
import type { Patch } from '../../core/patch.ts';
import { structuralParamOf } from '../../core/registry.ts';
import { PatchStore } from '../../core/store.ts';
import { untilDrawn } from '../../engine/let-others-work.ts';
import { registry } from '../../generated/registry.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { mountEditor } from '../../ui/editor.ts';
import type { EngineView, PlanFacts } from '../../ui/engine-view.ts';
import { dragFrames, nextFrame, timeOpening } from '../page/frames.ts';
import type { OpenDrawing, PanFrames, ZoomTo } from './drawn.ts';

/** An engine that is off, and tells of a plan once it has one. */
class IdleEngine implements EngineView {
  readonly state = 'off';
  readonly live = undefined;
  readonly transports = {};
  readonly measuring = undefined;
  readonly loading = undefined;
  readonly isRecording = false;
  readonly wireProbe = undefined;
  plan: PlanFacts | undefined;
  readonly #listeners = new Set<() => void>();

  takePlan(plan: PlanFacts): void {
    this.plan = plan;
    for (const listener of this.#listeners) listener();
  }
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  resource(): undefined {}
  async start(): Promise<void> {}
  pause(): void {}
  stop(): void {}
  readProbe(): undefined {}
  probeConnection(): void {}
}

function factsOf(patch: Patch): PlanFacts {
  const { plan, problems } = makePlan(patch, registry, {});
  return {
    problems,
    sampleRateHz: patch.sampleRateHz,
    latencySamples: plan?.latencySamples,
    latency: plan?.latency,
    connections: plan?.connections ?? {},
    nodes: plan?.nodes ?? {},
  };
}

const canvas = (): HTMLElement => document.querySelector('.jp-Neuropatch-Canvas') as HTMLElement;
const painted = (): CanvasRenderingContext2D =>
  (document.querySelector('canvas.jp-Neuropatch-overview') as HTMLCanvasElement).getContext(
    '2d',
  ) as CanvasRenderingContext2D;

/** Where the canvas lies on the screen, as its elements have it. */
function placeOfCanvas(): { x: number; y: number; k: number } {
  const { transform } = (document.querySelector('.jp-Neuropatch-holder') as HTMLElement).style;
  const [, x, y, k] = /translate\(([-\d.e]+)px, ([-\d.e]+)px\) scale\(([-\d.e]+)\)/.exec(transform) ?? [];
  return { x: Number(x), y: Number(y), k: Number(k) };
}

/** Nodes with full colour a little inside of their upper left corner. */
function countDrawn(patch: Patch): number {
  const { x, y, k } = placeOfCanvas();
  const { data, width } = painted().getImageData(0, 0, painted().canvas.width, painted().canvas.height);
  const isDrawn = ([left, top]: readonly [number, number]): boolean =>
    data[4 * (Math.round(x + (left + 30) * k) + width * Math.round(y + (top + 16) * k)) + 3] === 255;
  return Object.values(patch.nodes).filter(({ position }) => isDrawn(position)).length;
}

const open: OpenDrawing = async patch => {
  const style = document.createElement('style');
  style.textContent = await (await fetch('/style.css')).text();
  document.head.append(style);
  const host = document.createElement('div');
  host.style.cssText = 'position: absolute; inset: 0;';
  document.body.append(host);
  const engine = new IdleEngine();
  let seenMs = 0;
  const lookAtPicture = (): void => void painted().getImageData(0, 0, 1, 1);
  const times = await timeOpening(async () => {
    const startMs = performance.now();
    mountEditor(host, { store: new PatchStore(patch, structuralParamOf(registry)), registry, engine });
    await untilDrawn();
    lookAtPicture();
    seenMs = performance.now() - startMs;
    engine.takePlan(factsOf(patch));
  }, lookAtPicture);
  return { ...times, seenMs, nodesDrawn: countDrawn(patch), elements: host.querySelectorAll('*').length };
};

const zoomTo: ZoomTo = async scale => {
  const { x, y, width, height } = canvas().getBoundingClientRect();
  const deltaY = -Math.log(scale / placeOfCanvas().k) / 0.0022;
  const [clientX, clientY] = [x + width / 2, y + height / 2];
  canvas().dispatchEvent(new WheelEvent('wheel', { deltaY, ctrlKey: true, cancelable: true, clientX, clientY }));
  for (let frame = 0; frame < 60; frame++) await nextFrame();
};

const pan: PanFrames = (frames, reach) => dragFrames(canvas(), 1, frames, reach);

Object.assign(globalThis, { benchOpen: open, benchPan: pan, benchZoom: zoomTo });
