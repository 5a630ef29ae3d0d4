// Envelope: attack, decay, sustain and release as a control signal. Owns kernel, lowering, cases, example of "control/envelope".
//
// A position runs 0…1 through the attack and 1…2 through the decay while the gate is on, and 0…1 through the release. Its steps
// are multiples of 2^−40, so that a segment ends at the same frame for every block and in the graph. Every edge of the gate keeps
// the level of the frame before, `from`, and starts the position anew. As each value is a·from + b, also the level at the next
// edge is: the lowering finds all of them by one linear recurrence.
import { amountParams } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, LowerIo, LowerParams, Value } from '../../src/core/lower.ts';
import { type ParamValues, param } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';
import { markConstant } from '../../src/dsp/control-signal.ts';

/** A gate is on from half of its height; a hair less, so that the last bit of a half does not matter. */
const GATE_ON = 0.5 - 1e-9;
/** So little bend that it is straight to 10⁻⁷, and still far from 0/0. */
const CURVE_MIN = 1e-6;
const STEPS_PER_SEGMENT = 2 ** 40;
const TIME_MS_MAX = 10_000;

/** Whole frames of a time in ms, at least 1. */
const framesOf = (timeMs: number, rateHz: number): number => Math.max(1, Math.floor((timeMs * rateHz) / 1000 + 0.5));

/** Position per frame of a segment: rounded up, so that it takes exactly its frames. */
const stepOf = (timeMs: number, rateHz: number): number =>
  Math.ceil(STEPS_PER_SEGMENT / framesOf(timeMs, rateHz)) / STEPS_PER_SEGMENT;

/** From 0 to 1, fast at first. */
const riseAt = (x: number, curve: number): number => {
  const bend = Math.max(curve, CURVE_MIN);
  return (1 - Math.exp(-bend * x)) / (1 - Math.exp(-bend));
};

/** One note as [time in ms, level 0…1]: held for Length where it repeats. */
function noteCurve(values: ParamValues): [number, number][] {
  const { attack, decay, sustain, release, curve, repeat, length } = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number(value)]),
  );
  const held = repeat > 0 ? length : (4 / 3) * (attack + decay);
  const levelAt = (ms: number): number => {
    if (ms < attack) return riseAt(ms / attack, curve);
    const fallen = decay > 0 ? Math.min(1, (ms - attack) / decay) : 1;
    return sustain + (1 - sustain) * (1 - riseAt(fallen, curve));
  };
  const top = levelAt(held);
  const end = held + release;
  return Array.from({ length: 161 }, (_, n) => {
    const ms = (end * n) / 160;
    if (ms < held) return [ms, levelAt(ms)];
    return [ms, release > 0 ? top * (1 - riseAt((ms - held) / release, curve)) : 0];
  });
}

const time = (label: string, milliseconds: number, help: string) =>
  param({ label, unit: 'ms', min: 0, max: TIME_MS_MAX, default: milliseconds, rate: 'event', help });

/** Where the gate is on, and where a new note starts (bool [N]); keeps the timer's state. */
function lowerGate(g: GraphBuilder, io: LowerIo, p: LowerParams): { gate: Value; tick: Value } {
  const zero = g.i64(0);
  const elapsed = g.state('elapsed', 'i64', [1]);
  const rounded = (value: Value): Value => g.cast(g.op('Floor', [g.add(value, g.f64(0.5))]), 'i64');
  const period = g.op('Max', [g.i64(1), rounded(g.mul(p.repeat.value, g.f64(io.ctx.rateHz)))]);
  const length = g.op('Max', [g.i64(1), rounded(g.div(g.mul(p.length.value, g.f64(io.ctx.rateHz)), g.f64(1000)))]);
  const isRepeating = g.op('Greater', [p.repeat.value, g.f64(0)]);
  const within = (frame: Value): Value =>
    g.op('Where', [isRepeating, g.op('Mod', [frame, period], { fmod: 0n }), zero]);
  const scalar = (x: number): Value => g.constant('i64', [x], []);
  const counted = g.op('Range', [scalar(0), g.op('Squeeze', [io.frames, zero]), scalar(1)]);
  g.setState('elapsed', within(g.add(elapsed, io.frames)));
  const at = within(g.add(elapsed, counted));
  const isPlaying = g.op('And', [isRepeating, g.op('Less', [at, length])]);
  const gate = g.op('Or', [g.op('GreaterOrEqual', [io.controlIn.gate, g.f64(GATE_ON)]), isPlaying]);
  return { gate, tick: g.op('And', [isRepeating, g.op('Equal', [at, zero])]) };
}

/** Position of every frame, f64 [N], from the edges of the gate; keeps the position's state. `isOn` has one frame more. */
function lowerPosition(g: GraphBuilder, io: LowerIo, p: LowerParams, edge: Value, isOn: Value): Value {
  const one = g.f64(1);
  const stepValue = (timeMs: Value): Value => {
    const frames = g.op('Floor', [g.add(g.div(g.mul(timeMs, g.f64(io.ctx.rateHz)), g.f64(1000)), g.f64(0.5))]);
    const grains = g.op('Ceil', [g.div(g.f64(STEPS_PER_SEGMENT), g.op('Max', [one, frames]))]);
    return g.mul(grains, g.f64(1 / STEPS_PER_SEGMENT));
  };
  const [attack, decay, release] = [p.attack, p.decay, p.release].map(({ value }) => stepValue(value)) as [
    Value,
    Value,
    Value,
  ];
  // One frame more than the call has: where the next call goes on.
  const edges = g.cast(g.concat([edge, g.constant('bool', [0])], 0), 'i64');
  const edgesSoFar = g.op('CumSum', [edges, g.constant('i64', [0], [])], { exclusive: 0n, reverse: 0n });
  const edgeFrames = g.concat([g.i64(0), g.op('Squeeze', [g.op('NonZero', [edge]), g.i64(0)])], 0);
  const scalar = (x: number): Value => g.constant('i64', [x], []);
  const end = g.op('Squeeze', [g.add(io.frames, g.i64(1)), g.i64(0)]);
  const since = g.sub(
    g.op('Range', [scalar(0), end, scalar(1)]),
    g.op('Gather', [edgeFrames, edgesSoFar], { axis: 0n }),
  );
  const t = g.cast(since, 'f64');
  const stored = g.state('position', 'f64', [1]);
  const base = g.op('Where', [g.op('Greater', [edgesSoFar, g.i64(0)]), g.f64(0), stored]);
  const attackFrames = g.op('Ceil', [g.div(g.op('Relu', [g.sub(one, base)]), attack)]);
  const rising = g.add(base, g.mul(t, attack));
  const falling = g.add(g.op('Max', [base, one]), g.mul(g.sub(t, attackFrames), decay));
  const held = g.op('Where', [g.op('Less', [t, attackFrames]), rising, g.op('Min', [falling, g.f64(2)])]);
  const released = g.op('Min', [g.add(base, g.mul(t, release)), one]);
  const position = g.op('Where', [isOn, held, released]);
  g.setState('position', g.slice(position, 0, -1));
  return g.slice(position, 0, 0, -1);
}

export default defineNode({
  version: 1,
  label: 'Envelope',
  help:
    'Shapes a note: up, down a little, hold, and away. Wire it to the Factor of a Multiply (set to 0) to shape loudness, or to a ' +
    'cutoff to make a pluck. Repeat starts it by itself again and again, for Length each; with Repeat at 0 s it waits for a ' +
    'control at Gate to rise above one half, and lets go when that falls. A new note starts from where the last one is, so that ' +
    'nothing clicks.',
  words: ['ADSR', 'attack', 'decay', 'sustain', 'release', 'contour', 'note', 'pluck', 'gate', 'trigger', 'fade'],
  ports: { gate: control('inlet', { label: 'Gate' }), out: control('outlet') },
  params: ctx => ({
    attack: time('Attack', 5, 'Time to the top.'),
    decay: time('Decay', 150, 'Time from the top down to Sustain.'),
    sustain: param({
      label: 'Sustain',
      unit: '',
      min: 0,
      max: 1,
      default: 0.5,
      help: 'Height while the note is held, as a part of the top.',
    }),
    release: time('Release', 250, 'Time to 0 once the note ends.'),
    curve: param({
      label: 'Curve',
      unit: '',
      min: 0,
      max: 10,
      default: 4,
      help: '0 is straight lines; the more, the quicker each segment starts and the softer it ends.',
    }),
    repeat: param({
      label: 'Repeat',
      unit: 's',
      min: 0,
      max: 10,
      default: 0.5,
      rate: 'event',
      help: 'Time from one note to the next; 0 = only Gate starts notes.',
    }),
    length: time('Length', 200, 'How long a note of Repeat is held.'),
    ...amountParams(ctx, 'Height of the top, in the unit of what it is wired to.'),
  }),
  state: {
    position: { shape: [1], dtype: 'f64' },
    from: { shape: [1], dtype: 'f64' },
    level: { shape: [1], dtype: 'f64' },
    isOn: { shape: [1], dtype: 'f64' },
    elapsed: { shape: [1], dtype: 'i32' },
  },
  view: 'curve',
  curve: {
    label:
      'One note from start to end, as high as Amount; a note from Gate is drawn as long as attack and decay and a third more',
    range: [-0.05, 1.05],
    points: values => noteCurve(values),
  },
  kernel(io, p, s, frames) {
    const { rateHz } = io.ctx;
    const { out } = io.controlOut;
    const { amount, sustain, curve } = p;
    const gates = io.controlIn.gate.values;
    const attack = stepOf(p.attack.value, rateHz);
    const decay = stepOf(p.decay.value, rateHz);
    const release = stepOf(p.release.value, rateHz);
    const isRepeating = p.repeat.value > 0;
    const period = framesOf(1000 * p.repeat.value, rateHz);
    const length = framesOf(p.length.value, rateHz);
    let position = s.position[0];
    let from = s.from[0];
    let level = s.level[0];
    let isOn = s.isOn[0] !== 0;
    let elapsed = isRepeating ? s.elapsed[0] % period : 0;
    for (let i = 0; i < frames; i++) {
      const gate = gates[i] >= GATE_ON || (isRepeating && elapsed < length);
      if (gate !== isOn || (gate && isRepeating && elapsed === 0)) {
        from = level;
        position = 0;
        isOn = gate;
      }
      if (!isOn) level = from * (1 - riseAt(position, curve.values[i]));
      else if (position < 1) level = from + (1 - from) * riseAt(position, curve.values[i]);
      else level = sustain.values[i] + (1 - sustain.values[i]) * (1 - riseAt(position - 1, curve.values[i]));
      out.values[i] = amount.values[i] * level;
      if (!isOn) position = Math.min(1, position + release);
      else position = position < 1 ? Math.min(1, position + attack) : Math.min(2, position + decay);
      elapsed = isRepeating && elapsed + 1 < period ? elapsed + 1 : 0;
    }
    s.position[0] = position;
    s.from[0] = from;
    s.level[0] = level;
    s.isOn[0] = isOn ? 1 : 0;
    s.elapsed[0] = elapsed;
    markConstant(out, frames);
  },
  lower(g, io, p) {
    const one = g.f64(1);
    const zero = g.f64(0);
    const not = (value: Value): Value => g.op('Not', [value]);
    const and = (a: Value, b: Value): Value => g.op('And', [a, b]);
    const { gate, tick } = lowerGate(g, io, p);
    const wasOn = g.concat([g.cast(g.state('isOn', 'f64', [1]), 'bool'), gate], 0);
    const last = g.slice(wasOn, 0, -1);
    g.setState('isOn', g.cast(last, 'f64'));
    const edge = g.op('Or', [g.op('Xor', [gate, g.slice(wasOn, 0, 0, -1)]), and(gate, tick)]);
    const position = lowerPosition(g, io, p, edge, g.concat([gate, last], 0));

    const isPastTop = and(gate, not(g.op('Less', [position, one])));
    const x = g.sub(position, g.cast(isPastTop, 'f64'));
    const bend = g.op('Max', [p.curve.value, g.f64(CURVE_MIN)]);
    const bent = (value: Value): Value => g.sub(one, g.op('Exp', [g.op('Neg', [value])]));
    const rise = g.div(bent(g.mul(bend, x)), bent(bend));
    const left = g.sub(one, rise);
    // level = a·from + b
    const a = g.op('Where', [isPastTop, zero, left]);
    const held = g.add(p.sustain.value, g.mul(g.sub(one, p.sustain.value), left));
    const b = g.op('Where', [isPastTop, held, g.mul(g.cast(gate, 'f64'), rise)]);
    const level = g.state('level', 'f64', [1]);
    const before = (start: Value, values: Value): Value => g.slice(g.concat([start, values], 0), 0, 0, -1);
    const keeps = g.op('Where', [edge, before(zero, a), one]);
    const takes = g.op('Where', [edge, before(level, b), zero]);
    const from = g.op('Squeeze', [g.recurrence1('from', keeps, g.op('Unsqueeze', [takes, g.i64(0)]), 1), g.i64(0)]);
    const y = g.add(g.mul(a, from), b);
    g.setState('level', g.slice(g.concat([level, y], 0), 0, -1));
    return { out: g.mul(p.amount.value, y) };
  },
  cases: [
    {
      name: 'straight lines: 4 frames up, 2 down to a half, 2 to nothing',
      rateHz: 1000,
      params: { attack: 4, decay: 2, sustain: 0.5, release: 2, curve: 0, repeat: 0 },
      in: { gate: [[0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]] },
      out: { out: [[0, 0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.5, 0.5, 0.25, 0, 0]] },
      tolerance: 2e-7,
      reference: 'straight lines by hand',
    },
    {
      name: 'a gate that falls in the attack and comes back in the release goes on from there',
      rateHz: 1000,
      params: { attack: 4, decay: 1, sustain: 1, release: 4, curve: 0, repeat: 0, most: 8, amount: 8 },
      in: { gate: [[1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1]] },
      out: { out: [[0, 2, 4, 4, 3, 2, 2, 3.5, 5, 6.5, 8]] },
      tolerance: 2e-6,
      reference: 'straight lines by hand: a release from 4, an attack from 2',
    },
    {
      name: 'repeats by itself: 6 frames, held for 3',
      rateHz: 1000,
      params: { attack: 2, decay: 2, sustain: 0, release: 1, curve: 0, repeat: 0.006, length: 3 },
      out: { out: [[0, 0.5, 1, 1, 0, 0, 0, 0.5, 1, 1, 0, 0]] },
      tolerance: 2e-7,
      reference: 'straight lines by hand; the release keeps its first frame',
    },
    {
      name: 'curved',
      rateHz: 1000,
      params: { attack: 4, decay: 4, sustain: 0.2, release: 4, curve: 3, repeat: 0 },
      in: { gate: [[1, 1, 1, 1, 1, 1, 1, 1, 1]] },
      out: {
        out: [
          [
            0.0, 0.5552791692202023, 0.8175744761936438, 0.9414740061488345, 1.0, 0.5557766646238382, 0.345940419045085,
            0.24682079508093244, 0.2,
          ],
        ],
      },
      tolerance: 1e-13,
      reference: '(1 − e^(−3x))/(1 − e^(−3)) in Python (test/nodes/make_control_reference.py)',
    },
  ],
  example(patch) {
    patch.add('control/envelope', 'loudness', { params: { attack: 3, decay: 180, sustain: 0.3, release: 200 } });
    patch.add('control/envelope', 'brightness', {
      params: { attack: 1, decay: 220, sustain: 0.1, most: 8000, amount: 3500, unit: 'Hz' },
    });
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110, level: -6 } });
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 200, q: 3 } });
    patch.add('math/multiply', 'volume', { params: { factor: 0 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'filter.in');
    patch.connect('brightness.out', 'filter.cutoff');
    patch.connect('filter.out', 'volume.a');
    patch.connect('loudness.out', 'volume.factor');
    patch.connect('volume.out', 'out.in');
    patch.note(
      'Two notes a second: one envelope opens the sound, the other the filter. Try a long attack on each.',
      [0, -80],
    );
  },
});
