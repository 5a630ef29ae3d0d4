// Problems from reading, loading and validating in one list. Owns the rule that a file which was found but can't be used
// is not reported as missing as well.
import type { Problem } from '../core/errors.ts';

/** Loading problems first; validation's E-RESOURCE-MISSING is dropped where loading already said why. */
export function mergeProblems(loading: readonly Problem[], validation: readonly Problem[]): Problem[] {
  const told = new Set(loading.map(problem => problem.path));
  return [
    ...loading,
    ...validation.filter(problem => !(problem.code === 'E-RESOURCE-MISSING' && told.has(problem.path))),
  ];
}
