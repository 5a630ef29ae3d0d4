// An engine for tests of the interface: the plan is the real one, resources, figures and probes are what the test sets.
import type { Patch } from '../../src/core/patch.ts';
import type { Registry } from '../../src/core/registry.ts';
import type { Resource } from '../../src/core/resource.ts';
import type { PatchStore } from '../../src/core/store.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { EngineState, EngineView, LiveFacts, PlanFacts, WireProbe } from '../../src/ui/engine-view.ts';

export class TestEngine implements EngineView {
  state: EngineState = 'off';
  plan: PlanFacts | undefined;
  live: LiveFacts | undefined;
  transports: EngineView['transports'] = {};
  measuring: EngineView['measuring'];
  loading: EngineView['loading'];
  isRecording = false;
  wireProbe: WireProbe | undefined;
  readonly probes = new Map<string, Float32Array>();
  readonly resources = new Map<string, Resource>();
  probed: string | undefined;
  starts = 0;
  readonly #listeners = new Set<() => void>();

  resource(nodeId: string, slot: string): Resource | undefined {
    return this.resources.get(`${nodeId}.${slot}`);
  }
  async start(): Promise<void> {
    this.starts++;
    this.state = 'playing';
    this.tell();
  }
  pause(): void {
    this.state = 'paused';
    this.tell();
  }
  stop(): void {
    this.state = 'stopped';
    this.tell();
  }
  readProbe(nodeId: string, state: string): Float32Array | undefined {
    return this.state === 'playing' || this.state === 'paused' ? this.probes.get(`${nodeId}.${state}`) : undefined;
  }
  probeConnection(connectionId: string | undefined): void {
    this.probed = connectionId;
  }
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Plans the patch now and after every change that is more than layout. */
  follow(store: PatchStore, registry: Registry): void {
    const plan = (patch: Patch): void => {
      const book = Object.fromEntries(Object.keys(patch.nodes).map(id => [id, this.#resourcesOf(id)]));
      const { plan: made, problems } = makePlan(patch, registry, book);
      this.plan = {
        problems,
        sampleRateHz: patch.sampleRateHz,
        latencySamples: made?.latencySamples,
        latency: made?.latency,
        connections: made?.connections ?? {},
        nodes: made?.nodes ?? {},
      };
      this.tell();
    };
    plan(store.patch);
    store.subscribe(({ patch, kind }) => {
      if (kind === 'structure') plan(patch);
    });
  }

  #resourcesOf(id: string): Record<string, Resource> {
    const found: Record<string, Resource> = {};
    for (const [key, resource] of this.resources) {
      const dot = key.indexOf('.');
      if (key.slice(0, dot) === id) found[key.slice(dot + 1)] = resource;
    }
    return found;
  }
}
