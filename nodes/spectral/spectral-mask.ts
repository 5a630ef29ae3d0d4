// Spectral mask: makes bins of a spectrum quieter. Owns "spectral/spectral-mask": which bins stay is said by a tensor from a model, by
// limits in Hz, by a threshold, or by all of them. A bin's gain is floor + (1 − floor)·mask·inside·P/(P + T), P = |X|².
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, LowerIo, LowerParams, Value } from '../../src/core/lower.ts';
import { lowerBlockEnds } from '../../src/core/lower-clock.ts';
import type { ControlSignal, NodePlace } from '../../src/core/node-type.ts';
import { param } from '../../src/core/param.ts';
import { itemNumbers, spectrum, tensor } from '../../src/core/port.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';

const LOW_HZ = 20;
const HIGH_HZ = 20000;
/**
 * From here on a limit lies at its end and masks nothing. A param that glides there comes ever nearer: at the very end, the frame
 * at which it arrived would be a matter of rounding.
 */
const OPEN_LOW_HZ = 1.001 * LOW_HZ;
const OPEN_HIGH_HZ = 0.999 * HIGH_HZ;
const OFF_DB = -120;
/** Keeps the share of an empty bin from being 0/0. Of f32's range, though all is f64: the runtime takes a sum with less for none. */
const LEAST_POWER = 1e-37;

function judge({ itemShapes }: NodePlace) {
  const { in: spectra, mask } = itemShapes;
  if (spectra?.[0] === undefined || mask === undefined || mask.length === 0 || itemNumbers(mask) === spectra[0])
    return undefined;
  return {
    code: 'E-SHAPE',
    what: `expected a mask of ${spectra[0]} numbers, one for each bin, got [${mask.join(', ')}]`,
    advice: 'Change the window of the STFT, or take another model.',
  } as const;
}

/** A bin's share of the range from `lowHz` to `highHz`: 1 inside, falling to 0 over one bin outside; open at the ends of the params. */
function insideOf(binHz: number, widthHz: number, lowHz: number, highHz: number): number {
  const above = lowHz <= OPEN_LOW_HZ ? 1 : Math.min(1, Math.max(0, (binHz - lowHz) / widthHz + 1));
  const below = highHz >= OPEN_HIGH_HZ ? 1 : Math.min(1, Math.max(0, (highHz - binHz) / widthHz + 1));
  return above * below;
}

const atFrame = ({ isConstant, value, values }: ControlSignal, frame: number): number =>
  isConstant ? value : values[frame];

/** The gains of all bins in the graph, f64 [C, K, bins]. */
function lowerGains(g: GraphBuilder, io: LowerIo, p: LowerParams, power: Value, items: Value): Value {
  const bins = io.ctx.itemShapes.in[0];
  const widthHz = io.ctx.rateHz / (2 * (bins - 1));
  const zero = g.f64(0);
  const one = g.f64(1);
  const last = (name: string): Value => lowerBlockEnds(g, p[name].value, items, io.ctx.blockFrames);
  const clamp = (x: Value): Value => g.op('Min', [g.op('Max', [x, zero]), one]);
  const pick = (isOff: Value, off: Value, otherwise: Value): Value => g.op('Where', [isOff, off, otherwise]);
  const binHz = g.constant(
    'f64',
    Array.from({ length: bins }, (_, bin) => bin * widthHz),
    [1, bins],
  );
  const share = (distanceHz: Value): Value => clamp(g.add(g.div(distanceHz, g.f64(widthHz)), one));
  const [low, high, threshold, floor] = ['low', 'high', 'threshold', 'floor'].map(last);
  const above = pick(g.op('LessOrEqual', [low, g.f64(OPEN_LOW_HZ)]), one, share(g.sub(binHz, low)));
  const below = pick(g.op('GreaterOrEqual', [high, g.f64(OPEN_HIGH_HZ)]), one, share(g.sub(high, binHz)));
  const gainOf = (level: Value, perDb: number): Value => {
    const gain = g.op('Exp', [g.mul(level, g.f64(perDb))]);
    return pick(g.op('LessOrEqual', [level, g.f64(OFF_DB)]), zero, gain);
  };
  const heard = g.add(power, g.f64(LEAST_POWER));
  const strong = g.div(heard, g.add(heard, gainOf(threshold, 2 * LN10_OVER_20)));
  let weight = g.mul(g.mul(above, below), strong);
  if (io.isConnected.mask) {
    const shape = g.concat([g.i64(1), items, g.i64(bins)], 0);
    weight = g.mul(weight, g.cast(g.op('Reshape', [io.itemsIn.mask, shape], { allowzero: 1n }), 'f64'));
  }
  const least = gainOf(floor, LN10_OVER_20);
  return g.add(least, g.mul(g.sub(one, least), weight));
}

export default defineNode({
  version: 1,
  label: 'Spectral Mask',
  help:
    'Turns bins of a spectrum down. Between Low and High they stay, and those that are stronger than the threshold; a tensor from a Neural Model ' +
    'can say it bin by bin, 0 to 1. What is masked falls to the floor. At their ends the limits, threshold and floor do nothing. ' +
    'Raise the threshold under music until only the tones are left; a floor of −30 dB sounds more natural than silence.',
  words: ['filter', 'fft', 'gate', 'denoise', 'noise reduction', 'bins', 'band', 'gain', 'threshold', 'brickwall'],
  ports: {
    in: spectrum('inlet'),
    mask: tensor('inlet', { label: 'Mask' }),
    out: spectrum('outlet'),
  },
  params: {
    low: param({
      label: 'Low',
      unit: 'Hz',
      min: LOW_HZ,
      max: HIGH_HZ,
      default: LOW_HZ,
      scale: 'log',
      help: 'Bins below are masked; at the lower end none is.',
    }),
    high: param({
      label: 'High',
      unit: 'Hz',
      min: LOW_HZ,
      max: HIGH_HZ,
      default: HIGH_HZ,
      scale: 'log',
      help: 'Bins above are masked; at the upper end none is.',
    }),
    threshold: param({
      label: 'Threshold',
      unit: 'dB',
      min: OFF_DB,
      max: 60,
      default: OFF_DB,
      help: 'Weaker bins are masked, bins of this level lose 6 dB. A full sine in an STFT scaled to amplitude has −6 dB.',
    }),
    floor: param({
      label: 'Floor',
      unit: 'dB',
      min: OFF_DB,
      max: 0,
      default: OFF_DB,
      help: 'What is masked falls to this level; at the lower end to nothing.',
    }),
  },
  judge,
  kernel(io, p, _s, frames) {
    const bins = io.ctx.itemShapes.in?.[0] ?? 0;
    const hop = io.ctx.blockFrames;
    if (bins < 2 || hop === 0) return;
    const widthHz = io.ctx.rateHz / (2 * (bins - 1));
    const given = io.isConnected.mask ? io.itemsIn.mask[0] : undefined;
    for (let done = 0, item = 0; done < frames; done += hop, item++) {
      const frame = done + hop - 1;
      const lowHz = atFrame(p.low, frame);
      const highHz = atFrame(p.high, frame);
      const thresholdDb = atFrame(p.threshold, frame);
      const floorDb = atFrame(p.floor, frame);
      const least = floorDb <= OFF_DB ? 0 : levelToGain(floorDb);
      const leastPower = thresholdDb <= OFF_DB ? 0 : levelToGain(2 * thresholdDb);
      for (let bin = 0; bin < bins; bin++) {
        const inside = insideOf(bin * widthHz, widthHz, lowHz, highHz) * (given ? given[item * bins + bin] : 1);
        const at = 2 * (item * bins + bin);
        for (let channel = 0; channel < io.itemsIn.in.length; channel++) {
          const input = io.itemsIn.in[channel];
          const output = io.itemsOut.out[channel];
          const power = input[at] * input[at] + input[at + 1] * input[at + 1] + LEAST_POWER;
          const gain = least + ((1 - least) * inside * power) / (power + leastPower);
          output[at] = gain * input[at];
          output[at + 1] = gain * input[at + 1];
        }
      }
    }
  },
  lower(g, io, p) {
    if ((io.ctx.itemShapes.in?.[0] ?? 0) < 2 || io.ctx.blockFrames === 0) return { out: io.itemsIn.in };
    const items = g.div(io.frames, g.i64(io.ctx.blockFrames));
    const input = g.cast(io.itemsIn.in, 'f64');
    const power = g.op('ReduceSum', [g.mul(input, input), g.i64(3)], { keepdims: 0n });
    const gains = lowerGains(g, io, p, power, items);
    return { out: g.cast(g.mul(input, g.op('Unsqueeze', [gains, g.i64(3)])), 'f32') };
  },
  cases: [
    {
      name: 'as it comes it changes nothing',
      blockFrames: 2,
      itemShapes: { in: [3] },
      in: { in: [[1, -1, 0.5, 0, 0, 0.25, 3, 2, 1, 0, -1, -2]] },
      out: { out: [[1, -1, 0.5, 0, 0, 0.25, 3, 2, 1, 0, -1, -2]] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'a mask bin by bin, with a floor of half',
      params: { floor: 20 * Math.log10(0.5) },
      blockFrames: 2,
      itemShapes: { in: [3], mask: [3] },
      in: { in: [[1, 1, 1, 1, 1, 1]], mask: [[0, 0.5, 1]] },
      out: { out: [[0.5, 0.5, 0.75, 0.75, 1, 1]] },
      tolerance: 1e-7,
      reference: '0.5 + 0.5·mask',
    },
    {
      name: 'limits between bins: the one above loses what it lies outside',
      params: { low: 8000, high: 12000 },
      rateHz: 48000,
      blockFrames: 2,
      itemShapes: { in: [4] },
      in: { in: [[1, 1, 1, 1, 1, 1, 1, 1]] },
      out: { out: [[0, 0, 1, 1, 0.5, 0.5, 0, 0]] },
      tolerance: 1e-7,
      reference: '(12000 − 16000)/8000 + 1 = 0.5',
    },
    {
      name: 'a bin as strong as the threshold loses half, one ten times as strong 1 in 101',
      params: { threshold: -20 },
      blockFrames: 2,
      itemShapes: { in: [2] },
      in: { in: [[0.1, 0, 0, 1]] },
      out: { out: [[0.05, 0, 0, 100 / 101]] },
      tolerance: 1e-7,
      reference: 'P/(P + T), T = 0.01',
    },
  ],
  example(patch) {
    patch.add('source/noise', 'noise', { params: { level: -30 } });
    patch.add('source/oscillator', 'tone', { params: { frequency: 440, level: -18 } });
    patch.add('spectral/stft', 'stft', { params: { window: '2048', hop: 'window/4', scaling: 'amplitude' } });
    patch.add('spectral/spectral-mask', 'mask', { params: { threshold: -50, floor: -60 } });
    patch.add('spectral/istft', 'istft', { params: { scaling: 'amplitude' } });
    patch.add('output/audio-output', 'out');
    patch.connect('noise.out', 'stft.in');
    patch.connect('tone.out', 'stft.in');
    patch.connect('stft.out', 'mask.in');
    patch.connect('mask.out', 'istft.in');
    patch.connect('istft.out', 'out.in');
    patch.note('A tone in noise: the threshold lies between them. Move it and hear the noise return.', [0, -80]);
  },
});
