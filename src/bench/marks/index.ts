// All marks, in the order of the documentation. A new mark is one import and one line.
import type { Mark } from '../mark.ts';
import { convolutionMark } from './convolution.ts';
import { editorMark } from './editor.ts';
import { faustMark } from './faust.ts';
import { fiftyNodesMark } from './fifty-nodes.ts';
import { galleryMark } from './gallery.ts';
import { growthMark } from './growth.ts';
import { neuralMark } from './neural.ts';
import { replanMark } from './replan.ts';
import { resamplerMark } from './resampler.ts';
import { silenceMark } from './silence.ts';
import { sixteenModelsMark } from './sixteen-models.ts';
import { startMark } from './start.ts';
import { tenEffectsMark } from './ten-effects.ts';
import { wrapperMark } from './wrapper.ts';

export const marks: readonly Mark[] = [
  tenEffectsMark,
  fiftyNodesMark,
  resamplerMark,
  convolutionMark,
  faustMark,
  neuralMark,
  wrapperMark,
  sixteenModelsMark,
  galleryMark,
  silenceMark,
  growthMark,
  replanMark,
  editorMark,
  startMark,
];
