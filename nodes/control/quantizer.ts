// Quantizer: moves a control signal to the nearest of equal steps. Owns "control/quantizer".
import { controlValue, unitOf, unitParam } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';
import { markConstant } from '../../src/dsp/control-signal.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

/**
 * Half a step, and a hair more: what lies between two steps goes up, also where engine and bundle round its last bit
 * differently.
 */
const HALF = 0.5 + 1e-9;

export default defineNode({
  version: 1,
  label: 'Quantizer',
  help:
    'Rounds a control to steps: a glide becomes a staircase. Step is the distance of the stairs, in the unit of what it is wired ' +
    'to: 1 semitone makes a scale out of a sweep, 0.25 s a grid. Offset moves all stairs. What comes out jumps; a Smoother behind ' +
    'it rounds the edges. (Bit Depth does the same to the sound itself.)',
  words: ['steps', 'staircase', 'round', 'grid', 'semitones', 'scale', 'arpeggio', 'snap', 'discrete'],
  ports: { in: control('inlet'), out: control('outlet') },
  params: ({ values }) => {
    const unit = unitOf(values);
    return {
      step: param({
        label: 'Step',
        unit,
        min: 0.001,
        max: 10_000,
        default: 1,
        scale: 'log',
        rate: 'event',
        help: 'From one stair to the next.',
      }),
      offset: controlValue({ label: 'Offset', unit, default: 0, help: 'A value that is a stair.' }),
      unit: unitParam(),
    };
  },
  kernel(io, p, _s, frames) {
    const { values } = io.controlIn.in;
    const { out } = io.controlOut;
    const step = p.step.value;
    const offset = p.offset.value;
    for (let i = 0; i < frames; i++)
      out.values[i] = offset + step * Math.floor((finiteOrZero(values[i]) - offset) / step + HALF);
    markConstant(out, frames);
  },
  lower(g, io, p) {
    const steps = g.div(g.sub(io.controlIn.in, p.offset.value), p.step.value);
    return { out: g.add(p.offset.value, g.mul(p.step.value, g.op('Floor', [g.add(steps, g.f64(HALF))]))) };
  },
  cases: [
    {
      name: 'whole numbers; halves go up',
      in: { in: [[0, 0.4, 0.5, 0.6, 1.49, -0.5, -0.51, -7.2]] },
      out: { out: [[0, 0, 1, 1, 1, 0, -1, -7]] },
      tolerance: 0,
      reference: 'the nearest integer by hand',
    },
    {
      name: 'steps of a quarter, moved by a tenth',
      params: { step: 0.25, offset: 0.1 },
      in: { in: [[0, 0.1, 0.22, 0.23, 0.6, -0.3]] },
      out: { out: [[0.1, 0.1, 0.1, 0.35, 0.6, -0.4]] },
      tolerance: 1e-15,
      reference: '0.1 + 0.25·k by hand',
    },
    {
      name: 'a half that lost its last bit still goes up',
      in: { in: [[0.49999999999999994, 2.4999999999999996]] },
      out: { out: [[1, 3]] },
      tolerance: 0,
      reference: 'the rule above',
    },
  ],
  example(patch) {
    patch.add('control/lfo', 'lfo', {
      params: { shape: 'triangle', rate: 0.3, most: 24, amount: 12, unit: 'semitones' },
    });
    patch.add('control/quantizer', 'steps', { params: { step: 3, unit: 'semitones' } });
    patch.add('control/map-range', 'pitch', {
      params: { fromMin: -24, fromMax: 24, toMin: 55, toMax: 880, curve: 'exp', unit: 'Hz' },
    });
    patch.add('source/oscillator', 'osc', { params: { shape: 'triangle', frequency: 0, level: -12 } });
    patch.add('output/audio-output', 'out');
    patch.connect('lfo.out', 'steps.in');
    patch.connect('steps.out', 'pitch.in');
    patch.connect('pitch.out', 'osc.frequency');
    patch.connect('osc.out', 'out.in');
    patch.note(
      'A slow wave becomes a run of notes, three semitones apart. Set Step to 1, or to 0.001 for a siren.',
      [0, -80],
    );
  },
});
