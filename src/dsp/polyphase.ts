// How a resampler plays: its filter in the form that kernels take, and the scalar twin of the kernel `resample`.
// Owns the layout of groups; the filter itself, its formulas and its quality are resampler.ts.
//
// With A/B = a/b, T taps and j1(k) = floor(k·a/b) (resampler.ts), outputs k₀ … k₀ + 7 of a group share the window that ends with frame
// j1(k₀) + ahead, ahead = ceil(7·a/b). At the start of a call j1(k) ≥ −1, counted from its first input, and k₀ > k − 8, so `window`
// frames before the call suffice.
import type { PolyphaseBank } from '../core/fir-kernels.ts';
import { gcd } from './clock.ts';
import type { ResamplerDesign } from './resampler.ts';
import { finiteOrZero } from './safe.ts';

/** Outputs of a group: two vectors of f32. */
export const GROUP = 8;
const LANES = 4;
/** From so many phases on, the last group of a period may have fewer outputs. */
const MANY_PHASES = 64;

type Shape = Pick<ResamplerDesign, 'inStep' | 'phases' | 'tapsPerPhase'>;
/** What all that play a design in groups share. */
type Groups = Pick<PolyphaseBank, 'outputs' | 'groups' | 'ahead' | 'taps' | 'starts'>;

const framesAhead = ({ inStep, phases }: Shape): number => Math.ceil(((GROUP - 1) * inStep) / phases);

/** Frames of a channel that are remembered from call to call. */
export const polyphaseWindow = (shape: Shape): number =>
  LANES * Math.ceil((shape.tapsPerPhase + framesAhead(shape)) / LANES);

function makeGroups(design: ResamplerDesign): Groups {
  const { inStep, phases, tapsPerPhase, coefficients } = design;
  const outputs = phases >= MANY_PHASES ? phases : (phases * GROUP) / gcd(phases, GROUP);
  const groups = Math.ceil(outputs / GROUP);
  const newest = (output: number): number => Math.floor((output * inStep) / phases);
  const starts = Int32Array.from({ length: groups + 1 }, (_, g) => newest(Math.min(GROUP * g, outputs)));
  const ahead = framesAhead(design);
  const window = polyphaseWindow(design);
  const taps = new Float32Array(groups * window * GROUP);
  for (let output = 0; output < outputs; output++) {
    const group = Math.floor(output / GROUP);
    const row = ((output * inStep) % phases) * tapsPerPhase;
    // Where the output's own oldest frame stands in the window.
    const oldest = window - ahead - tapsPerPhase + newest(output) - starts[group];
    for (let n = 0; n < tapsPerPhase; n++)
      taps[(group * window + oldest + n) * GROUP + (output % GROUP)] = coefficients[row + n];
  }
  return { outputs, groups, ahead, taps, starts };
}

const known = new WeakMap<ResamplerDesign, Groups>();

/** The filter as kernels take it, for calls of at most `maxFrames` inputs. Groups are made once for each design. */
export function polyphaseBank(design: ResamplerDesign, maxFrames: number): PolyphaseBank {
  const { inStep, phases, tapsPerPhase, coefficients } = design;
  const groups = known.get(design) ?? makeGroups(design);
  known.set(design, groups);
  const window = polyphaseWindow(design);
  const room = LANES * Math.ceil((window + maxFrames + groups.ahead) / LANES);
  return { inStep, phases, tapsPerPhase, coefficients, window, ...groups, lines: new Float32Array(2 * room + GROUP) };
}

/** Scalar twin of the kernel, by the formulas of resampler.ts, in f64. Denormals are ordinary numbers there. */
export function resample(
  { inStep, phases, tapsPerPhase, coefficients, window, lines }: Omit<PolyphaseBank, keyof Groups>,
  histories: readonly Float32Array[],
  input: readonly Float32Array[],
  inFrame: number,
  inFrames: number,
  output: readonly Float32Array[],
  outFrame: number,
  outFrames: number,
): void {
  const wholeStep = Math.floor(inStep / phases);
  const phaseStep = inStep % phases;
  // Whole periods are taken off first, so that no product overflows however long the patch plays.
  const period = Math.floor(outFrame / phases);
  const position = (outFrame - period * phases) * inStep;
  const firstPhase = position % phases;
  const first = period * inStep + (position - firstPhase) / phases - inFrame;
  for (let c = 0; c < input.length; c++) {
    const [heard, history, played] = [input[c], histories[c], output[c]];
    for (let i = 0; i < window; i++) lines[i] = history[i];
    for (let i = 0; i < inFrames; i++) lines[window + i] = finiteOrZero(heard[i]);
    let phase = firstPhase;
    let oldest = window + first - (tapsPerPhase - 1);
    for (let k = 0; k < outFrames; k++) {
      played[k] = dot(coefficients, phase * tapsPerPhase, lines, oldest, tapsPerPhase);
      oldest += wholeStep;
      phase += phaseStep;
      if (phase >= phases) {
        phase -= phases;
        oldest++;
      }
    }
    for (let i = 0; i < window; i++) history[i] = lines[inFrames + i];
  }
}

/** Σ a[i + n]·b[j + n] over n < count, in f64. Four sums, since one would wait for each addition before the next. */
function dot(a: Float32Array | Float64Array, i: number, b: Float32Array, j: number, count: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  const end = i + count;
  for (; i + 3 < end; i += 4, j += 4) {
    sum0 += a[i] * b[j];
    sum1 += a[i + 1] * b[j + 1];
    sum2 += a[i + 2] * b[j + 2];
    sum3 += a[i + 3] * b[j + 3];
  }
  for (; i < end; i++, j++) sum0 += a[i] * b[j];
  return sum0 + sum1 + (sum2 + sum3);
}
