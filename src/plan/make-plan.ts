// Patch → plan: judges the patch and, where nothing stands in the way, has it planned.
// Owns which problems leave no plan, and what a render of the whole sound changes. The plan itself is made by planner.ts.
import type { Problem } from '../core/errors.ts';
import { problemsOfDocument } from '../core/flat-origin.ts';
import { flatten } from '../core/flatten.ts';
import { type Inference, inferPatch, type ResourceBook } from '../core/infer.ts';
import { outerInference } from '../core/outer-inference.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import { loopTransportProblem } from '../core/transport.ts';
import { validatePatch } from '../core/validate.ts';
import { alignmentProblems } from './alignment.ts';
import type { PlanOptions } from './node-context.ts';
import type { Plan } from './plan.ts';
import { Planner } from './planner.ts';
import { wholeSoundNodes, wholeSoundProblems } from './whole-sound.ts';

export const MAX_FRAMES_DEFAULT = 4096;

/** Problems that leave no plan: what they say can't be computed. With others the rest of the patch plays. */
const FATAL = new Set<Problem['code']>([
  'E-CYCLE',
  'E-RATE',
  'E-RATE-PAIR',
  'E-BLOCK',
  'E-SHAPE',
  'E-CHANNELS',
  'E-OFFLINE',
  'E-TRANSPORT',
  'E-SCHEMA',
]);

export interface PlanResult {
  readonly plan: Plan | undefined;
  /** Of the flat patch, and of the document's own nodes and wires where they are others. */
  readonly inference: Inference;
  readonly problems: readonly Problem[];
}

/** Models that are given a slack though a loop would have to wait for them, and that are not told of yet. */
const lateInLoops = (
  { loops }: Inference,
  slackFrames: Readonly<Record<string, number>>,
  told: readonly Problem[],
): Problem[] =>
  loops
    .flatMap(({ nodes }) => nodes)
    .filter(id => (slackFrames[id] ?? 0) > 0)
    .filter(id => !told.some(({ code, nodeId }) => code === 'E-TRANSPORT' && nodeId === id))
    .map(loopTransportProblem);

/**
 * Validates the patch and makes its plan; `plan` is undefined when a problem leaves nothing to compute. Never throws on a patch. Plan
 * and resources name nodes as the flat patch does (core/flatten); problems name those of the document.
 */
export function makePlan(
  document: Patch,
  registry: Registry,
  resources: ResourceBook,
  options: PlanOptions = {},
): PlanResult {
  const flattened = flatten(document);
  const { patch } = flattened;
  const inference = inferPatch(patch, registry, resources);
  const found = [...flattened.problems, ...validatePatch(patch, registry, resources, inference)];
  const { wholeFrames } = options;
  const whole = wholeSoundNodes(patch, inference);
  const isOneShot = whole.length > 0 && wholeFrames !== undefined;
  const problems = [
    ...found,
    ...lateInLoops(inference, options.slackFrames ?? {}, found),
    ...wholeSoundProblems(inference, whole, isOneShot),
  ];
  const isHopeless =
    inference.order === undefined || problems.some(problem => problem.severity === 'error' && FATAL.has(problem.code));
  const plan = isHopeless
    ? undefined
    : new Planner(patch, inference, resources, {
        maxFrames: isOneShot ? Math.max(1, wholeFrames) : (options.maxFrames ?? MAX_FRAMES_DEFAULT),
        // One call for all is nobody's block: its length must not change the sound.
        hostBlockFrames: isOneShot ? 0 : (options.hostBlockFrames ?? 0),
        // What waits for the whole sound can't be late.
        slackFrames: isOneShot ? {} : (options.slackFrames ?? {}),
        isOneShot,
      }).make();
  const all = plan ? [...problems, ...alignmentProblems(plan, inference, patch)] : problems;
  return {
    plan,
    inference: outerInference(document, registry, inference),
    problems: problemsOfDocument(all, document),
  };
}
