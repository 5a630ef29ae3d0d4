// What a measurement asks of the nodes of a plan: ports, resources, what they are for. Owns no figure and no way.
import type { NodeType } from '../core/node-type.ts';
import type { Ports } from '../core/port.ts';
import type { PlanNode } from '../plan/plan.ts';
import type { MeasureScene } from './measure-run.ts';

export class MeasureNodes {
  readonly #scene: MeasureScene;

  constructor(scene: MeasureScene) {
    this.#scene = scene;
  }

  node = (id: string): PlanNode => this.#scene.plan.nodes[id];
  #typeOf = (id: string): NodeType => this.#scene.registry.get(this.node(id).type) as NodeType;

  ports(id: string): Ports {
    const { resources, plan } = this.#scene;
    const { values } = this.node(id);
    return this.#typeOf(id).ports({ values, resources: resources[id] ?? {}, patchRateHz: plan.sampleRateHz });
  }

  /** Names of audio ports. */
  audioPorts(id: string, direction: 'inlet' | 'outlet'): string[] {
    return Object.entries(this.ports(id)).flatMap(([name, port]) =>
      port.direction === direction && port.type === 'audio' ? [name] : [],
    );
  }

  has(id: string, kind: 'audio' | 'model'): boolean {
    return Object.values(this.#scene.resources[id] ?? {}).some(resource => resource?.kind === kind);
  }

  /** Delays and impulse responses: when their sound comes is what they are for, so it is no latency. */
  delaysOnPurpose = (id: string): boolean =>
    this.#typeOf(id).loop !== undefined || (this.has(id, 'audio') && this.audioPorts(id, 'inlet').length > 0);

  /** What the plan says and nobody hears: bypassed by the person. */
  isOff = (id: string): boolean => this.#scene.patch.nodes[id]?.isBypassed === true;
}
