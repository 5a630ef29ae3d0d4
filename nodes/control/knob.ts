// Knob: a value that a person turns, as a control signal. Owns "control/knob".
// Its range and unit are settings of the patch, so that one knob serves any param; the value follows them.
import { CONTROL_LIMIT, knobValue, UNIT_CHOICES, unitOf } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { choice, param } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';

export default defineNode({
  version: 1,
  label: 'Knob',
  help:
    'Turns one or more settings of other nodes by hand. Wire it to the left edge of a node, beside the setting’s name: its ' +
    'value is added to what is set there. Give it a range and a unit, then turn; every move glides, so that nothing clicks.',
  words: ['dial', 'slider', 'fader', 'control', 'macro', 'potentiometer', 'automation'],
  ports: { out: control('outlet') },
  params: ctx => {
    const unit = unitOf(ctx.values);
    return {
      value: knobValue(ctx.values, 'Value', 'What the knob gives out.'),
      min: param({
        label: 'Min',
        unit,
        min: -CONTROL_LIMIT,
        max: CONTROL_LIMIT,
        default: 0,
        rate: 'event',
        isStructural: true,
        help: 'Value at the left end.',
      }),
      max: param({
        label: 'Max',
        unit,
        min: -CONTROL_LIMIT,
        max: CONTROL_LIMIT,
        default: 1,
        rate: 'event',
        isStructural: true,
        help: 'Value at the right end.',
      }),
      unit: choice({
        label: 'Unit',
        choices: UNIT_CHOICES,
        default: 'none',
        isStructural: true,
        help: 'Unit shown beside the value.',
      }),
      scale: choice({
        label: 'Scale',
        choices: ['linear', 'log'],
        default: 'linear',
        isStructural: true,
        help: 'Log suits frequencies; it needs a range above 0.',
      }),
    };
  },
  kernel(io, p, _s, frames) {
    const { value } = p;
    const { out } = io.controlOut;
    out.isConstant = value.isConstant;
    out.value = value.value;
    for (let i = 0; i < frames; i++) out.values[i] = value.values[i];
  },
  lower: (_g, _io, p) => ({ out: p.value.value }),
  view: 'knob',
  cases: [
    {
      name: 'gives its value',
      params: { min: -60, max: 24, unit: 'dB', value: -6.5 },
      out: { out: [[-6.5, -6.5, -6.5]] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'starts in the middle of its range',
      params: { min: 10, max: 20 },
      out: { out: [[15, 15]] },
      tolerance: 0,
      reference: '(10 + 20) / 2',
    },
    {
      name: 'starts in the musical middle of a log range',
      params: { min: 100, max: 1600, unit: 'Hz', scale: 'log' },
      out: { out: [[400]] },
      tolerance: 1e-12,
      reference: '√(100·1600)',
    },
  ],
  example(patch) {
    patch.add('control/knob', 'knob', {
      label: 'Pitch',
      params: { min: 55, max: 880, value: 220, unit: 'Hz', scale: 'log' },
    });
    patch.add('source/oscillator', 'osc', { params: { shape: 'triangle', frequency: 0, level: -12 } });
    patch.add('output/audio-output', 'out');
    patch.connect('knob.out', 'osc.frequency');
    patch.connect('osc.out', 'out.in');
    patch.note('Turn the knob from 55 to 880 Hz: four octaves.', [0, -80]);
  },
});
