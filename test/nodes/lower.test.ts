// The lowering of every node against its kernel, node by node: two definitions of the same maths, held together by the null.
// Whole patches, smoothing and bundles are tested elsewhere.
import { describe, expect, test } from 'vitest';
import { caseFrames, caseSetup, caseSignals, nodeContext, runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { openLowered } from './lower-harness.ts';
import { nullDb } from './signals.ts';
import { controlInto, FRAMES, movement, noiseInto, outputsOf } from './stimulus.ts';

const SCHEDULES = [[37], [128], [480], [4096], [1, 127, 3, 480, 64, 1]];
/** Calls of one frame are slow in a general runtime, so that schedule gets a shorter run. */
const SINGLES = { frames: 300, schedule: [1] };

const { registry } = await loadRegistry();
const lowered = Object.values(registry.types).filter(type => type.lowering.kind === 'graph');

test('there are nodes with a graph', () => expect(lowered.length).toBeGreaterThan(0));

describe.each(lowered.map(type => [type.id, type] as const))('%s', (_id, type) => {
  const limitDb = Math.max(-120, type.tolerance?.db ?? -Infinity);
  const control = controlInto(type);
  const controls = Object.keys(control);

  test('lowered graph = kernel for every number of frames, also while params move', async () => {
    const audio = noiseInto(type);
    const inChannels = Object.fromEntries(Object.entries(audio).map(([name, channels]) => [name, channels.length]));
    const play = await openLowered(type, { inChannels, controls });
    for (const motion of [{}, movement(type)]) {
      for (const { frames, schedule } of [...SCHEDULES.map(schedule => ({ frames: FRAMES, schedule })), SINGLES]) {
        const run = { audio, control, frames, schedule, ...motion };
        const kernel = runNode(type, run);
        expect(
          nullDb(outputsOf(await play(run)), outputsOf(kernel)),
          `calls of ${schedule}${'moves' in motion ? ', moving' : ''}`,
        ).toBeLessThanOrEqual(limitDb);
      }
    }
  });

  test('lowered graph = kernel in a region of a lower rate, where a call may have no frame at all', async () => {
    const audio = noiseInto(type);
    const inChannels = Object.fromEntries(Object.entries(audio).map(([name, channels]) => [name, channels.length]));
    const setup = { rateHz: 22050, inChannels, controls };
    const run = { rateHz: 22050, audio, control, frames: 400, schedule: [1, 2, 1, 100], ...movement(type) };
    const play = await openLowered(type, setup);
    expect(nullDb(outputsOf(await play(run)), outputsOf(runNode(type, run)))).toBeLessThanOrEqual(limitDb);
  });

  test('lowered graph gives the cases', async () => {
    for (const entry of type.cases) {
      const setup = caseSetup(entry);
      const { shape } = nodeContext(type, setup);
      const signals = caseSignals(type, entry);
      const inlets = Object.entries(signals.audio).filter(([name]) => shape.ports[name]?.direction === 'inlet');
      const play = await openLowered(type, {
        ...setup,
        inChannels: Object.fromEntries(inlets.map(([name, channels]) => [name, channels.length])),
        controls: Object.keys(signals.control),
      });
      const output = await play({ ...setup, ...signals, frames: caseFrames(type, entry) });
      for (const [port, expected] of Object.entries(entry.out)) {
        const actual = output.audio[port] ?? [output.control[port]];
        const padded = expected.map((values, channel) =>
          Float64Array.from(actual[channel], (value, i) => (i < values.length ? values[i] : value)),
        );
        // A case is met to its own tolerance or to the null limit: f32 products round differently from f64 ones.
        expect(nullDb(actual, padded), `${entry.name}, ${port}`).toBeLessThanOrEqual(
          Math.max(limitDb, 20 * Math.log10(entry.tolerance)),
        );
      }
    }
  });
});
