// What Inlet and Outlet share: one way through, which carries what the node's setting says. Owns ports, kernel and lowering.

import type { LowerFunction } from '../../../src/core/lower.ts';
import type { Kernel, ShapeContext } from '../../../src/core/node-type.ts';
import { choice } from '../../../src/core/param.ts';
import { audio, control, type Ports, spectrum, tensor } from '../../../src/core/port.ts';

const KINDS = { audio, control, spectrum, tensor } as const;
const kindOf = ({ carries }: ShapeContext['values']): keyof typeof KINDS =>
  typeof carries === 'string' && Object.hasOwn(KINDS, carries) ? (carries as keyof typeof KINDS) : 'audio';

const ports = ({ values }: ShapeContext): Ports => {
  const port = KINDS[kindOf(values)];
  return { in: port('inlet'), out: port('outlet') };
};

const copy = (
  inputs: readonly Float32Array[] | undefined,
  outputs: readonly Float32Array[] | undefined,
  count: number,
): void => {
  if (inputs === undefined || outputs === undefined) return;
  for (let c = 0; c < outputs.length; c++) for (let i = 0; i < count; i++) outputs[c][i] = inputs[c][i];
};

const kernel: Kernel = (io, _p, _s, frames) => {
  copy(io.audioIn.in, io.audioOut.out, frames);
  if (io.itemsOut.out && io.ctx.blockFrames > 0) {
    const numbers = (io.ctx.itemShapes.in ?? []).reduce((product, size) => product * size, 1);
    const width = io.tables as number;
    copy(io.itemsIn.in, io.itemsOut.out, (frames / io.ctx.blockFrames) * numbers * width);
  }
  const { out } = io.controlOut;
  if (out === undefined) return;
  const given = io.controlIn.in;
  out.isConstant = given.isConstant;
  out.value = given.value;
  for (let i = 0; i < frames; i++) out.values[i] = given.values[i];
};

const lower: LowerFunction = (_g, io) => ({ out: io.audioIn.in ?? io.itemsIn.in ?? io.controlIn.in });

export const passes = {
  ports,
  params: {
    carries: choice({
      label: 'Carries',
      choices: Object.keys(KINDS),
      default: 'audio',
      isStructural: true,
      help: 'What kind of signal goes through.',
    }),
  },
  /** Numbers of one number: a spectrum's are complex. */
  tables: ({ values }: ShapeContext): number => (kindOf(values) === 'spectrum' ? 2 : 1),
  kernel,
  lower,
} as const;
