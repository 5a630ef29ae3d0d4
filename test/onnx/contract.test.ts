// Contracts: found by names and shapes, stated in the file, corrected by a person; hostile metadata never throws.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import type { ModelContract } from '../../src/core/resource.ts';
import { CONTRACT_KEY, findContract } from '../../src/onnx/contract.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { OnnxModel } from '../../src/onnx/proto.ts';
import type { Io } from './models.ts';
import { file, model, NEGATE, node, STATEFUL } from './models.ts';
import { noise } from './ort.ts';

/** The contract of a model with these inputs and outputs; its nodes do not matter here. */
function find(
  inputs: Io[],
  outputs: Io[],
  overrides: Partial<ModelContract> = {},
  metadata: Record<string, string> = {},
) {
  const full = {
    producerName: '',
    producerVersion: '',
    docString: '',
    trainingInfo: [],
    ...model({ nodes: [], inputs, outputs, metadata }),
  };
  return findContract(full as OnnxModel, overrides, 'm.onnx');
}
const F = 1;
const x: Io = ['x', F, [1, 1, 'N']];
const y: Io = ['y', F, [1, 1, 'N']];
const codesOf = (found: ReturnType<typeof find>): string[] => found.problems.map(problem => problem.code);

describe('audio', () => {
  test.each([
    [[1, 1, 'N'], 'bcn', 1],
    [['batch', 2, 'time'], 'bcn', 2],
    [[1, 'N', 2], 'bnc', 2],
    [['N', 1, 1], 'nbc', 1],
    [[2, 'N'], 'cn', 2],
    [['batch', 'N'], 'bn', 1],
    [['N', 2], 'nc', 2],
    [['N'], 'n', 1],
  ] as const)('%j is %s of %i', (shape, layout, channels) => {
    const found = find([['audio', F, shape]], [['out', F, shape]]);
    expect(found.problems).toEqual([]);
    expect(found.contract.inputs).toEqual([{ tensor: 'audio', channels, layout }]);
    expect(found.contract.outputs).toEqual([{ tensor: 'out', channels, layout }]);
    expect(found.contract.blockFrames).toBe(0);
  });

  test('a fixed block is found, and its state and knob are not taken for audio', () => {
    const found = find(
      [
        ['x', F, [1, 1, 512]],
        ['h0', F, [1, 1, 32]],
        ['drive', F, [1]],
      ],
      [
        ['y', F, [1, 1, 512]],
        ['hn', F, [1, 1, 32]],
      ],
    );
    expect(found.problems).toEqual([]);
    expect(found.contract.blockFrames).toBe(512);
    expect(found.contract.states.map(state => [state.input, state.output])).toEqual([['h0', 'hn']]);
    expect(found.contract.params.map(param => param.tensor)).toEqual(['drive']);
  });

  test('an audio pair named like a state is audio', () => {
    const found = find([['audio_in', F, [1, 1, 256]]], [['audio_out', F, [1, 1, 256]]]);
    expect(found.contract).toMatchObject({ blockFrames: 256, states: [], inputs: [{ tensor: 'audio_in' }] });
  });

  test('an output shorter by a formula is refused', () => {
    const found = find([x], [['y', F, [1, 1, 'N - 62']]]);
    expect(codesOf(found)).toEqual(['E-MODEL-CONTRACT']);
    expect(found.problems[0].message).toContain('"N - 62"');
  });
});

describe('states and params', () => {
  test.each([
    ['h_in', 'h_out'],
    ['h0', 'hn'],
    ['h', 'hn'],
    ['c', 'c2'],
    ['hidden', 'hidden_out'],
    ['state.in', 'state.out'],
    ['past_key', 'present_key'],
    ['hidden', 'new_hidden'],
    ['buf_prev', 'buf_next'],
    ['in_cache', 'out_cache'],
  ])('%s → %s', (from, to) => {
    // The decoy comes first and has the same shape: only the name tells them apart.
    const found = find(
      [x, [from, F, [1, 1, 32]], ['zz', F, [1, 1, 32]]],
      [y, ['ww', F, [1, 1, 32]], [to, F, [1, 1, 32]]],
    );
    expect(found.problems).toEqual([]);
    expect(found.contract.states.map(state => [state.input, state.output])).toEqual([
      [from, to],
      ['zz', 'ww'],
    ]);
  });

  test('names that say nothing: order among equal shapes', () => {
    const found = find(
      [x, ['p', F, [1, 8]], ['q', F, [1, 16]], ['r', F, [1, 8]]],
      [y, ['17', F, [1, 8]], ['18', F, [1, 8]], ['19', F, [1, 16]]],
    );
    expect(found.contract.states.map(state => [state.input, state.output])).toEqual([
      ['p', '17'],
      ['q', '19'],
      ['r', '18'],
    ]);
  });

  test('element types: f64 and i64 states, batch axes become one', () => {
    const found = find(
      [x, ['n_in', 7, [1]], ['s_in', 11, ['batch', 4]]],
      [y, ['n_out', 7, [1]], ['s_out', 11, ['batch', 4]]],
    );
    expect(found.contract.states).toEqual([
      { input: 'n_in', output: 'n_out', shape: [1], dtype: 'i64' },
      { input: 's_in', output: 's_out', shape: [1, 4], dtype: 'f64' },
    ]);
  });

  test.each([
    [[], '', 'event'],
    [[1], '1', 'event'],
    [[1, 1], '11', 'event'],
    [['N'], 'n', 'a'],
    [[1, 'N'], '1n', 'a'],
    [[1, 1, 'N'], '11n', 'a'],
  ] as const)('param of shape %j', (shape, layout, rate) => {
    const found = find([x, ['driveGain', F, shape]], [y]);
    expect(found.problems).toEqual([]);
    expect(found.contract.params).toMatchObject([
      { tensor: 'driveGain', id: 'drive-gain', label: 'Drive gain', layout, rate },
    ]);
  });

  test('what has no part to play is named with its shape', () => {
    const found = find([x, ['embedding', F, [1, 128]], ['mask', 9, [1]]], [y]);
    expect(codesOf(found)).toEqual(['E-MODEL-CONTRACT', 'E-MODEL-CONTRACT']);
    expect(found.problems[0].message).toContain('"embedding" float32 [1, 128]');
    expect(found.problems[0].message).toContain('Correct the contract');
  });

  test('no audio output', () => {
    expect(codesOf(find([x], [['class', 7, [1]]]))).toContain('E-MODEL-CONTRACT');
    expect(find([x], [['y', F, [1, 1, 64]]]).problems[0].message).toContain('frozen');
  });
});

describe('spectra and tensors', () => {
  test.each([
    [[1, 257, 2], 'spectrum', '1fp'],
    [[1, 257, 1, 2], 'spectrum', '1f1p'],
    [['batch', 2, 129], 'spectrum', 'kpf'],
    [[1, 'T', 257, 2], 'spectrum', '1kfp'],
    [[1, 257], 'magnitude', '1f'],
    [[1, 513, 'frames'], 'magnitude', '1fk'],
  ] as const)('%j is a %s', (shape, kind, layout) => {
    const found = find([['input_2', F, shape]], [['activation_2', F, shape]]);
    const bins = shape.find(size => typeof size === 'number' && size > 2);
    expect(found.problems).toEqual([]);
    expect(found.contract.inputs).toEqual([{ kind, tensor: 'input_2', channels: 1, layout, shape: [bins] }]);
    expect(found.contract.outputs).toEqual([{ kind, tensor: 'activation_2', channels: 1, layout, shape: [bins] }]);
    expect(found.contract).toMatchObject({ states: [], blockFrames: 0 });
  });

  test('a mask from magnitudes, and states whose names share nothing', () => {
    const found = find(
      [
        ['input_2', F, [1, 1, 257]],
        ['input_3', F, [1, 2, 128, 2]],
      ],
      [
        ['activation_2', F, [1, 1, 257]],
        ['tf_op_layer_stack_2', F, [1, 2, 128, 2]],
      ],
    );
    expect(found.problems).toEqual([]);
    expect(found.contract.inputs.map(port => port.kind)).toEqual(['magnitude']);
    expect(found.contract.outputs.map(port => port.kind)).toEqual(['magnitude']);
    expect(found.contract.states).toEqual([
      { input: 'input_3', output: 'tf_op_layer_stack_2', shape: [1, 2, 128, 2], dtype: 'f32' },
    ]);
  });

  test('a spectrum among caches that are pairs by their names', () => {
    const caches: Io[] = [
      ['conv_cache', F, [2, 1, 16, 16, 33]],
      ['tra_cache', F, [2, 3, 1, 1, 16]],
      ['inter_cache', F, [2, 1, 33, 16]],
    ];
    const found = find(
      [['mix', F, [1, 257, 1, 2]], ...caches],
      [['enh', F, [1, 257, 1, 2]], ...caches.map(([name, type, shape]): Io => [`${name}_out`, type, shape])],
    );
    expect(found.problems).toEqual([]);
    expect(found.contract.inputs).toMatchObject([{ kind: 'spectrum', tensor: 'mix' }]);
    expect(found.contract.outputs).toMatchObject([{ kind: 'spectrum', tensor: 'enh' }]);
    expect(found.contract.states.map(({ input }) => input)).toEqual(['conv_cache', 'tra_cache', 'inter_cache']);
  });

  test('several inputs whose names say nothing are all sound; a knob among named ones stays one', () => {
    const row = [1, 1, 'n'] as const;
    const { contract: both } = find(
      [
        ['a', F, row],
        ['b', F, row],
      ],
      [['c', F, row]],
    );
    expect([both.inputs.map(({ tensor }) => tensor), both.params]).toEqual([['a', 'b'], []]);
    const { contract: knob } = find(
      [
        ['a', F, row],
        ['drive', F, row],
      ],
      [['c', F, row]],
    );
    expect([knob.inputs.map(({ tensor }) => tensor), knob.params.map(({ tensor }) => tensor)]).toEqual([
      ['a'],
      ['drive'],
    ]);
  });

  test('what stands on the other side of a block of sound is a tensor', () => {
    const block: Io = ['x', F, [1, 1, 2048]];
    const latents: Io = ['z', F, [1, 4, 16]];
    const shape = { kind: 'tensor', tensor: 'z', channels: 1, layout: 'xxx', shape: [1, 4, 16] };
    const encoder = find([block], [latents], { blockFrames: 2048 });
    expect([encoder.problems, encoder.contract.outputs]).toEqual([[], [shape]]);
    const decoder = find([latents], [['y', F, [1, 1, 2048]]], { blockFrames: 2048 });
    expect([decoder.problems, decoder.contract.inputs]).toEqual([[], [shape]]);
    expect(decoder.contract.outputs).toEqual([{ tensor: 'y', channels: 1, layout: 'bcn' }]);
  });

  test('by hand: kinds, state pairs and initial values; the hop is the block', () => {
    const stft = { windowFrames: 256, hopFrames: 64, window: 'hann', isPeriodic: true, scaling: 'none' } as const;
    const states = [{ input: 'a', output: 'b', shape: [1, 129], dtype: 'f32', init: 0.5 }] as const;
    const given = { inputs: [{ tensor: 's' }], outputs: [{ tensor: 'o', kind: 'tensor' }], states, stft };
    const found = find(
      [
        ['s', F, [1, 129, 2]],
        ['a', F, [1, 129]],
      ],
      [
        ['b', F, [1, 129]],
        ['o', F, [1, 129, 2]],
      ],
      given as never,
    );
    expect(found.problems).toEqual([]);
    expect(found.contract).toMatchObject({ states, stft, blockFrames: 64 });
    expect(found.contract.inputs).toMatchObject([{ kind: 'spectrum', layout: '1fp', shape: [129] }]);
    expect(found.contract.outputs).toMatchObject([{ kind: 'tensor', layout: 'xxx', shape: [1, 129, 2] }]);
  });

  test.each([
    [
      'sizes of another spectrum',
      { inputs: [{ tensor: 's', kind: 'spectrum', layout: '1fp', shape: [257] }] },
      '1,257,2',
    ],
    [
      'axes of no spectrum',
      { inputs: [{ tensor: 's', kind: 'spectrum', layout: '1ff', shape: [129, 2] }] },
      'axes of a spectrum',
    ],
    ['too few sizes', { inputs: [{ tensor: 's', kind: 'tensor', layout: 'xxx', shape: [1] }] }, 'a size for each axis'],
    ['no such kind', { inputs: [{ tensor: 's', kind: 'picture' }] }, 'kind'],
    [
      'too few initial values',
      { states: [{ input: 's', output: 'o', shape: [1, 129, 2], dtype: 'f32', init: [1] }] },
      'init',
    ],
    ['the whole sound', { blockFrames: 'whole' }, 'the whole sound'],
    ['a hop of nothing', { stft: { hopFrames: 0 } }, 'stft'],
  ] as const)('refused: %s', (_name, given, words) => {
    const found = find([['s', F, [1, 129, 2]]], [['o', F, [1, 129, 2]]], given as never);
    expect(codesOf(found)).toContain('E-MODEL-CONTRACT');
    expect(found.problems.map(({ message }) => message).join('\n')).toContain(words);
  });
});

describe('text as strings', () => {
  const words = { tensor: 'words', id: 'words', label: 'Words', text: { maxBytes: 16, default: 'A' } };
  test.each([
    ['nothing stated', {}],
    ['stated as a text', { params: [words] }],
    ['stated as a sound', { inputs: [{ tensor: 'x' }, { tensor: 'words', channels: 1, layout: 'n' }] }],
  ])('is refused when the model is loaded, with what to do: %s', (_name, given) => {
    const found = find([x, ['words', 8, [1]]], [y], given as never);
    expect(found.problems.map(({ code, severity, message }) => `${severity} ${code} ${message}`)).toContain(
      'error E-MODEL-CONTRACT m.onnx: expected text in "words" as its UTF-8 bytes in int64, got "words" string [1]. ' +
        'Export the model with an int64 input [bytes], and state it as a param with text.',
    );
  });

  test('nothing else is told of it', () => {
    expect(find([x, ['words', 8, [1]]], [y], { params: [words as never] }).problems).toHaveLength(1);
    expect(find([x, ['words', 8, [1]]], [y]).problems).toHaveLength(1);
  });
});

describe('what is stated', () => {
  const param = {
    tensor: 'g',
    id: 'gain',
    label: 'Gain',
    unit: 'dB',
    min: -60,
    max: 12,
    default: 0,
    scale: 'linear',
    rate: 'event',
    layout: '1',
  };

  test('the file wins over guessing, a person over the file', () => {
    const metadata = {
      [CONTRACT_KEY]: JSON.stringify({ sampleRateHz: 44100, params: [param], latencySamples: 3 }),
      name: 'Amp',
      license: 'CC0',
      sample_rate: '8000',
    };
    const found = find([x, ['g', F, [1]]], [y], { sampleRateHz: 48000 }, metadata);
    expect(found.problems).toEqual([]);
    expect(found.contract).toMatchObject({ sampleRateHz: 48000, latencySamples: 3, params: [param] });
    expect(found.card).toMatchObject({ name: 'Amp', licence: 'CC0' });
    expect(find([x], [y], {}, { sample_rate: '44100' }).contract.sampleRateHz).toBe(44100);
  });

  test('what is left out comes from the tensors', () => {
    const found = find([x, ['g', F, ['N']]], [y], {
      params: [{ tensor: 'g', id: 'gain', min: 0, max: 2, default: 1 } as never],
      inputs: [{ tensor: 'x' } as never],
    });
    expect(found.problems).toEqual([]);
    expect(found.contract.params).toEqual([
      {
        tensor: 'g',
        id: 'gain',
        label: 'G',
        unit: '',
        min: 0,
        max: 2,
        default: 1,
        scale: 'linear',
        rate: 'a',
        layout: 'n',
      },
    ]);
    expect(found.contract.inputs).toEqual([{ tensor: 'x', channels: 1, layout: 'bcn' }]);
  });

  test.each([
    ['{', 'expected an object'],
    ['[]', 'expected an object'],
    ['{"sampleRateHz": 1e400}', 'sampleRateHz'],
    ['{"sampleRateHz": -1}', 'sampleRateHz'],
    ['{"blockFrames": 0.5}', 'blockFrames'],
    ['{"inputs": {}}', 'inputs'],
    ['{"inputs": [{"tensor": "x", "channels": 1, "layout": "cc"}]}', 'layout'],
    ['{"inputs": [{"tensor": "x", "channels": 2, "layout": "bn"}]}', 'channel axis'],
    ['{"outputs": [{"tensor": "nowhere", "channels": 1, "layout": "bcn"}]}', '"nowhere"'],
    ['{"outputs": [{"tensor": "y", "channels": 2, "layout": "bcn"}]}', '2 channels, got 1'],
    ['{"states": [{"input": "x", "output": "y", "shape": [1e9, 1e9], "dtype": "f32"}]}', 'shape'],
    ['{"states": [{"input": "x", "output": "y", "shape": [1], "dtype": "f32"}]}', 'state "x"'],
    ['{"params": [{"tensor": "x", "id": "A b"}]}', 'kebab-case'],
    [`{"params": [${JSON.stringify({ ...param, tensor: 'x', min: 5 })}]}`, 'default'],
    [`{"params": [${JSON.stringify({ ...param, tensor: 'x', scale: 'log', default: 1 })}]}`, 'log scale'],
    ['{"__proto__": {"inputs": 1}, "constructor": 1, "sampleRateHz": "1"}', 'sampleRateHz'],
  ])('metadata %s', (json, words) => {
    const found = find([x], [y], {}, { [CONTRACT_KEY]: json });
    expect(codesOf(found)).toContain('E-MODEL-CONTRACT');
    expect(found.problems.map(problem => problem.message).join('\n')).toContain(words);
  });
});

describe('loadModel', () => {
  test('gives a resource named by its sha256', () => {
    const bytes = file({ ...STATEFUL, metadata: { name: 'Counter' } });
    const resource = loadModel(bytes, 'models/counter.onnx');
    expect(resource.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(resource.card).toMatchObject({ name: 'Counter', weights: 1, opset: 18, irVersion: 8, ops: ['Add', 'Mul'] });
    expect(resource.contract.states.map(state => state.input)).toEqual(['h']);
  });

  test('throws PatchErrors only, whatever the bytes', () => {
    const bytes = file({ ...STATEFUL, metadata: { [CONTRACT_KEY]: '{"sampleRateHz":44100}' } });
    const places = noise(2000, 5);
    for (let at = 0; at + 1 < places.length; at += 2) {
      const broken = bytes.slice();
      broken[Math.floor(((places[at] + 1) / 2) * bytes.length)] = Math.floor(((places[at + 1] + 1) / 2) * 256);
      try {
        loadModel(broken, 'm.onnx');
      } catch (error) {
        expect(error).toBeInstanceOf(PatchError);
      }
    }
  });

  test('says every problem', () => {
    expect(() => loadModel(file({ nodes: [node('Foo', ['x'], ['t']), node('Bar', ['t'], ['y'])] }), 'm.onnx')).toThrow(
      /"Foo"[\s\S]*"Bar"/,
    );
    expect(loadModel(file(NEGATE), 'm.onnx').contract.outputs[0].tensor).toBe('y');
  });
});

describe('the fixtures', () => {
  const folder = new URL('../fixtures/models/', import.meta.url);
  const outcome = (name: string): string => {
    try {
      const { contract } = loadModel(new Uint8Array(readFileSync(new URL(name, folder))), name);
      return contract.blockFrames !== 0 ? `plays blocks of ${contract.blockFrames}` : 'plays';
    } catch (error) {
      return (error as PatchError).code ?? String(error);
    }
  };
  // By name, as the table of make_fixtures.py means them.
  const EXPECTED: Record<string, string> = {
    'custom-domain': 'E-MODEL-OPERATOR',
    'endless-loop': 'E-MODEL-OPERATOR',
    'external-data': 'E-RESOURCE-PATH',
    'opset-99': 'E-MODEL-OPERATOR',
    'fixed-block-512': 'plays blocks of 512',
    'encoder-128': 'plays blocks of 128',
    'decoder-128': 'plays blocks of 128',
    'settling-spectrum': 'plays blocks of 128',
    'mismatched-states': 'E-MODEL-CONTRACT',
    'nan-weights': 'E-MODEL-WEIGHTS',
    'wrong-raw-length': 'E-MODEL-WEIGHTS',
    text: 'E-MODEL-FORMAT',
    truncated: 'E-MODEL-FORMAT',
  };
  test.each(readdirSync(folder).filter(name => name.endsWith('.onnx')))('%s', name => {
    expect(outcome(name)).toBe(EXPECTED[name.replace('.onnx', '')] ?? 'plays');
  });
});
