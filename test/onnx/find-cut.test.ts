// How far the search for a cut goes: what a hostile or huge graph may ask of it. Which cuts pay and what they sound like:
// test/neural/cut.test.ts.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelResource } from '../../src/core/resource.ts';
import { CutGraph } from '../../src/onnx/net/cut-graph.ts';
import { Graph } from '../neural/models.ts';
import { ints } from './models.ts';

const MIB = 2 ** 20;

/** A judgement asks for the parts once; where there are none, they are asked for once more. */
const asked = vi.spyOn(CutGraph.prototype, 'parts');
afterEach(() => void asked.mockClear());

/** A layer that is worth a cut. */
function wide(g: Graph, x: string): string {
  const bent = g.op('Tanh', [g.op('Conv', [x, g.weight([48, 1, 1])])]);
  return g.op('Conv', [bent, g.weight([1, 48, 1])]);
}

/** That many parts for the kernels, each behind one for ONNX Runtime. */
function inTurn(parts: number, part: (g: Graph, x: string) => string): ModelResource {
  const g = new Graph();
  let x = 'x';
  for (let k = 0; k < parts; k++) x = part(g, g.op('Erf', [x]));
  g.op('Erf', [x], {}, 'y');
  return g.load('turns');
}

const netsOf = ({ parts = [] }: ModelResource): number => parts.filter(part => 'net' in part).length;

describe('parts for the kernels', () => {
  it('up to 24 are weighed, each once where all pay', () => {
    expect(netsOf(inTurn(24, wide))).toBe(24);
    expect(asked).toHaveBeenCalledTimes(25);
  });

  it('more are not, and nothing is judged but the graph as it is', () => {
    expect(inTurn(25, wide).parts).toBeUndefined();
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockClear();
    expect(inTurn(120, wide).parts).toBeUndefined();
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('where none pays, each is given up once', () => {
    expect(inTurn(24, (g, x) => g.op('Neg', [x])).parts).toBeUndefined();
    expect(asked.mock.calls.length).toBeLessThanOrEqual(1 + (24 * 25) / 2);
    expect(asked.mock.calls.length).toBeGreaterThan(24);
  });

  it('nor are more where they are no parts yet: a state that both would have', () => {
    const shared = (parts: number): ModelResource => {
      const g = new Graph();
      const past = g.past('p', 'x', 1, 2);
      let x = g.op('Conv', [g.op('Tanh', [g.op('Erf', [past])]), g.weight([1, 1, 3])]);
      for (let k = 2; k < parts; k++) x = g.op('Tanh', [g.op('Erf', [x])]);
      g.op('Erf', [x], {}, 'y');
      return g.load('shared');
    };
    shared(24);
    const most = asked.mock.calls.length;
    expect(most).toBeGreaterThan(24);
    asked.mockClear();
    shared(40);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(2);
  });
});

describe('nodes', () => {
  const chain = (nodes: number): ModelResource => {
    const g = new Graph();
    let x = g.op('Erf', ['x']);
    while (g.nodes.length < nodes - 1) x = g.op('Tanh', [x]);
    g.op('Tanh', [x], {}, 'y');
    expect(g.nodes).toHaveLength(nodes);
    return g.load('chain');
  };

  it('up to 512 are looked at, 513 are not', () => {
    expect(netsOf(chain(512))).toBe(1);
    asked.mockClear();
    expect(chain(513).parts).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('files of parts', () => {
  /** The part for ONNX Runtime brings that many whole numbers. */
  const heavy = (numbers: number): ModelResource => {
    const g = new Graph();
    g.tensors.push(ints('many', new Array(numbers).fill(1)));
    const [axis] = g.ops('Gather', ['many', g.ints(0)], ['axis']);
    const x = wide(g, g.op('CumSum', [g.op('Erf', ['x']), axis]));
    g.op('Identity', [x], {}, 'y');
    return g.load('heavy');
  };
  const bytesOf = ({ parts = [] }: ModelResource): number =>
    parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes.length : 0), 0);

  it('may have 1 MiB in all, not more', () => {
    const some = 100_000;
    const rest = bytesOf(heavy(some)) - 8 * some;
    expect(rest).toBeGreaterThan(0);
    const most = Math.floor((MIB - rest) / 8);
    expect(bytesOf(heavy(most))).toBeGreaterThan(MIB - 8);
    expect(bytesOf(heavy(most))).toBeLessThanOrEqual(MIB);
    expect(heavy(most + 1).parts).toBeUndefined();
  });
});
