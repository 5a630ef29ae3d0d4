// What every way out of a patch is made of: an inlet at the patch's rate that is measured and otherwise left alone. Owns its
// port, states, kernel and reference cases; what becomes of the sound is said by the nodes.
import type { NodeDefinition } from '../../../src/core/node-type.ts';
import { audio } from '../../../src/core/port.ts';
import { designMeter, type MeterDesign, type MeterState, measure, meterStates } from '../../../src/dsp/meter.ts';

type Shared = 'ports' | 'state' | 'tables' | 'kernel' | 'probes' | 'cases';

export const meteredInlet: Required<Pick<NodeDefinition<MeterDesign>, Shared>> = {
  ports: { in: audio('inlet', { rateHz: 'patch', block: 0 }) },
  state: ctx => meterStates(ctx.channels.in),
  tables: ctx => designMeter(ctx.rateHz),
  kernel(io, _p, s, frames) {
    const inputs = io.audioIn.in;
    for (let channel = 0; channel < inputs.length; channel++)
      measure(io.tables, s as unknown as MeterState, channel, inputs[channel], frames);
  },
  probes: ['peak', 'meanSquare'],
  cases: [
    {
      name: 'keeps the peak of each channel',
      in: {
        in: [
          [0.5, -0.75, 0.25],
          [0, 0.125, 0],
        ],
      },
      out: {},
      state: { peak: [0.75, 0.125] },
      tolerance: 0,
      reference: 'max |x|, written by hand',
    },
    {
      name: 'mean square of a constant rises with 300 ms',
      in: { in: [Array.from({ length: 4800 }, () => 0.5)] },
      out: {},
      state: { meanSquare: [0.25 * (1 - Math.exp(-0.1 / 0.3))], peak: [0.5] },
      tolerance: 1e-12,
      reference: 'x²·(1 − exp(−t/τ)), t = 0.1 s',
    },
  ],
};
