// `neuropatch check PATCH`: every problem of a patch.
import { makePlan } from '../../plan/make-plan.ts';
import { registry } from '../../generated/registry.ts';
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
  const all = mergeProblems(problems, makePlan(patch, registry, resources).problems);
  const code = tellProblems(all, values.json === true);
  if (all.length === 0 && values.json !== true) say(`${path}: no problems, ${Object.keys(patch.nodes).length} nodes`);
  return code;
}
