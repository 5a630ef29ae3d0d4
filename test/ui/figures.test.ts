// Figures of measuring nodes as text: units, signs, and what stands where there is nothing to say.
import { expect, it } from 'vitest';
import { shapeNode } from '../../src/core/registry.ts';
import { layoutNode } from '../../src/ui/canvas/layout.ts';
import { figureText } from '../../src/ui/meters/figures.ts';
import { registry } from '../render/helpers.ts';

it.each([
  [undefined, '–'],
  [{ value: Number.NaN, unit: 'dB' }, '–'],
  [{ value: Number.NEGATIVE_INFINITY, unit: 'dB' }, '−∞\u2009dB'],
  [{ value: -131.26, unit: 'dB' }, '−131.3\u2009dB'],
  [{ value: 448, unit: 'samples' }, '448\u2009samples'],
  [{ value: 447.9999, unit: 'samples' }, '448\u2009samples'],
  [{ value: 12.5, unit: 'samples' }, '12.50\u2009samples'],
  [{ value: 9.333, unit: 'ms' }, '9.33\u2009ms'],
  [{ value: 12, unit: 'count' }, '12'],
  [{ value: 44100, unit: 'Hz' }, '44.1\u2009kHz'],
  [{ value: -0.00012, unit: '' }, '−0.0001'],
] as const)('%j is written %s', (figure, text) => expect(figureText(figure)).toBe(text));

it('a node has room for all its figures', () => {
  const heightOf = (id: string): number => {
    const type = registry.types[id];
    return layoutNode(shapeNode(type, { id: 'n', type: id, version: 1, position: [0, 0] }, {}, 48000)).height;
  };
  const figures = (id: string): number => registry.types[id].figures!.labels.length;
  const [meter, inspector] = ['analysis/latency-meter', 'analysis/signal-inspector'];
  expect(heightOf(inspector) - heightOf(meter)).toBe(16 * (figures(inspector) - figures(meter)));
});
