// One cell of the latency grid: a model of a native rate and block in a patch of a rate and block, with a dry path beside it.
// Owns the patch, the probe and the measurement. The probe is a Gaussian whose spectrum ends far below every band edge, so what
// comes out has a closed form, and its centre of mass tells the delay to a thousandth of a sample.
import { readFileSync } from 'node:fs';
import type { Patch } from '../../src/core/patch.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { PlanOptions } from '../../src/plan/node-context.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { Performer } from '../../src/render/performer.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, registry } from '../render/helpers.ts';

export const models = createInference(await loadOrtFromFile(WASM_PATH));

/** Where the probe is and how wide, its standard deviation, in frames: −240 dB at 3.4 kHz, where the lowest rate's band ends. */
interface Probe {
  readonly at: number;
  readonly width: number;
  /** Frames on either side that hold all of it. */
  readonly span: number;
}
function probeAt(rateHz: number): Probe {
  const width = Math.max(16, rateHz / 3000);
  return { at: Math.ceil(12.5 * width), width, span: Math.ceil(8 * width) };
}

/** How a cell is played. promised: the host keeps to its block. any: it does not. offline: rendered, latency taken off. */
export const WAYS = ['promised', 'any', 'offline'] as const;
export type Way = (typeof WAYS)[number];
export const MODELS = ['memoryless', 'memory and delay'] as const;

export interface Cell {
  readonly patchRateHz: number;
  /** Rate of a region around both paths, in which they meet; the patch's own rate: none. */
  readonly regionRateHz: number;
  readonly modelRateHz: number;
  readonly hostBlock: number;
  readonly nativeBlock: number;
  readonly model: (typeof MODELS)[number];
}

/** y = x, and y[n] = gain·x[n − 1] with a state, which says so: the model of neural-model's own case. */
const fileOf: Readonly<Record<Cell['model'], ModelResource>> = {
  memoryless: loadModel(
    new Uint8Array(readFileSync(new URL('../fixtures/models/identity.onnx', import.meta.url))),
    'identity.onnx',
  ),
  'memory and delay': registry.get('neural/neural-model')?.cases[1].resources?.model as ModelResource,
};

export function resourcesOf({ model, modelRateHz, nativeBlock }: Cell) {
  const file = fileOf[model];
  const contract = { ...file.contract, sampleRateHz: modelRateHz, blockFrames: nativeBlock };
  return { model: { model: { ...file, contract } } };
}

/** input → [to the region's rate] → [to the model's] → blocks → model → stream → [back] → dry/wet → [back] → out; dry beside it. */
export function patchOf(cell: Cell, mix: number): Patch {
  const { patchRateHz, regionRateHz, modelRateHz, nativeBlock } = cell;
  const nodes: Parameters<typeof makePatch>[0][number][] = [['input', 'source/audio-input']];
  const wires: string[] = [];
  let at = 'input.out';
  const add = (id: string, type: string, params: Record<string, string | number> = {}): void => {
    nodes.push([id, type, params]);
    wires.push(`${at} > ${id}.in`);
    at = `${id}.out`;
  };
  const convert = (id: string, fromHz: number, toHz: number): void => {
    if (fromHz !== toHz) add(id, 'rate/resampler', { to: String(toHz) });
  };
  convert('to-region', patchRateHz, regionRateHz);
  const dry = at;
  convert('to-model', regionRateHz, modelRateHz);
  add('to-blocks', 'rate/block-adapter', { block: nativeBlock });
  add('model', 'neural/neural-model');
  add('to-stream', 'rate/block-adapter', { block: 0 });
  convert('from-model', modelRateHz, regionRateHz);
  nodes.push(['mix', 'mix/dry-wet', { mix }]);
  wires.push(`${at} > mix.wet`, `${dry} > mix.dry`);
  at = 'mix.out';
  convert('from-region', regionRateHz, patchRateHz);
  add('out', 'output/audio-output');
  return makePatch(nodes, wires, patchRateHz);
}

const gauss = (frame: number, width: number): number => Math.exp(-0.5 * (frame / width) ** 2);

export interface Heard {
  readonly plan: Plan;
  /** Delay of what is heard, in patch samples. */
  readonly samples: number;
  /** Largest difference to the probe, delayed by `samples` in closed form. */
  readonly error: number;
}

/** Delay of the probe in a signal. */
function delayOf(heard: Float32Array, { at, width, span }: Probe): Pick<Heard, 'samples' | 'error'> {
  let peak = 0;
  heard.forEach((x, n) => {
    if (x > heard[peak]) peak = n;
  });
  let mass = 0;
  let moment = 0;
  for (let n = Math.max(0, peak - span); n <= Math.min(heard.length - 1, peak + span); n++) {
    mass += heard[n];
    moment += heard[n] * (n - peak);
  }
  const centre = peak + moment / mass;
  const error = heard.reduce((most, x, n) => Math.max(most, Math.abs(x - gauss(n - centre, width))), 0);
  return { samples: centre - at, error };
}

/** Calls as a host gives them that promises nothing: its own block most of the time, odd ones between. */
const changing = (block: number): number[] => [block, block, 37, block, 1, block];

/** Plays the probe through a cell with only the wet (mix 1) or only the dry path (mix 0) to be heard. */
export async function hear(cell: Cell, way: Way, mix: 0 | 1): Promise<Heard> {
  const patch = patchOf(cell, mix);
  const resources = resourcesOf(cell);
  const options: PlanOptions = way === 'promised' ? { hostBlockFrames: cell.hostBlock } : {};
  const plan = planOrThrow(patch, registry, resources, options);
  const probe = probeAt(cell.patchRateHz);
  const frames = probe.at + Math.ceil(plan.latencySamples) + probe.span;
  const sound = Float32Array.from({ length: probe.at + probe.span }, (_, n) => gauss(n - probe.at, probe.width));
  if (way === 'offline') {
    const { outputs, alignedFrames } = await renderPatch({
      patch,
      registry,
      resources,
      models,
      frames: sound.length,
      schedule: [cell.hostBlock],
      inputs: { input: [sound] },
      isAligned: true,
    });
    const { samples, error } = delayOf(outputs.out[0], probe);
    return { plan, samples: samples + alignedFrames, error };
  }
  const executor = new Executor({ plan, registry, resources, models });
  const performer = new Performer(executor);
  const schedule = way === 'promised' ? [cell.hostBlock] : changing(cell.hostBlock);
  const heard = new Float32Array(frames + cell.hostBlock);
  for (let done = 0, call = 0; done < frames; done += schedule[call++ % schedule.length])
    performer.process(
      schedule[call % schedule.length],
      { input: [sound.subarray(Math.min(done, sound.length))] },
      (at, count) => performer.addOutput('out', 0, heard, done + at, Math.min(count, heard.length - done - at)),
    );
  const faults = performer.takeFaults();
  performer.dispose();
  if (faults.length > 0) throw new Error(faults[0].message);
  return { plan, ...delayOf(heard, probe) };
}

/** How much later than the wet path the dry one comes, as the plan says: half a sample of the region at most, in patch samples. */
export function dryErrorOf(plan: Plan, cell: Cell): number {
  const dry = Object.values(plan.connections).find(({ id }) => id.endsWith('>mix.dry'));
  return (-(dry?.alignErrorSamples ?? 0) * cell.patchRateHz) / cell.regionRateHz;
}
