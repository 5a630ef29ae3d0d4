// A patch of any size for measuring how cost grows: strips of effects with knobs, loops, regions of another rate, of blocks and of
// spectra, mixed to one output. Owns that document only: the same number of nodes gives the same patch. Needs no files.
import type { ParamValue } from '../core/param.ts';
import { type Connection, emptyPatch, makeConnection, type Patch, type PatchNode } from '../core/patch.ts';

/** Nodes of a strip without its variation, and those that every patch has besides. */
const STRIP_NODES = 16;
const VARIATION_NODES_MAX = 4;
const STRIPS_PER_MIXER = 8;
const STRIPS_PER_ROW = 3;
const STEP_PX: readonly [x: number, y: number] = [256, 192];

type Params = Readonly<Record<string, ParamValue>>;

class PatchBuilder {
  readonly nodes: Record<string, PatchNode> = {};
  readonly connections: Record<string, Connection> = {};
  count = 0;
  /** Where the next node is put, in steps. */
  column = 0;
  row = 0;

  add(id: string, type: string, params: Params = {}): string {
    const position = [this.column++ * STEP_PX[0], this.row * STEP_PX[1]] as const;
    this.nodes[id] = { id, type, version: 1, position, params };
    this.count++;
    return id;
  }

  connect(from: string, to: string): void {
    const connection = makeConnection(from, to);
    this.connections[connection.id] = connection;
  }

  /** Adds a node behind an outlet; returns its own. */
  chain(from: string, id: string, type: string, params: Params = {}, inlet = 'in', outlet = 'out'): string {
    this.add(id, type, params);
    this.connect(from, `${id}.${inlet}`);
    return `${id}.${outlet}`;
  }
}

/** What one strip in five has besides: a loop, a region of 44.1 kHz, one of blocks, one of spectra, stereo out of mono. */
const VARIATIONS: readonly ((b: PatchBuilder, n: number, from: string) => string)[] = [
  (b, n, from) => {
    const sum = b.chain(from, `loop-${n}`, 'math/add', {}, 'a');
    const back = b.chain(sum, `echo-${n}`, 'time/delay', { time: 5 + n, feedback: 0 });
    const damped = b.chain(back, `damp-${n}`, 'filter/one-pole', { cutoff: 3000 });
    const fed = b.chain(damped, `return-${n}`, 'dynamics/gain', { level: -6 });
    b.connect(fed, `loop-${n}.b`);
    return sum;
  },
  (b, n, from) => {
    const down = b.chain(from, `down-${n}`, 'rate/resampler', { to: '44100', quality: 'low-latency' });
    const bent = b.chain(down, `bend-${n}`, 'dynamics/waveshaper', { drive: 6 });
    const crushed = b.chain(bent, `crush-${n}`, 'dynamics/bit-depth', { bits: 12 });
    return b.chain(crushed, `up-${n}`, 'rate/resampler', { to: '48000', quality: 'low-latency' });
  },
  (b, n, from) => {
    const blocks = b.chain(from, `blocks-${n}`, 'rate/block-adapter', { block: 64 });
    const level = b.chain(blocks, `level-${n}`, 'dynamics/gain', { level: -1 });
    const tone = b.chain(level, `tone-${n}`, 'filter/one-pole', { cutoff: 9000 });
    return b.chain(tone, `stream-${n}`, 'rate/block-adapter', { block: 0 });
  },
  (b, n, from) => {
    const spectra = b.chain(from, `stft-${n}`, 'spectral/stft', { window: '256' });
    const masked = b.chain(spectra, `mask-${n}`, 'spectral/spectral-mask');
    return b.chain(masked, `istft-${n}`, 'spectral/istft');
  },
  (b, n, from) => b.chain(from, `wide-${n}`, 'mix/channel-mapper', { mapping: 'stereo' }),
];

/** A source, its effects with a dry way beside them, what moves them, and one of the variations; returns the outlet at its end. */
function addStrip(b: PatchBuilder, n: number, before: string | undefined): string {
  b.add(`source-${n}`, ...SOURCES[n % SOURCES.length]);
  b.add(`knob-${n}`, 'control/knob', { min: -12, max: 0, value: -6 });
  b.add(`lfo-${n}`, 'control/lfo', { rate: 0.1 + n / 100, amount: 200, most: 1000, unit: 'Hz' });
  const gained = b.chain(`source-${n}.out`, `gain-${n}`, 'dynamics/gain', { level: 0 });
  // One strip in four goes on from the one before it: long ways as well as many.
  if (before !== undefined) b.connect(before, `gain-${n}.in`);
  b.connect(`knob-${n}.out`, `gain-${n}.level`);
  const rumble = b.chain(gained, `high-pass-${n}`, 'filter/biquad-filter', { type: 'high-pass', cutoff: 40 });
  const driven = b.chain(rumble, `drive-${n}`, 'dynamics/waveshaper', { drive: 12 });
  const varied = VARIATIONS[n % VARIATIONS.length](b, n, driven);
  const soft = b.chain(varied, `low-pass-${n}`, 'filter/one-pole', { cutoff: 5000 });
  b.connect(`lfo-${n}.out`, `low-pass-${n}.cutoff`);
  const pressed = b.chain(soft, `compressor-${n}`, 'dynamics/compressor', { threshold: -20, ratio: 3 });
  const mixed = b.chain(pressed, `mix-${n}`, 'mix/dry-wet', { mix: 0.7 }, 'wet');
  b.connect(gained, `mix-${n}.dry`);
  const peak = b.chain(mixed, `peak-${n}`, 'filter/biquad-filter', { type: 'peak', cutoff: 900 + n, gain: 3 });
  const shelf = b.chain(peak, `shelf-${n}`, 'filter/biquad-filter', { type: 'high-shelf', cutoff: 6000, gain: -2 });
  b.connect(`knob-${n}.out`, `shelf-${n}.gain`);
  const gated = b.chain(shelf, `gate-${n}`, 'dynamics/noise-gate', { threshold: -60 });
  const echo = b.chain(gated, `delay-${n}`, 'time/delay', { time: 80 + n, feedback: 0.3 });
  const joined = b.chain(echo, `joined-${n}`, 'math/add', {}, 'a');
  b.connect(gated, `joined-${n}.b`);
  return b.chain(joined, `limiter-${n}`, 'dynamics/limiter', { ceiling: -1 });
}

const SOURCES: readonly (readonly [type: string, params: Params])[] = [
  ['source/oscillator', { frequency: 110, level: -20 }],
  ['source/noise', { channels: 'stereo', level: -40 }],
  ['source/audio-input', { channels: 'stereo' }],
  ['source/audio-input', { channels: 'mono' }],
];

/**
 * A patch of exactly `nodeCount` nodes (at least 2) and about 1.2 times as many connections, which plays as it is: mono and stereo
 * strips with loops, rate, block and spectral regions among them, in groups of eight to mixers, all to one output.
 */
export function makeBigPatch(nodeCount: number): Patch {
  const b = new PatchBuilder();
  b.add('output', 'output/audio-output');
  let ends: string[] = [];
  const mix = (): void => {
    const id = `mixer-${Object.keys(b.nodes).length}`;
    b.add(id, 'mix/mixer', { inputs: String(STRIPS_PER_MIXER) });
    ends.forEach((end, at) => {
      b.connect(end, `${id}.in${at + 1}`);
    });
    b.connect(`${id}.out`, 'output.in');
    ends = [];
  };
  let last: string | undefined;
  // Room for the strip, for its mixer and for that of the nodes that are left.
  for (let n = 0; b.count + STRIP_NODES + VARIATION_NODES_MAX + 2 <= nodeCount; n++) {
    [b.column, b.row] = [
      (n % STRIPS_PER_ROW) * (STRIP_NODES + VARIATION_NODES_MAX + 1),
      Math.floor(n / STRIPS_PER_ROW),
    ];
    last = addStrip(b, n, n % 4 === 3 ? last : undefined);
    ends.push(last);
    if (ends.length === STRIPS_PER_MIXER) mix();
  }
  if (ends.length > 0) mix();
  [b.column, b.row] = [0, b.row + 1];
  let rest = '';
  for (let n = 0; b.count < nodeCount; n++) {
    if (n === 0) rest = `${b.add('rest-0', 'source/oscillator', { frequency: 220, level: -40 })}.out`;
    else rest = b.chain(rest, `rest-${n}`, 'filter/one-pole', { cutoff: 8000 });
  }
  if (rest !== '') b.connect(rest, 'output.in');
  return { ...emptyPatch(`${nodeCount} nodes`), nodes: b.nodes, connections: b.connections };
}
