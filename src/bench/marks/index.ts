// All marks, in the order of the documentation. A new mark is one import and one line.
import type { Mark } from '../mark.ts';
import { fiftyNodesMark } from './fifty-nodes.ts';
import { tenEffectsMark } from './ten-effects.ts';

export const marks: readonly Mark[] = [tenEffectsMark, fiftyNodesMark];
