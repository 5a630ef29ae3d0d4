// Small nets of the benchmark as ONNX files, with seeded weights: what they compute sounds like nothing, but costs what it costs.
// All take x and give y, [1, 1, N] for any N where nothing else is said, and keep their states in tensors. Must not know who runs them.

import type { Attribute } from '../../core/lower.ts';
import { noiseAt } from '../../dsp/noise.ts';
import { makeAttribute } from '../../onnx/attributes.ts';
import { encodeModel, makeValueInfo, type OnnxNode, type OnnxTensor } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';

const OPSET = 18n;
const IR_VERSION = 8n;
const FLOAT = 1;

type Shape = readonly (number | string)[];

export class ModelBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #tensors: OnnxTensor[] = [];
  readonly #states: [name: string, shape: Shape][] = [];
  #seed: number;

  readonly #frames: number | string;

  constructor(seed: number, frames: number | string = 'N') {
    this.#seed = seed;
    this.#frames = frames;
  }

  op(opType: string, input: string[], output: string[], attributes: Record<string, Attribute> = {}): string {
    const attribute = Object.entries(attributes).map(([name, value]) => makeAttribute(name, value));
    this.#nodes.push({ name: output.at(-1) as string, opType, domain: '', input, output, attribute });
    return output[0];
  }

  /** Seeded weights in ±size. */
  weights(name: string, shape: readonly number[], size: number): string {
    const count = shape.reduce((product, axis) => product * axis, 1);
    const seed = this.#seed++;
    this.#tensors.push(
      makeTensor(
        name,
        'f32',
        Array.from({ length: count }, (_, at) => size * noiseAt(seed, at)),
        shape,
      ),
    );
    return name;
  }

  constant(name: string, dtype: 'f32' | 'i64', values: readonly number[]): string {
    this.#tensors.push(makeTensor(name, dtype, values, [values.length]));
    return name;
  }

  /** A state that goes in as `name` and comes out as `name`_out. */
  state(name: string, shape: readonly number[]): string {
    this.#states.push([name, shape]);
    return name;
  }

  file(): Uint8Array {
    const info = ([name, shape]: [name: string, shape: Shape]) => makeValueInfo(name, FLOAT, shape);
    const out = this.#states.map(([name, shape]): [string, Shape] => [`${name}_out`, shape]);
    return encodeModel({
      irVersion: IR_VERSION,
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: 'bench',
        node: this.#nodes,
        initializer: this.#tensors,
        sparseInitializer: [],
        input: [info(['x', [1, 1, this.#frames]]), ...this.#states.map(info)],
        output: [info(['y', [1, 1, this.#frames]]), ...out.map(info)],
        valueInfo: [],
      },
      metadataProps: [],
      functions: [],
    });
  }
}

/** y = 0.5·x, in blocks of so many frames. */
export function gainModel(frames: number): Uint8Array {
  const b = new ModelBuilder(1, frames);
  b.op('Mul', ['x', b.constant('half', 'f32', [0.5])], ['y']);
  return b.file();
}

/** A recurrent layer with a linear one behind it. */
export function recurrentModel(kind: 'GRU' | 'LSTM', units: number, seed: number): Uint8Array {
  const b = new ModelBuilder(seed);
  const gates = kind === 'GRU' ? 3 : 4;
  const size = 1 / Math.sqrt(units);
  const weights = [
    b.weights('w', [1, gates * units, 1], 1),
    b.weights('r', [1, gates * units, units], size),
    b.weights('b', [1, 2 * gates * units], 0.1),
  ];
  const states = kind === 'GRU' ? ['h'] : ['h', 'c'];
  for (const name of states) b.state(name, [1, 1, units]);
  b.op('Transpose', ['x'], ['sequence'], { perm: [2n, 0n, 1n] });
  const shared: Record<string, Attribute> = { hidden_size: BigInt(units) };
  if (kind === 'GRU') shared.linear_before_reset = 1n;
  b.op(kind, ['sequence', ...weights, '', ...states], ['hidden', ...states.map(name => `${name}_out`)], shared);
  b.op('Squeeze', ['hidden', b.constant('direction', 'i64', [1])], ['rows']);
  b.op('MatMul', ['rows', b.weights('mix', [units, 1], size)], ['mixed']);
  b.op('Transpose', ['mixed'], ['y'], { perm: [1n, 2n, 0n] });
  return b.file();
}

/** Causal convolutions of three taps, each with twice the dilation of the one before, tanh between them. */
export function convolutionModel(channels: number, layers: number, seed: number): Uint8Array {
  const b = new ModelBuilder(seed);
  const end = b.constant('end', 'i64', [2 ** 31 - 1]);
  const axis = b.constant('frames', 'i64', [2]);
  let signal = b.op('Conv', ['x', b.weights('first', [channels, 1, 1], 1)], ['wide']);
  for (let layer = 0; layer < layers; layer++) {
    const dilation = 2 ** layer;
    const past = b.state(`past${layer}`, [1, channels, 2 * dilation]);
    const heard = b.op('Concat', [past, signal], [`heard${layer}`], { axis: 2n });
    b.op('Slice', [heard, b.constant(`begin${layer}`, 'i64', [-2 * dilation]), end, axis], [`past${layer}_out`]);
    const taps = b.weights(`taps${layer}`, [channels, channels, 3], 1 / Math.sqrt(3 * channels));
    const bent = b.op('Conv', [heard, taps], [`bent${layer}`], {
      dilations: [BigInt(dilation)],
      kernel_shape: [3n],
    });
    signal = b.op('Tanh', [bent], [`layer${layer}`]);
  }
  b.op('Conv', [signal, b.weights('last', [1, channels, 1], 1 / Math.sqrt(channels))], ['y']);
  return b.file();
}

/** A waveshaper of one hidden layer. */
export function denseModel(units: number, seed: number): Uint8Array {
  const b = new ModelBuilder(seed);
  b.op('Conv', ['x', b.weights('in', [units, 1, 1], 1), b.weights('bias', [units], 0.5)], ['wide']);
  b.op('Tanh', ['wide'], ['bent']);
  b.op('Conv', ['bent', b.weights('out', [1, units, 1], 1 / Math.sqrt(units))], ['y']);
  return b.file();
}

/** Sixteen that all differ, by file name. */
export function sixteenModels(): Record<string, Uint8Array> {
  const recurrent = [8, 12, 16, 20].flatMap(units => [
    [`gru-${units}.onnx`, recurrentModel('GRU', units, 100 + units)] as const,
    [`lstm-${units}.onnx`, recurrentModel('LSTM', units, 200 + units)] as const,
  ]);
  const convolutions = [
    [2, 4],
    [4, 3],
    [4, 5],
    [6, 4],
    [8, 3],
  ].map(([channels, layers]) => {
    const seed = 300 + 10 * channels + layers;
    return [`convolution-${channels}-${layers}.onnx`, convolutionModel(channels, layers, seed)] as const;
  });
  const dense = [8, 16, 32].map(units => [`dense-${units}.onnx`, denseModel(units, 400 + units)] as const);
  return Object.fromEntries([...recurrent, ...convolutions, ...dense]);
}
