// What every way out of a patch is made of: an inlet at the patch's rate that is measured and otherwise left alone. Owns its
// port, states and kernel; what becomes of the sound, and the reference cases, are the nodes'.
import type { MeterDesign, MeterState } from '../../../src/core/meter-kernels.ts';
import type { NodeDefinition } from '../../../src/core/node-type.ts';
import { audio } from '../../../src/core/port.ts';
import { designMeter, meterStates } from '../../../src/dsp/meter.ts';

type Shared = 'ports' | 'state' | 'tables' | 'kernel' | 'probes';

export const meteredInlet: Required<Pick<NodeDefinition<MeterDesign>, Shared>> = {
  ports: { in: audio('inlet', { rateHz: 'patch', block: 0 }) },
  state: ctx => meterStates(ctx.channels.in),
  tables: ctx => designMeter(ctx.rateHz),
  kernel(io, _p, s, frames) {
    io.kernels.meter(io.tables, s as unknown as MeterState, io.audioIn.in, frames);
  },
  probes: ['peak', 'meanSquare'],
};
