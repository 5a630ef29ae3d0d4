// The latency grid: rates × blocks × models × ways of playing, measured and held against what the plan reports, to the sample
// where that is a whole number. A seeded sample of it each time; all of it, with a table in test-results/, in the long run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { gcd } from '../../src/dsp/clock.ts';
import { makeRandom } from '../core/random.ts';
import { type Cell, dryErrorOf, hear, MODELS, WAYS, type Way } from './latency-cell.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
/** Patches of these rates, as hosts have them, around models of those. */
const HOST_RATES_HZ = [16000, 22050, 32000, 44100, 48000, 88200, 96000];
const MODEL_RATES_HZ = [8000, 16000, 22050, 32000, 44100, 48000, 96000];
const HOST_BLOCKS = [1, 32, 37, 64, 128, 192, 480, 1024];
const NATIVE_BLOCKS = [1, 16, 64, 100, 128, 441, 512, 2048];
/** Cells played each time, of the whole grid. */
const SAMPLE = 150;

type Rates = Pick<Cell, 'patchRateHz' | 'regionRateHz' | 'modelRateHz'>;
const ratesOf = (patchRateHz: number, modelRateHz: number, regionRateHz = patchRateHz): Rates => ({
  patchRateHz,
  regionRateHz,
  modelRateHz,
});
const RATES: Rates[] = [
  ...HOST_RATES_HZ.flatMap(patchRateHz => MODEL_RATES_HZ.map(modelRateHz => ratesOf(patchRateHz, modelRateHz))),
  // Every other rate of the Resampler in the commonest hosts.
  ...[44100, 48000].flatMap(patchRateHz =>
    SAMPLE_RATES_HZ.filter(hz => !MODEL_RATES_HZ.includes(hz)).map(modelRateHz => ratesOf(patchRateHz, modelRateHz)),
  ),
  // Paths that meet in a region, where fractions of a sample are left over.
  ...[16000, 22050, 96000].flatMap(regionRateHz =>
    [8000, 32000, 44100].map(modelRateHz => ratesOf(48000, modelRateHz, regionRateHz)),
  ),
];
const BLOCKS = HOST_BLOCKS.flatMap(hostBlock => NATIVE_BLOCKS.map(nativeBlock => ({ hostBlock, nativeBlock })));

interface Row extends Cell {
  readonly way: Way;
  readonly reported: number;
  readonly buffering: number;
  readonly filter: number;
  readonly measured: number;
  readonly dryMeasured: number;
  readonly dryReported: number;
}
const rows: Row[] = [];

const isWhole = (samples: number): boolean => Math.abs(samples - Math.round(samples)) < 1e-6;
/** Samples within which a measurement tells a whole number for certain. */
const RESOLUTION = 0.005;
const WITHIN = 0.01;

function judge(measured: number, reported: number, what: string): void {
  const difference = Math.abs(measured - reported);
  if (!isWhole(reported)) expect(difference, what).toBeLessThanOrEqual(WITHIN);
  else {
    expect(Math.abs(Math.round(measured) - Math.round(reported)), what).toBe(0);
    expect(difference, what).toBeLessThanOrEqual(RESOLUTION);
  }
}

async function check(cell: Cell, way: Way): Promise<void> {
  const wet = await hear(cell, way, 1);
  const dry = await hear(cell, way, 0);
  const { latency, latencySamples } = wet.plan;
  const what = JSON.stringify({ ...cell, way });
  const dryReported = latencySamples + dryErrorOf(dry.plan, cell);
  rows.push({
    ...cell,
    way,
    reported: latencySamples,
    buffering: latency.buffering,
    filter: latency.filter,
    measured: wet.samples,
    dryMeasured: dry.samples,
    dryReported,
  });
  judge(wet.samples, latencySamples, `${what} wet`);
  judge(dry.samples, dryReported, `${what} dry`);
  for (const { error } of [wet, dry]) expect(error, what).toBeLessThan(2e-5);
  // The four parts, from their formulas.
  const { nativeBlock: m, modelRateHz, patchRateHz } = cell;
  // At the patch's rate calls are the host's; at any other the number of frames changes from call to call.
  const least = way === 'promised' && modelRateHz === patchRateHz ? m - gcd(cell.hostBlock, m) : m - 1;
  expect(latency.buffering, what).toBeCloseTo((least * patchRateHz) / modelRateHz, 9);
  expect(latency.model, what).toBeCloseTo(cell.model === 'memoryless' ? 0 : patchRateHz / modelRateHz, 9);
  expect(latency.inference, what).toBe(0);
  if (modelRateHz === cell.regionRateHz && cell.regionRateHz === patchRateHz) expect(latency.filter, what).toBe(0);
}

const cells: Cell[] = RATES.flatMap(rates =>
  BLOCKS.flatMap(blocks => MODELS.map(model => ({ ...rates, ...blocks, model }))),
);

afterAll(() => {
  if (!isFull) return;
  mkdirSync('test-results', { recursive: true });
  const columns = Object.keys(rows[0] ?? {}) as (keyof Row)[];
  const cellText = (value: string | number): string => (typeof value === 'number' ? String(+value.toFixed(4)) : value);
  const lines = rows.map(row => columns.map(column => cellText(row[column])).join(','));
  writeFileSync('test-results/latency-grid.csv', `${[columns.join(','), ...lines].join('\n')}\n`);
});

describe('LATENCY-5 measured = reported', () => {
  if (isFull) {
    it.each(RATES)(
      '$patchRateHz Hz patch, $regionRateHz Hz region, $modelRateHz Hz model, all blocks, models and ways',
      async rates => {
        for (const blocks of BLOCKS)
          for (const model of MODELS) for (const way of WAYS) await check({ ...rates, ...blocks, model }, way);
      },
      600_000,
    );
  } else {
    const random = makeRandom(20);
    it.each(WAYS.map(way => [way, Array.from({ length: SAMPLE / WAYS.length }, () => random.pick(cells))] as const))(
      '%s: a sample of the grid',
      async (way, sample) => {
        for (const cell of sample) await check(cell, way);
      },
      60_000,
    );
  }
  // Calls are of one size in such a region too, if the host's are; an adapter there waits as in any other.
  it.each(
    [ratesOf(88200, 44100), ratesOf(44100, 88200), ratesOf(48000, 16000), ratesOf(16000, 48000)].flatMap(rates =>
      [128, 480].map(hostBlock => ({ ...rates, hostBlock })),
    ),
  )(
    'rates of a whole ratio: $patchRateHz Hz patch, $modelRateHz Hz model, calls of $hostBlock',
    async cell => {
      for (const nativeBlock of [64, 512])
        for (const way of WAYS) await check({ ...cell, nativeBlock, model: 'memoryless' }, way);
    },
    60_000,
  );

  it('the grid is as large as it says', () => {
    expect([HOST_RATES_HZ, MODEL_RATES_HZ, HOST_BLOCKS, NATIVE_BLOCKS].map(list => list.length)).toEqual([7, 7, 8, 8]);
    expect(cells).toHaveLength((49 + 10 + 9) * 64 * 2);
  });
});
