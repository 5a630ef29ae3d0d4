// The pitch of what is made at one rate and heard at another: a tone of 1000 Hz, born in a region of any rate, in patches of
// any rate, for any buffer. Owns that measurement: a regression of phase over two seconds against the closed form.
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import resampler from '../../nodes/rate/resampler.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { choice } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import type { Registry } from '../../src/core/registry.ts';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { framesUntil } from '../../src/dsp/clock.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { runNode } from './kernel-harness.ts';
import { signal } from './signals.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const TONE_HZ = 1000;
const SECONDS = 2;
const BUFFERS = [32, 64, 128, 256, 512, 1024, 2048];
const LIMIT_CENTS = 1e-6;

const type = resampler.withId('rate/resampler');

/** A source that makes its own 1000 Hz at a rate of its own, as a generating model does. */
const makesTone = defineNode({
  version: 1,
  label: 'Tone',
  help: 'Makes 1000 Hz at its own rate.',
  ports: ({ values }) => ({ out: audio('outlet', { rateHz: Number(values.rate ?? 48000) }) }),
  params: {
    rate: choice({ label: 'Rate', help: 'In Hz.', choices: SAMPLE_RATES_HZ.map(String), default: '48000' }),
  },
  kernel(io, _p, _s, frames) {
    for (let i = 0; i < frames; i++)
      io.audioOut.out[0][i] = 0.5 * Math.sin((2 * Math.PI * TONE_HZ * (io.frame + i)) / io.ctx.rateHz);
  },
  lower: { kind: 'vanish' },
  cases: [{ name: 'starts at 0', out: { out: [[0]] }, tolerance: 0, reference: 'sin 0' }],
  example() {},
}).withId('test/tone');
const withTone: Registry = {
  types: { ...registry.types, 'test/tone': makesTone },
  get: id => (id === 'test/tone' ? makesTone : registry.get(id)),
};

/** How far y, at rateHz, is from 1000 Hz: slope of the phase against the closed form, through 32 windows of its second half. */
function centsOff(y: Float32Array, rateHz: number): number {
  const windows = 32;
  const first = Math.floor(y.length / 4);
  const hop = Math.floor((y.length - first) / (windows + 1));
  const phases: number[] = [];
  for (let w = 0; w < windows; w++) {
    let re = 0;
    let im = 0;
    for (let i = 0; i < 2 * hop; i++) {
      const n = first + w * hop + i;
      const weight = y[n] * (1 - Math.cos((Math.PI * i) / hop));
      re += weight * Math.cos((2 * Math.PI * TONE_HZ * n) / rateHz);
      im -= weight * Math.sin((2 * Math.PI * TONE_HZ * n) / rateHz);
    }
    const phase = Math.atan2(im, re);
    const before = phases[w - 1] ?? phase;
    phases.push(phase - 2 * Math.PI * Math.round((phase - before) / (2 * Math.PI)));
  }
  const middle = (windows - 1) / 2;
  let slope = 0;
  let weight = 0;
  phases.forEach((phase, w) => {
    slope += (w - middle) * phase;
    weight += (w - middle) ** 2;
  });
  const offHz = ((slope / weight) * rateHz) / (2 * Math.PI * hop);
  return 1200 * Math.log2(1 + offHz / TONE_HZ);
}

const GRID = SAMPLE_RATES_HZ.flatMap(patch => SAMPLE_RATES_HZ.map(region => [region, patch] as [number, number]));
// The case of 35 cents elsewhere, the pair of most phases, and every eleventh of the grid, each with one buffer.
const CELLS: [number, number, number][] = isFull
  ? GRID.flatMap(([region, patch]) => BUFFERS.map(buffer => [region, patch, buffer] as [number, number, number]))
  : [
      [44100, 48000, 32],
      [192000, 11025, 2048],
      ...GRID.filter((_, i) => i % 11 === 5).map(([region, patch], i): [number, number, number] => [
        region,
        patch,
        BUFFERS[i % BUFFERS.length],
      ]),
    ];

it('the measure sees a thousandth of a cent', () => {
  const hz = TONE_HZ * 2 ** (0.001 / 1200);
  const y = signal(96000, n => 0.5 * Math.sin((2 * Math.PI * hz * n) / 48000));
  expect(Math.abs(centsOff(y, 48000) - 0.001)).toBeLessThan(0.0001);
});

describe('1000 Hz made in a region', () => {
  let worstCents = 0;
  const rows: string[] = [];
  afterAll(() => {
    console.info(`pitch: ${CELLS.length} cells, at most ${worstCents.toExponential(1)} cents off`);
    if (!isFull) return;
    mkdirSync('test-results', { recursive: true });
    writeFileSync('test-results/pitch.csv', `${['modelRateHz,patchRateHz,buffer,cents', ...rows].join('\n')}\n`);
  });
  it.each(CELLS)('of %i Hz is 0.00 cents off in a patch of %i Hz, buffer %i', (rateHz, patchRateHz, buffer) => {
    const frames = SECONDS * patchRateHz;
    const tone = signal(
      framesUntil(frames, rateHz, patchRateHz),
      n => 0.5 * Math.sin((2 * Math.PI * TONE_HZ * n) / rateHz),
    );
    const { out } = runNode(type, {
      patchRateHz,
      rateHz,
      params: { to: String(patchRateHz) },
      audio: { in: [tone] },
      frames,
      schedule: [buffer],
    }).audio;
    const cents = Math.abs(centsOff(out[0], patchRateHz));
    worstCents = Math.max(worstCents, cents);
    expect(cents).toBeLessThan(LIMIT_CENTS);
  });

  const patches = SAMPLE_RATES_HZ.flatMap(patch =>
    SAMPLE_RATES_HZ.map((region, i): [number, number, number[]] => [
      region,
      patch,
      isFull ? BUFFERS : [BUFFERS[i % BUFFERS.length]],
    ]),
  );
  it.each(isFull ? patches : patches.filter((_, i) => i % 5 === 1))(
    'of %i Hz is 0.00 cents off through plan and executor at %i Hz, buffers %j',
    async (region, patchRateHz, buffers) => {
      const patch = makePatch(
        [
          ['tone', 'test/tone', { rate: String(region) }],
          ['up', 'rate/resampler', { to: String(patchRateHz) }],
          ['out', 'output/audio-output'],
        ],
        ['tone.out > up.in', 'up.out > out.in'],
        patchRateHz,
      );
      for (const buffer of buffers) {
        const frames = SECONDS * patchRateHz;
        const request = { patch, registry: withTone, resources: {}, frames, schedule: [buffer] };
        const { outputs } = await renderPatch(request);
        const cents = centsOff(outputs.out[0], patchRateHz);
        rows.push([region, patchRateHz, buffer, cents.toExponential(2)].join(','));
        expect(Math.abs(cents), `buffer ${buffer}`).toBeLessThan(LIMIT_CENTS);
      }
    },
  );
});
