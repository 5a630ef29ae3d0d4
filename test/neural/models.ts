// Models of the kinds that the kernels take, written operator by operator as exporters write them; weights are seeded noise.
// Owns their graphs only.
import type { Attribute } from '../../src/core/lower.ts';
import type { ModelContract, ModelResource } from '../../src/core/resource.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { OnnxNode, OnnxTensor } from '../../src/onnx/proto.ts';
import { encodeModel } from '../../src/onnx/proto.ts';
import { makeTensor } from '../../src/onnx/tensor.ts';
import { type Io, ints, MONO_IN, MONO_OUT, model, node } from '../onnx/models.ts';
import { noise } from '../simd/kernel-pair.ts';

/** A graph that grows: nodes in order, weights of seeded noise, states by name. */
export class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly inputs: Io[] = [MONO_IN];
  readonly outputs: Io[] = [MONO_OUT];
  #count = 0;

  op(
    opType: string,
    input: string[],
    attributes: Record<string, Attribute> = {},
    output = `v${this.#count++}`,
  ): string {
    this.nodes.push(node(opType, input, [output], attributes));
    return output;
  }
  ops(opType: string, input: string[], output: string[], attributes: Record<string, Attribute> = {}): string[] {
    this.nodes.push(node(opType, input, output, attributes));
    return output;
  }
  /** Noise within ±scale. */
  weight(shape: readonly number[], scale = 0.3): string {
    const name = `w${this.#count++}`;
    const values = noise(
      shape.reduce((all, one) => all * one, 1),
      this.#count + 7,
    );
    this.tensors.push(
      makeTensor(
        name,
        'f32',
        values.map(value => value * scale),
        shape,
      ),
    );
    return name;
  }
  ints(...values: number[]): string {
    const name = `i${this.#count++}`;
    this.tensors.push(ints(name, values));
    return name;
  }
  scalar(value: number): string {
    const name = `s${this.#count++}`;
    this.tensors.push(makeTensor(name, 'f32', [value], []));
    return name;
  }
  input(name: string, shape: readonly (number | string)[]): string {
    this.inputs.push([name, 1, shape]);
    return name;
  }
  output(name: string, shape: readonly (number | string)[]): void {
    this.outputs.push([name, 1, shape]);
  }
  state(name: string, shape: readonly number[], next?: string): string {
    this.input(name, shape);
    this.output(next ?? `${name}_out`, shape);
    return name;
  }
  /** [past, x] along frames; the end of it is the next past. */
  past(name: string, x: string, channels: number, frames: number): string {
    const state = this.state(name, [1, channels, frames]);
    const both = this.op('Concat', [state, x], { axis: 2n });
    const end = this.ints(Number.MAX_SAFE_INTEGER);
    this.op('Slice', [both, this.ints(-frames), end, this.ints(2)], {}, `${name}_out`);
    return both;
  }
  bytes(opset = 18): Uint8Array {
    const { nodes, tensors, inputs, outputs } = this;
    return encodeModel(model({ nodes, tensors, inputs, outputs, opset }));
  }
  load(path: string, contract: Partial<ModelContract> = {}, opset = 18): ModelResource {
    return loadModel(this.bytes(opset), `${path}.onnx`, contract);
  }
}

const lastAxisFirst = { perm: [2n, 0n, 1n] };

export function gru(units: number, isResetBehind: boolean, hasBias = true): Graph {
  const g = new Graph();
  const h = g.state('h', [1, 1, units]);
  const sequence = g.op('Transpose', ['x'], lastAxisFirst);
  const bias = hasBias ? g.weight([1, 6 * units]) : '';
  const weights = [g.weight([1, 3 * units, 1], 0.7), g.weight([1, 3 * units, units], 1 / Math.sqrt(units)), bias];
  const [all] = g.ops('GRU', [sequence, ...weights, '', h], ['all', 'h_out'], {
    hidden_size: BigInt(units),
    linear_before_reset: isResetBehind ? 1n : 0n,
  });
  return tail(g, all, units);
}

export function lstm(units: number): Graph {
  const g = new Graph();
  const [h, c] = [g.state('h', [1, 1, units]), g.state('c', [1, 1, units])];
  const sequence = g.op('Transpose', ['x'], lastAxisFirst);
  const weights = [
    g.weight([1, 4 * units, 1], 0.7),
    g.weight([1, 4 * units, units], 1 / Math.sqrt(units)),
    g.weight([1, 8 * units]),
  ];
  const [all] = g.ops('LSTM', [sequence, ...weights, '', h, c], ['all', 'h_out', 'c_out'], {
    hidden_size: BigInt(units),
  });
  return tail(g, all, units);
}

/** Every hidden state → one number, plus the input. */
function tail(g: Graph, all: string, units: number): Graph {
  const rows = g.op('Squeeze', [all, g.ints(1)]);
  const mixed = g.op('Add', [g.op('MatMul', [rows, g.weight([units, 1])]), g.weight([1])]);
  g.op('Add', ['x', g.op('Transpose', [mixed], { perm: [1n, 2n, 0n] })], {}, 'y');
  return g;
}

/** Dilated causal convolutions with residuals; each layer has a past of its own. */
export function tcn(channels: number, layers: number, taps = 3): Graph {
  const g = new Graph();
  let h = g.op('Conv', ['x', g.weight([channels, 1, 1])]);
  for (let layer = 0; layer < layers; layer++) {
    const dilation = 2 ** layer;
    const both = g.past(`p${layer}`, h, channels, (taps - 1) * dilation);
    const scale = 1 / Math.sqrt(taps * channels);
    const z = g.op('Conv', [both, g.weight([channels, channels, taps], scale), g.weight([channels])], {
      dilations: [BigInt(dilation)],
    });
    h = g.op('Add', [h, g.op('Conv', [g.op('Tanh', [z]), g.weight([channels, channels, 1], 0.2)])]);
  }
  const wet = g.op('Conv', [h, g.weight([1, channels, 1]), g.weight([1])]);
  g.op('Add', [wet, g.op('Mul', ['x', g.scalar(0.5)])], {}, 'y');
  return g;
}

/** As NAM's WaveNet: what conditions is added, layers are summed up, the past of all layers is one tensor; gated or not. */
export function waveNet(channels: number, layers: number, isGated: boolean): Graph {
  const g = new Graph();
  const pasts = Array.from({ length: layers }, (_, layer) => 2 * 2 ** layer);
  const total = pasts.reduce((sum, past) => sum + past, 0);
  const cache = g.state('cache', [1, channels, total]);
  const outs = isGated ? 2 * channels : channels;
  let h = g.op('Conv', ['x', g.weight([channels, 1, 1])]);
  let skip = '';
  let start = 0;
  const kept = [];
  for (const [layer, past] of pasts.entries()) {
    const own = g.op('Slice', [cache, g.ints(start), g.ints(start + past), g.ints(2)]);
    start += past;
    const both = g.op('Concat', [own, h], { axis: 2n });
    kept.push(g.op('Slice', [both, g.ints(-past), g.ints(Number.MAX_SAFE_INTEGER), g.ints(2)]));
    const scale = 1 / Math.sqrt(3 * channels);
    const dilations = { dilations: [BigInt(2 ** layer)] };
    const conv = g.op('Conv', [both, g.weight([outs, channels, 3], scale), g.weight([outs])], dilations);
    const z = g.op('Add', [conv, g.op('Conv', ['x', g.weight([outs, 1, 1])])]);
    const part = (from: number): string => g.op('Slice', [z, g.ints(from), g.ints(from + channels), g.ints(1)]);
    const a = isGated ? g.op('Mul', [g.op('Tanh', [part(0)]), g.op('Sigmoid', [part(channels)])]) : g.op('Tanh', [z]);
    skip = skip === '' ? a : g.op('Add', [skip, a]);
    h = g.op('Add', [h, g.op('Conv', [a, g.weight([channels, channels, 1], 0.2), g.weight([channels])])]);
  }
  g.op('Concat', kept, { axis: 2n }, 'cache_out');
  g.op('Conv', [g.op('Relu', [skip]), g.weight([1, channels, 1]), g.weight([1])], {}, 'y');
  return g;
}
