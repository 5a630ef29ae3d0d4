// Layout, wires and walking: computed, so tested without a DOM.
import { describe, expect, it } from 'vitest';
import { emptyPatch, makeConnection, type PatchNode } from '../../src/core/patch.ts';
import { shapeNode } from '../../src/core/registry.ts';
import { registry } from '../../src/generated/registry.ts';
import { parseFragment } from '../../src/ui/canvas/clipboard.ts';
import { placeLabel } from '../../src/ui/canvas/label-place.ts';
import { layoutNode } from '../../src/ui/canvas/layout.ts';
import { RectIndex } from '../../src/ui/canvas/rect-index.ts';
import { fitTransform, zoomAbout } from '../../src/ui/canvas/viewport.ts';
import { nearestNode, planOrder } from '../../src/ui/canvas/walk.ts';
import { refusedWay } from '../../src/ui/canvas/refused-wire.ts';
import { freeLane, middleOf, type Rect, routeWire } from '../../src/ui/canvas/wire-path.ts';
import { formatLatency, latencyShares } from '../../src/ui/inspector/latency.ts';
import { COMMENT, searchItems } from '../../src/ui/palette/search.ts';
import { chainPatch } from './chain-patch.ts';

/** What people type, and what they want then. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  reverb: 'filter/convolution',
  wobble: 'control/lfo',
  microphone: 'source/audio-input',
  save: 'output/file-recorder',
  distortion: 'dynamics/waveshaper',
  treble: 'filter/biquad-filter',
  blend: 'mix/dry-wet',
  random: 'control/parameter-storm',
  chirp: 'source/sine-sweep',
  fft: 'spectral/stft',
  resample: 'rate/resampler',
  'block size': 'rate/block-adapter',
  stereo: 'mix/channel-mapper',
  mute: 'mix/switch',
  duck: 'dynamics/compressor',
  difference: 'analysis/null-test',
  adsr: 'control/envelope',
  smooth: 'control/smoother',
  rumble: 'filter/dc-blocker',
  onnx: 'neural/neural-model',
  comb: 'time/latency-align',
  hiss: 'dynamics/noise-gate',
};

const layoutOf = (type: string, params: PatchNode['params'] = {}) => {
  const definition = registry.get(type);
  if (!definition) throw new Error(type);
  return layoutNode(shapeNode(definition, { id: 'x', type, version: 1, position: [0, 0], params }, {}, 48000));
};
/** What wires and labels keep clear of. */
const among = (...rects: Rect[]): RectIndex => new RectIndex(rects);
/** Least distance between two ports in px. */
const leastDistance = ({ ports }: ReturnType<typeof layoutNode>): number => {
  const all = [...ports.values()];
  const distances = all.flatMap((a, i) => all.slice(i + 1).map(b => Math.hypot(a.x - b.x, a.y - b.y)));
  return Math.min(Infinity, ...distances);
};

describe('layout of every node type', () => {
  for (const type of Object.keys(registry.types)) {
    it(`${type}: ports on its outline, none on another, sound falls`, () => {
      const { width, height, ports } = layoutOf(type);
      const places = new Set<string>();
      for (const port of ports.values()) {
        const isOnEdge =
          port.side === 'top'
            ? port.y === 0
            : port.side === 'bottom'
              ? port.y === height
              : port.side === 'left'
                ? port.x === 0
                : port.x === width;
        expect(isOnEdge).toBe(true);
        expect(port.x >= 0 && port.x <= width && port.y >= 0 && port.y <= height).toBe(true);
        expect(places.has(`${port.x} ${port.y}`)).toBe(false);
        places.add(`${port.x} ${port.y}`);
        if (port.type === 'audio' && port.direction === 'outlet') expect(port.side).toBe('bottom');
        if (port.type === 'control') expect(port.side).toBe(port.direction === 'inlet' ? 'left' : 'right');
      }
    });
  }
});

describe('ports', () => {
  it.each(Object.keys(registry.types))('%s: each can be hit', type => {
    // 22 px: the height of a param's row.
    expect(leastDistance(layoutOf(type))).toBeGreaterThanOrEqual(22);
  });
  it('of a mixer of 16 can be hit as well, from left to right', () => {
    const layout = layoutOf('mix/mixer', { inputs: '16' });
    expect(leastDistance(layout)).toBeGreaterThanOrEqual(22);
    const inlets = [...layout.ports.values()].filter(port => port.side === 'top');
    expect(inlets.map(port => port.name)).toEqual(Array.from({ length: 16 }, (_, i) => `in${i + 1}`));
    for (let i = 1; i < inlets.length; i++) expect(inlets[i]!.x).toBeGreaterThan(inlets[i - 1]!.x);
  });
  it('lie where the chain runs straight: main inlet and outlet in the centre', () => {
    for (const [type, inlet] of [
      ['dynamics/compressor', 'in'],
      ['mix/dry-wet', 'wet'],
    ] as const) {
      const { ports, width } = layoutOf(type);
      expect([ports.get(inlet)?.x, ports.get('out')?.x]).toEqual([width / 2, width / 2]);
    }
  });
  it('of lanes lie below each other', () => {
    const { ports } = layoutOf('time/latency-align', { lanes: '4' });
    for (const lane of [1, 2, 3, 4]) expect(ports.get(`out${lane}`)?.x).toBe(ports.get(`in${lane}`)?.x);
  });
  it('of spectra leave below where the sound goes on', () => {
    expect(layoutOf('spectral/stft').ports.get('out')?.side).toBe('bottom');
  });
});

describe('wires', () => {
  const bottom = (x: number, y: number) => ({ x, y, side: 'bottom' as const });
  const top = (x: number, y: number) => ({ x, y, side: 'top' as const });
  it('are straight between ports above each other', () => {
    expect(routeWire(bottom(100, 50), top(100, 90), among())).toEqual([bottom(100, 50), top(100, 90)]);
  });
  it('up to a node at the right goes beside its near edge, neither through it nor around', () => {
    const node: Rect = { x: 300, y: 280, width: 184, height: 64 };
    const points = routeWire(bottom(100, 300), top(392, 280), among(node));
    expect(Math.max(...points.map(({ x }) => x))).toBe(392);
    const [from, to] = points.slice(1, -1).filter(({ x }) => x > 100 && x < 300);
    expect(from?.x).toBe(to?.x);
    // Where it is level with the node it stands before it.
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1], points[i]] as [(typeof points)[0], (typeof points)[0]];
      const isBeside = Math.max(a.y, b.y) > node.y && Math.min(a.y, b.y) < node.y + node.height;
      if (isBeside) expect(Math.max(a.x, b.x)).toBeLessThan(node.x);
    }
  });

  it('run only horizontally and vertically, from port to port', () => {
    const points = routeWire(bottom(100, 50), top(300, 400), among({ x: 250, y: 100, width: 100, height: 100 }));
    for (let i = 1; i < points.length; i++)
      expect(points[i].x === points[i - 1].x || points[i].y === points[i - 1].y).toBe(true);
    expect(points.at(-1)).toEqual(top(300, 400));
  });
  it('go around a node that stands in the column', () => {
    const node = { x: 50, y: 100, width: 100, height: 100 };
    const lane = freeLane(100, 60, 380, among(node));
    expect(lane).toBeGreaterThan(150);
    const points = routeWire(bottom(100, 50), top(100, 400), among(node));
    expect(points.some(point => point.x === lane)).toBe(true);
  });
  it('that are refused go beside the column that other wires and nodes stand in, and end before the inlet', () => {
    const { path, mark } = refusedWay({ x: 100, y: 0, side: 'bottom' }, { x: 100, y: 400, side: 'top' });
    expect(mark).toEqual({ x: 100, y: 382 });
    const [x0 = 0, , x1 = 0, , x2 = 0, , x3 = 0] = path.match(/-?[\d.]+/g)!.map(Number);
    // The middle of a cubic.
    expect((x0 + 3 * x1 + 3 * x2 + x3) / 8).toBeGreaterThan(100 + 184 / 2 + 24);
    expect(refusedWay({ x: 0, y: 0, side: 'bottom' }, { x: 300, y: 50, side: 'left' }).mark).toEqual({ x: 282, y: 50 });
  });
  it('have their middle in their longest part', () => {
    expect(middleOf([bottom(0, 0), { x: 0, y: 10 }, { x: 100, y: 10 }, top(100, 40)])).toEqual({ x: 50, y: 10 });
  });
});

describe('labels on wires', () => {
  const down = [
    { x: 220, y: 0 },
    { x: 220, y: 400 },
  ];
  const size = { width: 100, height: 20 };
  const meets = (a: Rect, b: Rect): boolean =>
    a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
  it('a badge lies on its wire, a tag right of it', () => {
    expect(placeLabel('badge', down, size, among(), among())).toEqual({ x: 170, y: 190, ...size });
    expect(placeLabel('tag', down, size, among(), among())).toEqual({ x: 229, y: 190, ...size });
  });
  it('cover no node: they slide along the wire, then stand beside it, then go near it', () => {
    const node = { x: 0, y: 100, width: 200, height: 200 };
    const slid = placeLabel('badge', down, size, among(node), among());
    expect(slid.x).toBe(170);
    expect(meets(slid, node)).toBe(false);
    const wall = { x: 0, y: 0, width: 200, height: 400 };
    expect(placeLabel('badge', down, size, among(wall), among()).x).toBeGreaterThan(200);
    expect(placeLabel('tag', down, size, among({ ...wall, x: 225 }), among()).x).toBe(111);
    const both = [wall, { ...wall, x: 225 }];
    const near = placeLabel('badge', down, size, among(...both), among());
    expect(both.some(rect => meets(near, rect))).toBe(false);
  });
  it('hide as few other wires as may be', () => {
    const other = { x: 240, y: 150, width: 0, height: 100 };
    const place = placeLabel('badge', down, size, among(), among(other));
    expect(meets(place, other)).toBe(false);
    expect(meets(placeLabel('badge', down, size, among(), among({ ...other, y: -1000, height: 2000 })), other)).toBe(
      false,
    );
  });
});

describe('viewport', () => {
  it('zooms about a point that stays where it is', () => {
    const before = { x: 40, y: -20, k: 1 };
    const after = zoomAbout(before, 1.7, 300, 200);
    expect((300 - after.x) / after.k).toBeCloseTo((300 - before.x) / before.k, 9);
    expect((200 - after.y) / after.k).toBeCloseTo((200 - before.y) / before.k, 9);
  });
  it('fits a patch inside the window, never above 100 %', () => {
    const { x, y, k } = fitTransform({ x: -100, y: 50, width: 2000, height: 1000 }, 800, 600);
    expect(-100 * k + x).toBeGreaterThanOrEqual(31);
    expect(1900 * k + x).toBeLessThanOrEqual(769);
    expect(50 * k + y).toBeGreaterThanOrEqual(31);
    expect(fitTransform({ x: 0, y: 0, width: 10, height: 10 }, 800, 600).k).toBe(1);
  });
});

describe('walking', () => {
  it('finds the nearest node in a direction', () => {
    const box = (x: number, y: number) => ({ x, y, width: 100, height: 50 });
    const rects = new Map([
      ['a', box(0, 0)],
      ['b', box(0, 100)],
      ['c', box(300, 110)],
      ['d', box(10, 300)],
    ]);
    expect(nearestNode(rects, 'a', 'down')).toBe('b');
    expect(nearestNode(rects, 'b', 'down')).toBe('d');
    expect(nearestNode(rects, 'b', 'right')).toBe('c');
    expect(nearestNode(rects, 'a', 'up')).toBeUndefined();
  });
  it('orders nodes as sound passes, also 10,000 in a row, and ends in loops', () => {
    const patch = chainPatch(50);
    const order = planOrder(patch);
    for (const { from, to } of Object.values(patch.connections))
      expect(order.indexOf(from.node)).toBeLessThan(order.indexOf(to.node));
    const loop = makeConnection('gain-3.out', 'gain-0.in');
    expect(planOrder({ ...patch, connections: { ...patch.connections, [loop.id]: loop } })).toHaveLength(50);
    expect(planOrder(chainPatch(10_000))).toHaveLength(10_000);
    expect(planOrder(emptyPatch())).toEqual([]);
  });
});

describe('latency bar', () => {
  it('has parts that sum to the whole', () => {
    const shares = latencyShares({ buffering: 556, inference: 0, model: 0, filter: 64.16 });
    expect(shares.reduce((sum, part) => sum + part.share, 0)).toBeCloseTo(1, 12);
    expect(shares.reduce((sum, part) => sum + part.samples, 0)).toBeCloseTo(620.16, 12);
    expect(formatLatency(620, 48000).replace(/\u2009/g, ' ')).toBe('620 samples · 12.9 ms');
  });
});

describe('clipboard', () => {
  it('refuses what is not a fragment and drops wires to elsewhere', () => {
    expect(parseFragment('hello')).toBeUndefined();
    expect(
      parseFragment('{"format":"neuropatch-fragment","nodes":[{"id":"__proto__"}],"connections":[]}'),
    ).toBeUndefined();
    const node = { id: 'gain', type: 'dynamics/gain', version: 1, position: [0, 0] };
    const text = JSON.stringify({
      format: 'neuropatch-fragment',
      nodes: [node],
      connections: [
        { from: 'gain.out', to: 'else.in' },
        { from: 5, to: 6 },
      ],
    });
    expect(parseFragment(text)).toEqual({ format: 'neuropatch-fragment', nodes: [node], connections: [] });
  });
});

describe('search', () => {
  it('finds by name, by word for the sound, and folds accents and case', () => {
    expect(searchItems(registry, 'GAIN')[0]?.id).toBe('dynamics/gain');
    expect(searchItems(registry, 'echo')[0]?.id).toBe('time/delay');
    expect(searchItems(registry, 'vólume').map(type => type.id)).toContain('dynamics/gain');
    for (const [words, type] of Object.entries(PLAIN_WORDS))
      expect([words, searchItems(registry, words)[0]?.id]).toEqual([words, type]);
    expect(searchItems(registry, 'zzz')).toEqual([]);
    expect(searchItems(registry, 'note')[0]).toBe(COMMENT);
    expect(searchItems(registry, '')).toHaveLength(Object.keys(registry.types).length + 1);
  });
});
