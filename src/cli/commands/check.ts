// `neuropatch check PATCH`: every problem of a patch.
import type { Problem } from '../../core/errors.ts';
import { registry } from '../../generated/registry.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { mergeProblems } from '../../resources/merge-problems.ts';
import { readArguments } from '../arguments.ts';
import { openPatch } from '../files.ts';
import { type ExitCode, say, tellProblems } from '../output.ts';

export async function check(words: readonly string[]): Promise<ExitCode> {
  const {
    values,
    positionals: [path],
  } = readArguments(words, {}, ['PATCH']);
  const { patch, resources, problems } = await openPatch(path);
  const live = makePlan(patch, registry, resources).problems;
  const rendered = makePlan(patch, registry, resources, { wholeFrames: 1 }).problems;
  // What can be rendered is no error, even where it can't be played live.
  const judged = live.map((problem): Problem => {
    const isOnlyLive =
      problem.code === 'E-OFFLINE' &&
      !rendered.some(({ code, path: at }) => code === problem.code && at === problem.path);
    return isOnlyLive ? { ...problem, severity: 'warning' } : problem;
  });
  const all = mergeProblems(problems, judged);
  const code = tellProblems(all, values.json === true);
  if (all.length === 0 && values.json !== true) say(`${path}: no problems, ${Object.keys(patch.nodes).length} nodes`);
  return code;
}
