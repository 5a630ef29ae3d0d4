// How steps of a net stand to each other: what is computed where another step wants it, along the way, or in place has to be there by
// then. Graphs made for that, and graphs by chance, against ONNX Runtime within −100 dB.
import { beforeAll, describe, it } from 'vitest';
import { makeRandom, type Random } from '../core/random.ts';
import { Graph } from './models.ts';
import { expectSameSound, loadRuntimes, type Runtimes } from './same-sound.ts';

let runtimes: Runtimes;

beforeAll(async () => {
  runtimes = await loadRuntimes();
});

const CHANNELS = 4;
const conv = (g: Graph, x: string, ins = CHANNELS, outs = CHANNELS): string =>
  g.op('Conv', [x, g.weight([outs, ins, 1])]);
/** All channels to one. */
const end = (g: Graph, x: string, channels: number): Graph => {
  g.op('Conv', [x, g.weight([1, channels, 1])], {}, 'y');
  return g;
};

describe('an addition behind a convolution', () => {
  it('of pieces that are put together later', () => {
    const g = new Graph();
    const a = g.op('Relu', [conv(g, 'x', 1)]);
    const s = conv(g, 'x', 1, 2 * CHANNELS);
    const b = g.op('Relu', [conv(g, 'x', 1)]);
    const both = g.op('Concat', [a, b], { axis: 1n });
    expectSameSound(runtimes, end(g, g.op('Add', [s, both]), 2 * CHANNELS).load('pieces'));
  });

  it('of a past with what comes behind it', () => {
    const g = new Graph();
    const x = conv(g, 'x', 1);
    // The convolution sees a padded input, so that it is as long as past and present.
    const padded = g.op('Conv', [x, g.weight([CHANNELS, CHANNELS, 1])], { pads: [3n, 0n] });
    const fresh = g.op('Relu', [conv(g, x)]);
    const sum = g.op('Add', [padded, g.past('p', fresh, CHANNELS, 3)]);
    expectSameSound(runtimes, end(g, g.op('Conv', [sum, g.weight([CHANNELS, CHANNELS, 4])]), CHANNELS).load('past'));
  });
});

describe('pieces put together', () => {
  it('the same one twice, and a part of one of them', () => {
    const g = new Graph();
    const a = conv(g, 'x', 1);
    const [, low] = g.ops('Split', [a], ['high', 'low'], { axis: 1n });
    const all = g.op('Concat', [a, low, a], { axis: 1n });
    expectSameSound(runtimes, end(g, all, 2.5 * CHANNELS).load('twice', {}, 17));
  });
});

const GRAPHS = 40;
const STEPS = 14;

/** Convolutions, curves, pieces, parts, pasts and additions of what is there already; what nothing reads is added at the end. */
function graphByChance({ pick, below }: Random): Graph {
  const g = new Graph();
  const made: { name: string; channels: number; isRead: boolean }[] = [];
  const add = (name: string, channels: number): void => {
    made.push({ name, channels, isRead: false });
  };
  const read = (fits: (channels: number) => boolean = () => true): (typeof made)[number] => {
    const one = pick(made.filter(({ channels }) => fits(channels)));
    one.isRead = true;
    return one;
  };
  const layer = (x: string, ins: number, outs: number, taps = 1): string =>
    g.op('Conv', [x, g.weight([outs, ins, taps], 1 / Math.sqrt(ins * taps)), g.weight([outs])]);
  add(layer('x', 1, 8), 8);
  const makers: Record<string, () => void> = {
    Conv: () => {
      const [x, outs] = [read(), pick([4, 8])];
      add(layer(x.name, x.channels, outs), outs);
    },
    Past: () => {
      const [x, outs, frames] = [read(), pick([4, 8]), 1 + below(3)];
      const both = g.past(`p${made.length}`, x.name, x.channels, frames);
      add(layer(both, x.channels, outs, frames + 1), outs);
    },
    Curve: () => {
      const x = read();
      add(g.op(pick(['Relu', 'Tanh', 'Sigmoid', 'Neg']), [x.name]), x.channels);
    },
    Concat: () => {
      const parts = Array.from({ length: 2 + below(2) }, () => read(channels => channels <= 8));
      add(
        g.op(
          'Concat',
          parts.map(({ name }) => name),
          { axis: 1n },
        ),
        parts.reduce((sum, { channels }) => sum + channels, 0),
      );
    },
    Split: () => {
      const x = read(channels => channels % 2 === 0);
      const halves = [0, 1].map(half => `half${half}of${made.length}`);
      for (const half of g.ops('Split', [x.name], halves, { axis: 1n })) add(half, x.channels / 2);
    },
    Binary: () => {
      const a = read();
      add(g.op(pick(['Add', 'Add', 'Add', 'Mul']), [a.name, read(n => n === a.channels).name]), a.channels);
    },
  };
  for (let step = 0; step < STEPS; step++) makers[pick(Object.keys(makers))]();
  const ends = made.filter(({ isRead }) => !isRead).map(({ name, channels }) => layer(name, channels, 1));
  const sum = ends.reduce((all, one) => g.op('Add', [all, one]));
  g.op('Tanh', [sum], {}, 'y');
  return g;
}

describe('graphs by chance', () => {
  it.each(Array.from({ length: GRAPHS }, (_, at) => at + 1))('seed %i', seed => {
    expectSameSound(runtimes, graphByChance(makeRandom(seed)).load(`seed ${seed}`, {}, 17));
  });
});
