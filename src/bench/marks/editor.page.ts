// A page with the product's own canvas: plans a patch, as the product does, and draws it. Must not know what is wanted of it.
import { structuralParamOf } from '../../core/registry.ts';
import { PatchStore } from '../../core/store.ts';
import { registry } from '../../generated/registry.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { mountEditor } from '../../ui/editor.ts';
import type { EngineView, PlanFacts } from '../../ui/engine-view.ts';
import { dragFrames, timeOpening } from '../page/frames.ts';
import type { OpenDrawing, PanFrames } from './drawn.ts';

/** An engine that is off. */
const engineOf = (plan: PlanFacts): EngineView => ({
  state: 'off',
  plan,
  live: undefined,
  transports: {},
  measuring: undefined,
  loading: undefined,
  isRecording: false,
  wireProbe: undefined,
  resource: () => undefined,
  start: async () => undefined,
  pause: () => undefined,
  stop: () => undefined,
  readProbe: () => undefined,
  probeConnection: () => undefined,
  onChange: () => () => undefined,
});

const open: OpenDrawing = async patch => {
  const style = document.createElement('style');
  style.textContent = await (await fetch('/style.css')).text();
  document.head.append(style);
  const host = document.createElement('div');
  host.style.cssText = 'position: absolute; inset: 0;';
  document.body.append(host);
  const times = await timeOpening(() => {
    const { plan, problems } = makePlan(patch, registry, {});
    const { sampleRateHz } = patch;
    const facts: PlanFacts = {
      problems,
      sampleRateHz,
      latencySamples: plan?.latencySamples,
      latency: plan?.latency,
      connections: plan?.connections ?? {},
      nodes: plan?.nodes ?? {},
    };
    mountEditor(host, { store: new PatchStore(patch, structuralParamOf(registry)), registry, engine: engineOf(facts) });
  });
  return { ...times, elements: host.querySelectorAll('*').length };
};

const pan: PanFrames = frames => dragFrames(document.querySelector('.jp-Neuropatch-Canvas') as Element, 1, frames);

Object.assign(globalThis, { benchOpen: open, benchPan: pan });
