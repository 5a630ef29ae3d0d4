// Which stretches of a way can be passed over where they keep it from being measured. Owns that judgement; the run is measure-run.ts.
import { sumLatency } from '../plan/latency.ts';
import type { PlanNode } from '../plan/plan.ts';
import type { MeasureNodes } from './measure-nodes.ts';
import type { SoundPath } from './measure-paths.ts';
import type { MeasureScene, PassedOver } from './measure-run.ts';

/** Reported fractions come from sums of f64: nearer than this to a whole number they are one. */
export const ROUNDING = 1e-6;
export const isWhole = (samples: number): boolean => Math.abs(samples - Math.round(samples)) < ROUNDING;

/** What is passed over along one way, each part by its name. */
export class PassedParts {
  readonly #path: SoundPath;
  readonly #scene: MeasureScene;
  readonly #nodes: MeasureNodes;
  readonly #parts = new Map<string, PassedOver>();
  readonly #taken = new Set<string>();

  constructor(path: SoundPath, scene: MeasureScene, nodes: MeasureNodes) {
    this.#path = path;
    this.#scene = scene;
    this.#nodes = nodes;
  }

  get parts(): readonly PassedOver[] {
    return [...this.#parts.values()];
  }
  get names(): readonly string[] {
    return [...this.#parts.keys()];
  }
  /** Parts that are passed over as late as they report: the run says nothing of that. */
  get claims(): readonly { readonly name: string; readonly part: PassedOver }[] {
    return [...this.#parts].flatMap(([name, part]) => (part.delayFrames > 0 ? [{ name, part }] : []));
  }

  /** Passes over what delays on purpose, without its delay. */
  addPlain(index: number): void {
    this.#take(index, index, { ...this.#part(index, index), delayFrames: 0 });
  }

  /** Passes over the nodes from one place of the way to another, as late as they are. False where that can't be, or is done. */
  add(begin: number, end = begin): boolean {
    const ids = this.#path.nodes.slice(begin, end + 1);
    if (ids.some(id => this.#taken.has(id)) || !this.#isPassable(begin, end)) return false;
    this.#take(begin, end, this.#part(begin, end));
    return true;
  }

  /** Passes over models that give no sound by themselves: one between spectra, an encoder and its decoder with what is between. */
  addModels(): void {
    const { nodes } = this.#path;
    const places = nodes.flatMap((id, at) =>
      at > 0 && at < nodes.length - 1 && this.#nodes.has(id, 'model') ? [at] : [],
    );
    for (const begin of places) for (const end of places) if (end >= begin) this.add(begin, end);
  }

  #take(begin: number, end: number, part: PassedOver): void {
    const ids = this.#path.nodes.slice(begin, end + 1);
    for (const id of ids) this.#taken.add(id);
    this.#parts.set(ids.join(' > '), part);
  }

  /** What the nodes of a stretch report, and what waits between them. */
  #delay(begin: number, end: number): number {
    const { nodes, connections } = this.#path;
    const own = nodes.slice(begin, end + 1).map(id => sumLatency(this.#nodes.node(id).latency));
    const waits = connections.slice(begin, end).map(id => this.#scene.plan.connections[id].alignSamples);
    return [...own, ...waits].reduce((sum, samples) => sum + samples, 0);
  }

  #part(begin: number, end: number): PassedOver {
    const { nodes, connections } = this.#path;
    const wires = this.#scene.patch.connections;
    return {
      from: { node: nodes[begin], inlet: wires[connections[begin - 1]].to.port },
      to: { node: nodes[end], outlet: wires[connections[end]].from.port },
      delayFrames: Math.round(this.#delay(begin, end)),
    };
  }

  /** Sound to sound, or items to items of the same shape without a delay; at one rate and block, late by whole frames. */
  #isPassable(begin: number, end: number): boolean {
    const { from, to } = this.#part(begin, end);
    const [first, last] = [this.#nodes.node(from.node), this.#nodes.node(to.node)];
    const inlet = this.#nodes.ports(first.id)[from.inlet];
    const outlet = this.#nodes.ports(last.id)[to.outlet];
    const delay = this.#delay(begin, end);
    const isOneClock = first.rateHz === last.outRateHz && first.blockFrames === last.outBlockFrames;
    if (inlet?.type !== outlet?.type || !isOneClock || !isWhole(delay)) return false;
    const sizes = (node: PlanNode, port: string): string => (node.itemShapes[port] ?? []).join();
    return inlet?.type === 'audio' || (delay === 0 && sizes(first, from.inlet) === sizes(last, to.outlet));
  }
}
