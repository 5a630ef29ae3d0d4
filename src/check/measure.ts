// Measures what the product reports: every model, every late node and every way from a source to an output, in the patch's own
// plan and engine. Owns which rows there are, what passes sound on in which, and when a row is right.
import { fail, PatchError } from '../core/errors.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { LatencyParts } from '../core/node-type.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import { pinnedSlack } from '../core/transport.ts';
import { noiseAt } from '../dsp/noise.ts';
import { sumLatency } from '../plan/latency.ts';
import { MAX_FRAMES_DEFAULT, makePlan } from '../plan/make-plan.ts';
import type { NodeAudio } from '../render/performer.ts';
import { judge, type Verdict } from './measure-judge.ts';
import { MeasureNodes } from './measure-nodes.ts';
import { isWhole, PassedParts, ROUNDING } from './measure-pass-over.ts';
import { findPaths, PATHS_MAX, type PathGraph, type SoundPath } from './measure-paths.ts';
import { FaultInRun, type MeasureScene, runNode, runPath, runWhole } from './measure-run.ts';
import { conditionWords, NUDGE, outputsNullDb, roundedDb } from './null-limit.ts';

/** One latency, reported and measured, in samples at `rateHz`. */
export interface MeasureRow {
  /** A node, "amp", or a way, "guitar > amp > output". */
  readonly path: string;
  readonly kind: 'node' | 'path';
  readonly rateHz: number;
  readonly reported: LatencyParts;
  /** null where nothing could be measured; `method` then says why. */
  readonly measured: number | null;
  /** measured − reported. */
  readonly error: number | null;
  /** "impulse", "impulse, onset", "correlation", each with what was bypassed; or "unsuited: reason". */
  readonly method: string;
  /** Whole latencies have to be met exactly, others within 0.01 samples; null where nothing was measured. */
  readonly ok: boolean | null;
}

export interface MeasureReport {
  /** No row is wrong; null where nothing could be measured. Rows that could not be are neither right nor wrong. */
  readonly ok: boolean | null;
  readonly rows: readonly MeasureRow[];
}

export interface MeasureRequest {
  readonly patch: Patch;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  readonly models?: ModelRuntime;
  /** Plan for a host that always gives so many frames; 0 (the default) = for any number, as a bundle's. */
  readonly hostBlockFrames?: number;
  /** Models that run in transport B: node id → slack in patch frames; default: what the patch pins. */
  readonly slackFrames?: Readonly<Record<string, number>>;
  readonly onProgress?: (share: number, what: string) => void | Promise<void>;
  readonly signal?: { readonly aborted: boolean };
}

/** Noise at −12 dBFS for so long shows how well a loop is conditioned. */
const CONDITION_FRAMES = 24_000;
const CONDITION_LEVEL = 0.25;
export const FRACTION_WITHIN = 0.01;
function makeRow(
  path: string,
  kind: MeasureRow['kind'],
  rateHz: number,
  reported: LatencyParts,
  verdict: Verdict,
): MeasureRow {
  const about = { path, kind, rateHz, reported };
  if (verdict.kind !== 'measured')
    return { ...about, measured: null, error: null, method: `unsuited: ${verdict.reason}`, ok: null };
  const sum = sumLatency(reported);
  const difference = verdict.samples - sum;
  const error = Math.abs(difference) < ROUNDING ? 0 : Math.round(difference * 1e4) / 1e4;
  const ok = isWhole(sum) ? error === 0 : Math.abs(error) <= FRACTION_WITHIN;
  return { ...about, measured: verdict.samples, error, method: verdict.method, ok };
}

const unsuited = (reason: string): Verdict => ({ kind: 'coloured', reason });

type Measured = Extract<Verdict, { readonly kind: 'measured' }>;

/** A run in which a node failed says nothing of latency, but why. */
function unlessFaulty(measure: () => Verdict): Verdict {
  try {
    return measure();
  } catch (error) {
    if (error instanceof FaultInRun) return unsuited(error.message.replace(/\.$/, ''));
    throw error;
  }
}

class Measurement {
  readonly #scene: MeasureScene;
  readonly #nodes: MeasureNodes;
  readonly #graph: PathGraph;
  readonly #nodeVerdicts = new Map<string, Verdict>();
  /** Nodes that were bypassed in a path because they colour: they get a row of their own. */
  readonly #coloured = new Set<string>();

  constructor(scene: MeasureScene) {
    this.#scene = scene;
    this.#nodes = new MeasureNodes(scene);
    this.#graph = findPaths(scene.patch, scene.plan, scene.registry, scene.resources);
  }

  /** What there is to do, in order: a function for each row or rows. */
  tasks(): { what: string; run: () => MeasureRow[] }[] {
    const { plan } = this.#scene;
    const pairs = this.#graph.sources.flatMap(source => plan.outputs.map(({ nodeId }) => ({ source, output: nodeId })));
    return [
      ...pairs.flatMap(({ source, output }) => {
        const paths = this.#graph.between(source, output);
        if (paths === undefined)
          return [{ what: `${source} > … > ${output}`, run: () => [this.#wholeRow(source, output)] }];
        const rows = paths.map(path => ({ what: path.nodes.join(' > '), run: () => [this.#pathRow(path)] }));
        return paths.length > 1
          ? [{ what: `${source} > ${output}`, run: () => this.#pathRows(source, output, paths) }]
          : rows;
      }),
      {
        what: 'nodes',
        run: () =>
          Object.keys(plan.nodes)
            .sort()
            .filter(id => this.#deservesRow(id))
            .map(id => this.#nodeRow(id)),
      },
    ];
  }

  #deservesRow(id: string): boolean {
    const hasAudio = this.#nodes.audioPorts(id, 'outlet').length > 0;
    const keepsRate = this.#nodes.node(id).rateHz === this.#nodes.node(id).outRateHz;
    const isLate = sumLatency(this.#nodes.node(id).latency) > 0 && keepsRate;
    return hasAudio && !this.#nodes.isOff(id) && (this.#nodes.has(id, 'model') || isLate || this.#coloured.has(id));
  }

  /** One node alone, measured once: from its first audio inlet, or the one given, to its first audio outlet. */
  #nodeVerdict(id: string, inlet?: string, outlet?: string): Verdict {
    const from = inlet ?? this.#nodes.audioPorts(id, 'inlet')[0];
    const to = outlet ?? this.#nodes.audioPorts(id, 'outlet')[0];
    if (this.#graph.looped.has(id)) return unsuited('it is part of a loop');
    if (from === undefined || to === undefined) return unsuited('it has no way from sound to sound');
    if (this.#nodes.node(id).rateHz !== this.#nodes.node(id).outRateHz)
      return unsuited('it changes the rate; the paths through it are measured');
    const key = `${id}.${from}>${to}`;
    const known = this.#nodeVerdicts.get(key);
    if (known) return known;
    const verdict = unlessFaulty(() =>
      judge(runNode(this.#scene, id, from, to), sumLatency(this.#nodes.node(id).latency)),
    );
    this.#nodeVerdicts.set(key, verdict);
    return verdict;
  }

  #nodeRow(id: string): MeasureRow {
    const { rateHz, latency } = this.#nodes.node(id);
    return makeRow(id, 'node', rateHz, latency, this.#nodeVerdict(id));
  }

  /** Ways one by one; where nothing comes through alone (a product, a mask), all of them at once. */
  #pathRows(source: string, output: string, paths: readonly SoundPath[]): MeasureRow[] {
    const names = this.#namesOf(paths);
    const rows = paths.map((path, index) => this.#pathRow(path, names[index]));
    return rows.every(row => row.measured === null) ? [...rows, this.#wholeRow(source, output)] : rows;
  }

  #wholeRow(source: string, output: string): MeasureRow {
    const { plan } = this.#scene;
    const ways = this.#graph.between(source, output);
    const name = `${source} > … > ${output} (${ways ? 'all ways' : `more than ${PATHS_MAX} ways`})`;
    const verdict = this.#tried(source, output, () =>
      judge(runWhole(this.#scene, source, output, this.#graph.sources), plan.latencySamples),
    );
    return makeRow(name, 'path', plan.sampleRateHz, plan.latency, verdict);
  }

  #pathRow(path: SoundPath, name = path.nodes.join(' > ')): MeasureRow {
    const verdict = this.#tried(path.nodes[0], path.nodes[path.nodes.length - 1], () => this.#pathVerdict(path));
    return makeRow(name, 'path', this.#scene.plan.sampleRateHz, path.reported, verdict);
  }

  /** Names of ways: their nodes; where several take the same nodes, with the ports that they take. */
  #namesOf(paths: readonly SoundPath[]): string[] {
    const { connections } = this.#scene.patch;
    const plain = paths.map(({ nodes }) => nodes.join(' > '));
    return paths.map((path, index) => {
      if (plain.indexOf(plain[index]) === plain.lastIndexOf(plain[index])) return plain[index];
      const wires = path.connections.map(id => connections[id]);
      const inner = path.nodes.slice(1, -1).map((id, k) => `${id} (${wires[k].to.port} → ${wires[k + 1].from.port})`);
      return [path.nodes[0], ...inner, path.nodes[path.nodes.length - 1]].join(' > ');
    });
  }

  /** What keeps a way from being measured at all comes first. */
  #tried(source: string, output: string, measure: () => Verdict): Verdict {
    const { plan } = this.#scene;
    if (this.#nodes.isOff(source)) return unsuited(`${source} is bypassed and silent`);
    const port = plan.outputs.find(({ nodeId }) => nodeId === output);
    if (this.#nodes.node(source).outRateHz !== port?.rateHz)
      return unsuited(`${source} has another rate than ${output}`);
    return unlessFaulty(measure);
  }

  #pathVerdict(path: SoundPath): Verdict {
    const looped = path.nodes.filter(id => this.#graph.looped.has(id));
    if (looped.length > 0) {
      const condition = this.#conditionOf(path.nodes[0], path.nodes[path.nodes.length - 1]);
      const reason = `feedback through ${looped.join(', ')}: every delay in a loop is sound`;
      return unsuited([reason, condition].filter(Boolean).join('; '));
    }
    const inner = path.nodes.slice(1, -1).filter(id => !this.#nodes.isOff(id));
    const passed = new PassedParts(path, this.#scene, this.#nodes);
    const places = [...path.nodes.entries()].filter(([, id]) => inner.includes(id));
    for (const [index, id] of places) if (this.#nodes.delaysOnPurpose(id)) passed.addPlain(index);
    const measure = (): Verdict => judge(runPath(this.#scene, path, passed.parts), sumLatency(path.reported));
    const first = measure();
    if (first.kind === 'measured') return noted(first, passed);
    const isMute = (id: string, index: number): boolean => this.#verdictIn(id, path, index)?.kind === 'silent';
    for (const [index, id] of places) {
      // A gate that is shut, a fader that is down: the way is as long when they are passed over. Between lanes there is no way.
      if (isMute(id, index)) {
        if (this.#nodes.audioPorts(id, 'outlet').length === 1) passed.add(index);
      } else if (this.#colours(id, path, index) && passed.add(index)) this.#coloured.add(id);
    }
    let last = measure();
    if (last.kind !== 'measured') {
      passed.addModels();
      last = measure();
    }
    if (last.kind === 'measured') return this.#doubted(noted(last, passed), path, passed);
    const mute = places.find(([index, id]) => isMute(id, index));
    return first.kind === 'silent' && mute ? { ...first, reason: `${first.reason} ${mute[1]}` } : first;
  }

  /** A figure that is right only if a part passed over is as late as it says, and nothing else says so, is none. */
  #doubted(verdict: Measured, path: SoundPath, { claims }: PassedParts): Verdict {
    if (Math.abs(verdict.samples - sumLatency(path.reported)) > FRACTION_WITHIN) return verdict;
    const unproved = claims.find(
      ({ part: { from, to } }) =>
        from.node !== to.node || this.#nodeVerdict(from.node, from.inlet, to.outlet).kind !== 'measured',
    );
    if (!unproved) return verdict;
    const { name, part } = unproved;
    return unsuited(`${name} could not be measured, and says ${part.delayFrames} frames; all else is as reported`);
  }

  /** What one rounding of the source makes of the output: a distorting loop may make everything of it. */
  #conditionOf(source: string, output: string): string | undefined {
    const play = runWhole(this.#scene, source, output, this.#graph.sources);
    const probe = Float32Array.from({ length: CONDITION_FRAMES }, (_, frame) => CONDITION_LEVEL * noiseAt(1, frame));
    const heard = (input: Float32Array): NodeAudio => ({ [output]: [...play(input)] });
    const nudged = probe.map(x => x * NUDGE);
    return conditionWords(roundedDb(outputsNullDb(heard(probe), heard(nudged), CONDITION_FRAMES)));
  }

  /** Whether a node that can be bypassed makes the path unfit for a measurement. */
  #colours(id: string, path: SoundPath, index: number): boolean {
    const verdict = this.#verdictIn(id, path, index);
    return verdict !== undefined && (verdict.kind !== 'measured' || verdict.method === 'impulse, onset');
  }

  /** A node of a path alone, from and to the ports that the path takes; undefined where it changes rates or delays by fractions. */
  #verdictIn(id: string, path: SoundPath, index: number): Verdict | undefined {
    const { patch } = this.#scene;
    const node = this.#nodes.node(id);
    if (node.rateHz !== node.outRateHz || !isWhole(sumLatency(node.latency))) return undefined;
    const inlet = patch.connections[path.connections[index - 1]].to.port;
    const outlet = patch.connections[path.connections[index]].from.port;
    const ports = this.#nodes.ports(id);
    return ports[inlet]?.type === 'audio' && ports[outlet]?.type === 'audio'
      ? this.#nodeVerdict(id, inlet, outlet)
      : undefined;
  }
}

function noted(verdict: Measured, { names }: PassedParts): Measured {
  return names.length === 0 ? verdict : { ...verdict, method: `${verdict.method}; ${names.join(', ')} bypassed` };
}

/** Measures a patch. Throws PatchError with the patch's problems, or E-CANCELLED. */
export async function measurePatch(request: MeasureRequest): Promise<MeasureReport> {
  const { registry, resources, models } = request;
  const patch = flatPatch(request.patch);
  const { plan, problems } = makePlan(request.patch, registry, resources, {
    maxFrames: MAX_FRAMES_DEFAULT,
    hostBlockFrames: request.hostBlockFrames ?? 0,
    slackFrames: request.slackFrames ?? pinnedSlack(patch),
  });
  const errors = problems.filter(problem => problem.severity === 'error');
  if (!plan || errors.length > 0) throw new PatchError(errors);
  const tasks = new Measurement({ patch, plan, registry, resources, models }).tasks();
  const rows: MeasureRow[] = [];
  for (const [index, { what, run }] of tasks.entries()) {
    await request.onProgress?.(index / tasks.length, what);
    if (request.signal?.aborted)
      fail(
        'E-CANCELLED',
        '',
        `measure: expected ${tasks.length} measurements, got ${index} before it was cancelled. Start it again.`,
      );
    rows.push(...run());
  }
  await request.onProgress?.(1, '');
  const judged = rows.filter(row => row.ok !== null);
  return { ok: judged.length === 0 ? null : judged.every(row => row.ok), rows };
}
