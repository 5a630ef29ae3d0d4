// Map range: stretches one range of a control signal onto another. Owns "control/map-range".
import { controlValue, unitOf, unitParam } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { choice } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';
import { markConstant } from '../../src/dsp/control-signal.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

const CURVES = ['linear', 'log', 'exp'] as const;
const LOG = 1;
const EXP = 2;

/** How far x is from inMin to inMax, 0…1; on a log scale where both lie above 0. A range without width gives 0. */
function shareOf(x: number, inMin: number, inMax: number, curve: number): number {
  if (inMin === inMax) return 0;
  const inside = Math.min(Math.max(x, Math.min(inMin, inMax)), Math.max(inMin, inMax));
  if (curve === LOG && inMin > 0 && inMax > 0) return Math.log(inside / inMin) / Math.log(inMax / inMin);
  return (inside - inMin) / (inMax - inMin);
}

/** The value at a share of the way from outMin to outMax; in equal ratios where both have the same sign. */
function valueAt(share: number, outMin: number, outMax: number, curve: number): number {
  if (curve === EXP && outMin * outMax > 0) return outMin * Math.exp(share * Math.log(outMax / outMin));
  return outMin + (outMax - outMin) * share;
}

export default defineNode({
  version: 1,
  label: 'Map Range',
  help:
    'Turns one range of a control into another. From min … From max goes in, To min … To max comes out; what lies outside ' +
    'stays at the end, and a range may be upside down. Linear keeps equal steps equal. Exp turns equal steps into equal ' +
    'ratios: 0…12 semitones become an octave of hertz. Log is its opposite: equal ratios in, equal steps out.',
  words: ['scale', 'convert', 'range', 'normalise', 'clamp', 'semitones to hertz', 'invert', 'curve'],
  ports: { in: control('inlet'), out: control('outlet') },
  params: ({ values }) => {
    const unit = unitOf(values);
    return {
      fromMin: controlValue({ label: 'From min', unit: '', default: 0, help: 'Comes in for To min.' }),
      fromMax: controlValue({ label: 'From max', unit: '', default: 1, help: 'Comes in for To max.' }),
      toMin: controlValue({ label: 'To min', unit, default: 0, help: 'Goes out for From min.' }),
      toMax: controlValue({ label: 'To max', unit, default: 1, help: 'Goes out for From max.' }),
      curve: choice({
        label: 'Curve',
        choices: CURVES,
        default: 'linear',
        help: 'Exp needs a To range, log a From range, that does not cross 0.',
      }),
      unit: unitParam(),
    };
  },
  kernel(io, p, _s, frames) {
    const { values } = io.controlIn.in;
    const { out } = io.controlOut;
    const curve = p.curve.value;
    let last = Number.NaN;
    let mapped = 0;
    for (let i = 0; i < frames; i++) {
      const x = finiteOrZero(values[i]);
      if (x !== last) {
        mapped = valueAt(shareOf(x, p.fromMin.value, p.fromMax.value, curve), p.toMin.value, p.toMax.value, curve);
        last = x;
      }
      out.values[i] = mapped;
    }
    markConstant(out, frames);
  },
  lower(g, io, p) {
    const fromMin = p.fromMin.value;
    const fromMax = p.fromMax.value;
    const toMin = p.toMin.value;
    const toMax = p.toMax.value;
    const zero = g.f64(0);
    const isCurve = (curve: number): string => g.op('Equal', [p.curve.value, g.i64(curve)]);
    const isAbove = (value: string): string => g.op('Greater', [value, zero]);
    const inside = g.op('Min', [
      g.op('Max', [io.controlIn.in, g.op('Min', [fromMin, fromMax])]),
      g.op('Max', [fromMin, fromMax]),
    ]);
    const logOf = (value: string, unit: string): string => g.op('Log', [g.div(value, unit)]);
    const isLog = g.op('And', [isCurve(LOG), g.op('And', [isAbove(fromMin), isAbove(fromMax)])]);
    const curved = g.op('Where', [
      isLog,
      g.div(logOf(inside, fromMin), logOf(fromMax, fromMin)),
      g.div(g.sub(inside, fromMin), g.sub(fromMax, fromMin)),
    ]);
    const share = g.op('Where', [g.op('Equal', [fromMin, fromMax]), zero, curved]);
    const isExp = g.op('And', [isCurve(EXP), isAbove(g.mul(toMin, toMax))]);
    const ratios = g.mul(toMin, g.op('Exp', [g.mul(share, logOf(toMax, toMin))]));
    const steps = g.add(toMin, g.mul(g.sub(toMax, toMin), share));
    return { out: g.op('Where', [isExp, ratios, steps]) };
  },
  cases: [
    {
      name: 'linear and upside down; outside stays at the end',
      params: { fromMin: -1, fromMax: 1, toMin: 0, toMax: -60 },
      in: { in: [[-2, -1, -0.5, 0, 0.5, 1, 3]] },
      out: { out: [[0, 0, -15, -30, -45, -60, -60]] },
      tolerance: 1e-13,
      reference: '−30·(x + 1) by hand',
    },
    {
      name: 'exp: semitones to hertz',
      params: { fromMin: 0, fromMax: 12, toMin: 440, toMax: 880, curve: 'exp' },
      in: { in: [[0, 3, 7, 12]] },
      out: { out: [[440, 523.2511306011972, 659.2551138257398, 880]] },
      tolerance: 1e-10,
      reference: '440·2^(n/12) in Python',
    },
    {
      name: 'log: hertz to semitones',
      params: { fromMin: 440, fromMax: 880, toMin: 0, toMax: 12, curve: 'log' },
      in: { in: [[440, 523.2511306011972, 659.2551138257398, 100]] },
      out: { out: [[0, 3, 7, 0]] },
      tolerance: 1e-12,
      reference: '12·log2(f/440)',
    },
    {
      name: 'exp across 0 is linear, and a range without width gives To min',
      params: { fromMin: 2, fromMax: 2, toMin: -5, toMax: 5, curve: 'exp' },
      in: { in: [[-1, 2, 4]] },
      out: { out: [[-5, -5, -5]] },
      tolerance: 0,
      reference: 'by definition',
    },
  ],
  example(patch) {
    patch.add('control/lfo', 'lfo', { params: { shape: 'triangle', rate: 0.25 } });
    patch.add('control/map-range', 'map', {
      params: { fromMin: -1, fromMax: 1, toMin: 110, toMax: 880, curve: 'exp', unit: 'Hz' },
    });
    patch.add('source/oscillator', 'osc', { params: { shape: 'triangle', frequency: 0, level: -12 } });
    patch.add('output/audio-output', 'out');
    patch.connect('lfo.out', 'map.in');
    patch.connect('map.out', 'osc.frequency');
    patch.connect('osc.out', 'out.in');
    patch.note(
      'Three octaves up and down at an even pace. Switch Curve to linear: it hurries through the low notes.',
      [0, -80],
    );
  },
});
