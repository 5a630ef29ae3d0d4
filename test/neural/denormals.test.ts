// Loud, then silent: what a net remembers must end in zeros, never in the numbers next to them, which processors are many times slower
// with. All of a net's memory is looked at: states and what is computed from them.
import { expect, it } from 'vitest';
import { Heap } from '../../src/neural/heap.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { noise } from '../simd/kernel-pair.ts';
import { Graph } from './models.ts';

const FRAMES = 128;
const LOUD_CALLS = 20;
/** Half a second. */
const SILENT_CALLS = 200;
const LEAST = 2 ** -126;

/** A layer without biases, which forgets in silence: so slowly that rounding would hold the least denormals for ever. */
function forgetful(kind: 'GRU' | 'LSTM'): Graph {
  const [units, gates] = [24, kind === 'GRU' ? 3 : 4];
  const g = new Graph();
  const states = (kind === 'GRU' ? ['h'] : ['h', 'c']).map(name => g.state(name, [1, 1, units]));
  const weights = [
    g.weight([1, gates * units, 1], 0.7),
    g.weight([1, gates * units, units], kind === 'GRU' ? 0.7 : 0.4),
  ];
  const [all] = g.ops(
    kind,
    [g.op('Transpose', ['x'], { perm: [2n, 0n, 1n] }), ...weights, '', '', ...states],
    ['all', ...states.map(name => `${name}_out`)],
    { hidden_size: BigInt(units), ...(kind === 'GRU' && { linear_before_reset: 1n }) },
  );
  const mixed = g.op('MatMul', [g.op('Squeeze', [all, g.ints(1)]), g.weight([units, 1])]);
  g.op('Transpose', [mixed], { perm: [1n, 2n, 0n] }, 'y');
  return g;
}

it.each(['GRU', 'LSTM'] as const)(
  '%s',
  kind => {
    const model = forgetful(kind).load(kind);
    const heap = Heap.create() as Heap;
    const net = model.kernels && 'net' in model.kernels ? model.kernels.net : undefined;
    if (!net) throw new Error('expected a net');
    const runner = KernelRunner.create(heap, net, model, FRAMES) as KernelRunner;
    const isSlow = (): boolean =>
      new Float32Array(heap.buffer).some(value => value !== 0 && value < LEAST && value > -LEAST);
    const sound = noise(FRAMES * LOUD_CALLS, 3);
    let slow = 0;
    for (let call = 0; call < LOUD_CALLS + SILENT_CALLS; call++) {
      const input = runner.input('x', FRAMES);
      for (let i = 0; i < FRAMES; i++) input[i] = sound[call * FRAMES + i] ?? 0;
      runner.run(FRAMES);
      if (call === LOUD_CALLS - 1) expect(Math.max(...runner.output('y', FRAMES).map(Math.abs))).toBeGreaterThan(0.05);
      if (isSlow()) slow++;
    }
    expect(runner.output('y', FRAMES)).toEqual(new Float32Array(FRAMES));
    // The call in which it fades may pass them, and leave them in what it computed.
    expect(slow).toBeLessThanOrEqual(2);
  },
  30_000,
);
