// Signal Inspector: passes a signal through and tells its figures. Owns "analysis/signal-inspector".
// Peak and RMS have the ballistics of every meter (src/dsp/meter.ts); the mean has the RMS's time constant; counts never fall.
import { defineNode } from '../../src/core/define-node.ts';
import type { MeterDesign, MeterState } from '../../src/core/meter-kernels.ts';
import type { StateArray } from '../../src/core/node-type.ts';
import { audio } from '../../src/core/port.ts';
import { designMeter, meterStates } from '../../src/dsp/meter.ts';
import { finiteOrZero, flushState } from '../../src/dsp/safe.ts';

const toDb = (amplitude: number): number => 20 * Math.log10(amplitude);
const largest = (values: StateArray | undefined): number => Math.max(0, ...Array.from(values ?? [], Math.abs));
const total = (values: StateArray | undefined): number => Array.from(values ?? []).reduce((a, b) => a + b, 0);

export default defineNode<MeterDesign>({
  version: 1,
  label: 'Signal Inspector',
  help:
    'Tells the figures of a signal while it passes through. Peak and RMS are levels of full scale, the crest is how far the peak ' +
    'stands above the RMS (a sine 3 dB, speech 12 and more). DC is the mean, which a loudspeaker can’t play. Clipped counts the ' +
    'frames at or beyond full scale, broken those that are no finite numbers; these pass as silence. Reset the node to count afresh.',
  words: ['peak', 'RMS', 'crest', 'DC', 'offset', 'clipping', 'NaN', 'rate', 'channels', 'debug', 'measure', 'probe'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  state: ctx => {
    const perChannel = { shape: [ctx.channels.in], dtype: 'f64' } as const;
    return { ...meterStates(ctx.channels.in), mean: perChannel, clipped: perChannel, broken: perChannel };
  },
  tables: ctx => designMeter(ctx.rateHz),
  kernel(io, _p, s, frames) {
    const { weight } = io.tables;
    for (let channel = 0; channel < io.audioIn.in.length; channel++) {
      const input = io.audioIn.in[channel];
      const output = io.audioOut.out[channel];
      let mean = s.mean[channel];
      for (let i = 0; i < frames; i++) {
        const x = finiteOrZero(input[i]);
        if (Math.abs(x) >= 1) s.clipped[channel]++;
        // −0 and 0 are equal here; what is not a number equals nothing.
        if (x !== input[i]) s.broken[channel]++;
        mean += (x - mean) * weight;
        output[i] = x;
      }
      s.mean[channel] = flushState(mean);
    }
    io.kernels.meter(io.tables, s as unknown as MeterState, io.audioOut.out, frames);
  },
  lower(g, io) {
    const x = io.audioIn.in;
    const isBroken = g.op('Or', [g.op('IsNaN', [x]), g.op('IsInf', [x])]);
    return { out: g.op('Where', [isBroken, g.constant('f32', [0], [1, 1]), x]) };
  },
  probes: ['peak', 'meanSquare', 'mean', 'clipped', 'broken'],
  view: 'figures',
  figures: {
    labels: ['Peak', 'RMS', 'Crest', 'DC', 'Clipped', 'Broken', 'Rate', 'Channels'],
    values({ probes, rateHz }) {
      const peak = largest(probes.peak);
      const rms = Math.sqrt(largest(probes.meanSquare));
      const clipped = total(probes.clipped);
      const broken = total(probes.broken);
      return [
        { value: toDb(peak), unit: 'dB', isBad: peak >= 1 },
        { value: toDb(rms), unit: 'dB' },
        { value: rms > 0 ? toDb(peak / rms) : 0, unit: 'dB' },
        { value: largest(probes.mean), unit: '' },
        { value: clipped, unit: 'count', isBad: clipped > 0 },
        { value: broken, unit: 'count', isBad: broken > 0 },
        { value: rateHz, unit: 'Hz' },
        { value: probes.peak?.length ?? 0, unit: 'count' },
      ];
    },
  },
  cases: [
    {
      name: 'passes, counts what clips, and holds the peak',
      in: {
        in: [
          [0.5, -1, 1.25],
          [0, 0.25, -0.25],
        ],
      },
      out: {
        out: [
          [0.5, -1, 1.25],
          [0, 0.25, -0.25],
        ],
      },
      state: { peak: [1.25, 0.25], clipped: [2, 0], broken: [0, 0] },
      tolerance: 0,
      reference: 'counted by hand',
    },
    {
      name: 'a constant of 0.5 for the time constant, 0.3 s: its mean and mean square are 1 − 1/e of the way',
      in: { in: [new Array<number>(14400).fill(0.5)] },
      out: {},
      state: { mean: [0.5 * -Math.expm1(-1)], meanSquare: [0.25 * -Math.expm1(-1)] },
      tolerance: 1e-12,
      reference: '1 − e^(−t/τ), t = τ = 0.3 s at 48 kHz',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { frequency: 220, level: -3 } });
    patch.add('dynamics/gain', 'gain', { params: { level: 0 } });
    patch.add('analysis/signal-inspector', 'inspector');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'gain.in');
    patch.connect('gain.out', 'inspector.in');
    patch.connect('inspector.out', 'out.in');
    patch.note('Turn the gain up: at +3 dB the peak reaches full scale and Clipped begins to count.', [0, -80]);
  },
});
