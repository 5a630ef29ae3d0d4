// Spectra as a model was trained on: what is told, what the fix sets, and what can't be known.
import { describe, expect, it } from 'vitest';
import { addNode, connect } from '../../src/core/edits.ts';
import type { ParamValue } from '../../src/core/param.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { ModelStft } from '../../src/core/resource.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { modelAt } from './resources.ts';

const TRAINED: ModelStft = { windowFrames: 512, hopFrames: 128, window: 'hann', isPeriodic: false, scaling: 'unitary' };
const bookOf = (stft: ModelStft, ...ids: string[]) => {
  const spectra = { tensor: 's', kind: 'spectrum', layout: 'fp', shape: [257], channels: 1 } as const;
  const model = modelAt(48000, { inputs: [spectra], outputs: [spectra], blockFrames: 128, stft });
  return Object.fromEntries(ids.map(id => [id, { model }]));
};
type Settings = Readonly<Record<string, ParamValue>>;
const AS_TRAINED: Settings = { shape: 'hann', form: 'symmetric', scaling: 'unitary' };
/** STFT → mask → model → ISTFT. */
const patchOf = (stft: Settings, istft: Settings = stft): Patch =>
  makePatch(
    [
      ['stft', 'spectral/stft', { window: '512', hop: 'window/4', ...stft }],
      ['mask', 'spectral/spectral-mask'],
      ['model', 'neural/neural-model'],
      ['istft', 'spectral/istft', istft],
      ['out', 'output/audio-output'],
    ],
    ['stft.out > mask.in', 'mask.out > model.in', 'model.out > istft.in', 'istft.out > out.in'],
  );

describe('SPECTRUM-1 spectra as a model was trained on', () => {
  it('are nothing to tell', () => {
    expect(validatePatch(patchOf(AS_TRAINED), registry, bookOf(TRAINED, 'model'))).toEqual([]);
  });

  it('what differs is told, and one click sets both ends', () => {
    const patch = patchOf({ shape: 'root-hann', scaling: 'none' }, { shape: 'hann' });
    const book = bookOf(TRAINED, 'model');
    const [problem, ...more] = validatePatch(patch, registry, book);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'E-SPECTRUM', severity: 'warning', nodeId: 'model' });
    expect(problem.message).toBe(
      'model.in: expected spectra as the model was trained on, shape hann, form symmetric, scaling unitary, ' +
        'got shape root-hann, form periodic, scaling none from stft. Set stft so.',
    );
    const { patch: mended } = applyTransaction(patch, problem.fix!.transaction);
    expect(mended.nodes.stft.params).toMatchObject(AS_TRAINED);
    expect(mended.nodes.istft.params).toMatchObject(AS_TRAINED);
    expect(validatePatch(mended, registry, book)).toEqual([]);
  });

  it('a window without fades has no form', () => {
    const book = bookOf({ ...TRAINED, window: 'none' }, 'model');
    expect(validatePatch(patchOf({ ...AS_TRAINED, shape: 'none', form: 'periodic' }), registry, book)).toEqual([]);
  });

  it('a window that is filled up with zeros can’t be set; the rest can', () => {
    const book = bookOf({ ...TRAINED, windowFrames: 400 }, 'model');
    const [problem] = validatePatch(patchOf({ ...AS_TRAINED, scaling: 'none' }), registry, book);
    expect(problem.message).toContain(
      'windows of 400 frames, scaling unitary, got windows of 512 frames, scaling none',
    );
    const { patch: mended } = applyTransaction(patchOf({ ...AS_TRAINED, scaling: 'none' }), problem.fix!.transaction);
    const [rest] = validatePatch(mended, registry, book);
    expect(rest.message).toContain("windows of 400 frames, got windows of 512 frames from stft. stft can't be set so");
    expect(rest.fix).toBeUndefined();
  });

  it('another number of bins is told once, as such', () => {
    const patch = patchOf({ ...AS_TRAINED, window: '256', hop: 'window/2' }, AS_TRAINED);
    expect(validatePatch(patch, registry, bookOf(TRAINED, 'model')).map(({ code }) => code)).toEqual(['E-SHAPE']);
  });

  it.each([true, false])(
    'another rate is mended before the STFT, and behind the ISTFT: a mask between, %s',
    hasMask => {
      const all = patchOf({ shape: 'root-hann' });
      const input = applyTransaction(
        all,
        addNode({ id: 'input', type: 'source/audio-input', version: 1, position: [0, 0] }),
      );
      let { patch } = applyTransaction(input.patch, connect('input.out', 'stft.in'));
      if (!hasMask) patch = applyTransaction(patch, connect('stft.out', 'model.in')).patch;
      const spectra = { tensor: 's', kind: 'spectrum', layout: 'fp', shape: [257], channels: 1 } as const;
      const model = modelAt(16000, { inputs: [spectra], outputs: [spectra], blockFrames: 128 });
      const told: string[] = [];
      for (let click = 0; click < 4; click++) {
        const [problem] = validatePatch(patch, registry, { model: { model } });
        if (!problem) break;
        told.push(`${problem.code} ${problem.fix?.label}`);
        patch = applyTransaction(patch, problem.fix!.transaction).patch;
      }
      expect(told.sort()).toEqual([
        'E-RATE Insert Resampler to 16 kHz before stft',
        expect.stringMatching(/^E-RATE Insert Resampler to 48 kHz \(/),
      ]);
      expect(validatePatch(patch, registry, { model: { model } })).toEqual([]);
    },
  );

  it('spectra of another model are not judged', () => {
    const patch = makePatch(
      [
        ['stft', 'spectral/stft', { window: '512', hop: 'window/4', ...AS_TRAINED }],
        ['first', 'neural/neural-model'],
        ['model', 'neural/neural-model'],
      ],
      ['stft.out > first.in', 'first.out > model.in'],
    );
    const book = { ...bookOf(TRAINED, 'first'), ...bookOf({ ...TRAINED, window: 'none' }, 'model') };
    expect(validatePatch(patch, registry, book)).toEqual([]);
  });
});

it('CONNECTION-1 sound into a model on spectra and out of it: click after click to a patch without a problem', () => {
  let patch = makePatch(
    [
      ['osc', 'source/oscillator'],
      ['model', 'neural/neural-model'],
      ['out', 'output/audio-output'],
    ],
    ['osc.out > model.in', 'model.out > out.in'],
  );
  const book = bookOf(TRAINED, 'model');
  const clicked: string[] = [];
  for (let click = 0; click < 6; click++) {
    const fix = validatePatch(patch, registry, book).find(problem => problem.fix)?.fix;
    if (!fix) break;
    clicked.push(fix.label);
    patch = applyTransaction(patch, fix.transaction).patch;
  }
  expect(clicked.slice(0, 2)).toEqual([
    'Insert ISTFT (at most +512 samples)',
    'Insert STFT of 512 frames (+0 samples)',
  ]);
  expect(validatePatch(patch, registry, book)).toEqual([]);
  expect(patch.nodes.stft.params).toMatchObject({ ...AS_TRAINED, window: '512', hopFrames: 128 });
});

it('CONNECTION-1 a model of bins that no window has is told, and nothing is offered', () => {
  const patch = makePatch(
    [
      ['osc', 'source/oscillator'],
      ['model', 'neural/neural-model'],
    ],
    ['osc.out > model.in'],
  );
  const odd = { tensor: 's', kind: 'spectrum', layout: 'fp', shape: [100], channels: 1 } as const;
  const model = modelAt(48000, { inputs: [odd], outputs: [odd], blockFrames: 128 });
  const [problem] = validatePatch(patch, registry, { model: { model } }).filter(({ code }) => code === 'E-PORT-TYPE');
  expect([problem.code, problem.fix]).toEqual(['E-PORT-TYPE', undefined]);
});
