// The SIMD form of the kernels (core/kernels.ts) over one memory, where all arrays that they are given have to lie.
// Owns the way from typed arrays to addresses and from channels to pairs of lanes.
import type { KernelForm, Kernels } from '../core/kernels.ts';
import { convolutionKernels } from './convolution.ts';
import { dynamicsKernels } from './dynamics.ts';
import { firKernels } from './fir.ts';
import { gateKernels } from './gate.ts';
import { lookAheadKernels } from './look-ahead.ts';
import { meterKernels } from './meter.ts';
import { mixKernels } from './mix.ts';
import { instantiate } from './module.ts';
import { onePoleKernels } from './one-pole.ts';
import { shapeKernels } from './shape.ts';
import { spectrumKernels } from './stft.ts';
import { movingFilterKernels } from './svf-moving.ts';

/** Bytes of the two states of a channel. */
export const SVF_STATE_BYTES = 16;
/** Bytes of the states of a section: two of each lane. */
export const CASCADE_STATE_BYTES = 32;

/** Kernels in `memory`; undefined where the runtime has no SIMD: the scalar twins play then. */
export function simdKernels(memory: WebAssembly.Memory, form: Exclude<KernelForm, 'scalar'>): Kernels | undefined {
  const wasm = instantiate(memory, form);
  if (!wasm) return undefined;
  const { svf, exp, log, tan, cascade, peak, ramp } = wasm;
  return {
    ...mixKernels(wasm),
    ...shapeKernels(wasm),
    ...dynamicsKernels(wasm),
    ...lookAheadKernels(wasm),
    ...gateKernels(wasm),
    ...movingFilterKernels(wasm),
    ...onePoleKernels(wasm),
    ...meterKernels(wasm),
    ...firKernels(wasm),
    ...convolutionKernels(wasm),
    ...spectrumKernels(wasm),
    svf(coefficients, states, input, output, frames) {
      for (let c = 0; c < input.length; c += 2) {
        // A channel without a partner goes with itself.
        const d = c + 1 < input.length ? c + 1 : c;
        svf(
          coefficients.byteOffset,
          states.byteOffset + SVF_STATE_BYTES * c,
          states.byteOffset + SVF_STATE_BYTES * d,
          input[c].byteOffset,
          input[d].byteOffset,
          output[c].byteOffset,
          output[d].byteOffset,
          frames,
        );
      }
    },
    exp: (input, output, count) => void exp(input.byteOffset, output.byteOffset, count),
    log: (input, output, count) => void log(input.byteOffset, output.byteOffset, count),
    tan: (input, output, count) => void tan(input.byteOffset, output.byteOffset, count),
    cascade: (coefficients, states, inputs, outputs, frames) =>
      cascade(
        coefficients.byteOffset,
        states.byteOffset,
        states.byteLength / CASCADE_STATE_BYTES,
        inputs[0].byteOffset,
        inputs[1].byteOffset,
        outputs[0].byteOffset,
        outputs[1].byteOffset,
        frames,
      ),
    peak: (_inputs, addresses, count) => peak(addresses.byteOffset, addresses.length, count),
    ramp: (values, from, to, target, distance, pole) => ramp(values.byteOffset, from, to, target, distance, pole),
  };
}
