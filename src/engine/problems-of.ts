// What was thrown, as problems: coded ones as they are, anything else as a failure of the place where it was caught.
import { PatchError, type Problem } from '../core/errors.ts';

/** `place`: where it was caught; `expected` and `advice` complete the sentence for what carries no code. */
export const problemsOf = (error: unknown, place: string, expected: string, advice: string): readonly Problem[] =>
  error instanceof PatchError
    ? error.problems
    : [
        {
          code: 'E-MODEL-RUN',
          severity: 'error',
          path: '',
          message: `${place}: expected ${expected}, got "${String(error)}". ${advice}`,
        },
      ];
