// A patch as a work: planned and executed as users have it, with noise at its inputs. Runs in Node and in the audio thread.
// Must not know which patch it is nor who waits for it.
import type { ResourceBook } from '../core/infer.ts';
import type { KernelForm } from '../core/kernels.ts';
import type { Inference } from '../core/model-runner.ts';
import type { Patch } from '../core/patch.ts';
import { noiseAt } from '../dsp/noise.ts';
import { registry } from '../generated/registry.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { Executor } from '../render/executor.ts';
import type { Work } from './mark.ts';

export const BLOCK = 128;
/** Blocks of noise before it repeats: 1.4 s at 48 kHz. */
const NOISE_BLOCKS = 512;
const NOISE_GAIN = 0.2;

export interface PlayOptions {
  readonly patch: Patch;
  readonly resources?: ResourceBook;
  readonly models?: Inference;
  /** In which form the kernels run, default the product's own choice. */
  readonly kernelForm?: KernelForm;
  /** A host that always asks for so many frames, a divisor of 128; default 128 for a host that promises nothing. */
  readonly hostBlockFrames?: number;
  /** Whether a unit's input is silence instead of noise. */
  readonly isSilent?: (block: number) => boolean;
  /** Called before each unit, e.g. to move params. */
  readonly before?: (executor: Executor, block: number) => void;
}

/** Plan without errors; a mark whose patch has one must not be told as fast. */
export function planOf({ patch, resources = {}, hostBlockFrames = 0 }: PlayOptions): Plan {
  const { plan, problems } = makePlan(patch, registry, resources, { maxFrames: BLOCK, hostBlockFrames });
  const error = problems.find(({ severity }) => severity === 'error');
  if (!plan || error) throw new Error(`bench: the patch has no plan: ${error?.message}`);
  return plan;
}

function makeExecutor(plan: Plan, { resources = {}, models, kernelForm }: PlayOptions): Executor {
  return new Executor({
    plan,
    registry,
    resources,
    ...(models ? { models } : {}),
    ...(kernelForm ? { kernelForm } : {}),
  });
}

/** Noise of one channel, the same each time. */
const noise = (channel: number): Float32Array =>
  Float32Array.from({ length: NOISE_BLOCKS * BLOCK }, (_, at) => NOISE_GAIN * noiseAt(channel, at));

/**
 * Plays 128 frames a unit: the host's samples are copied in and out, as live. `sound` plays the given channels from fresh states
 * and gives all outputs; any question is answered with the latency. Throws when a node failed: a bypassed node is fast.
 */
export function playPatch(options: PlayOptions): Work {
  const plan = planOf(options);
  const frames = options.hostBlockFrames ?? BLOCK;
  const executor = makeExecutor(plan, options);
  const inputs = plan.inputs.flatMap(({ signal }) => executor.audio(signal));
  // Views are made once: a host has its buffers.
  const calls = (samples: Float32Array): Float32Array[] =>
    Array.from({ length: samples.length / frames }, (_, k) => samples.subarray(k * frames, (k + 1) * frames));
  const sources = inputs.map((_, channel) => calls(noise(channel)));
  const silence = new Float32Array(frames);
  const outputs = plan.outputs
    .flatMap(({ signal }) => executor.audio(signal))
    .map(channel => channel.subarray(0, frames));
  const heard = outputs.map(() => new Float32Array(frames));
  const callsPerUnit = BLOCK / frames;
  let block = 0;
  const unit = (): void => {
    options.before?.(executor, block);
    const isSilent = options.isSilent?.(block) ?? false;
    const first = (++block % NOISE_BLOCKS) * callsPerUnit;
    for (let call = first; call < first + callsPerUnit; call++) {
      for (let c = 0; c < inputs.length; c++) inputs[c].set(isSilent ? silence : sources[c][call]);
      executor.process(frames);
      for (let c = 0; c < outputs.length; c++) heard[c].set(outputs[c]);
    }
  };
  unit();
  refuseFaults(executor);
  return {
    unit,
    sound: input => playSound(plan, options, input),
    ask: () => ({ latencySamples: plan.latencySamples }),
  };
}

function refuseFaults(executor: Executor): void {
  const [fault] = executor.takeFaults();
  if (fault) throw new Error(`bench: a node failed: ${fault.message}`);
}

function playSound(plan: Plan, options: PlayOptions, input: readonly Float32Array[]): Float32Array[] {
  const executor = makeExecutor(plan, options);
  const inputs = plan.inputs.flatMap(({ signal }) => executor.audio(signal));
  const outputs = plan.outputs.flatMap(({ signal }) => executor.audio(signal));
  const length = input[0].length;
  const heard = outputs.map(() => new Float32Array(length));
  const whole = options.hostBlockFrames ?? BLOCK;
  for (let from = 0, block = 0; from < length; from += whole, block++) {
    const frames = Math.min(whole, length - from);
    for (const [c, channel] of inputs.entries()) channel.set(input[c % input.length].subarray(from, from + frames));
    options.before?.(executor, block);
    executor.process(frames);
    for (const [c, channel] of outputs.entries()) heard[c].set(channel.subarray(0, frames), from);
  }
  refuseFaults(executor);
  executor.dispose();
  return heard;
}
