// Weights in the order in which the kernels of src/simd/assembly read them. Owns these orders; done once, at load.

export const roundUp = (count: number, to: number): number => Math.ceil(count / to) * to;

/** Four rows of the result at a time: their biases, then for each channel and tap their weights. `weight` is [out, in, taps]. */
export function packConv(
  weight: Float32Array,
  bias: Float32Array | undefined,
  outs: number,
  perOut: number,
): Float32Array {
  const packed = new Float32Array((roundUp(outs, 4) / 4) * (4 + 4 * perOut));
  for (let out = 0; out < outs; out++) {
    const start = Math.floor(out / 4) * (4 + 4 * perOut) + (out % 4);
    packed[start] = bias?.[out] ?? 0;
    for (let k = 0; k < perOut; k++) packed[start + 4 + 4 * k] = weight[out * perOut + k];
  }
  return packed;
}

/** Row after row: bias, then weights. */
export function packRows(
  weight: Float32Array,
  bias: Float32Array | undefined,
  outs: number,
  perOut: number,
): Float32Array {
  const packed = new Float32Array(outs * (1 + perOut));
  for (let out = 0; out < outs; out++) {
    packed[out * (1 + perOut)] = bias?.[out] ?? 0;
    packed.set(weight.subarray(out * perOut, (out + 1) * perOut), out * (1 + perOut) + 1);
  }
  return packed;
}

/** [in, out] as [out, in]. */
export function flip(weight: Float32Array, ins: number, outs: number): Float32Array {
  return Float32Array.from(weight, (_, k) => weight[(k % ins) * outs + Math.floor(k / ins)]);
}

/** For `dots`: bias and three zeros, then the weights of one result, with zeros to whole vectors. `weight` is [in, out]. */
export function packDots(
  weight: Float32Array,
  bias: Float32Array | undefined,
  ins: number,
  outs: number,
): Float32Array {
  const size = 4 + roundUp(ins, 4);
  const packed = new Float32Array(outs * size);
  for (let out = 0; out < outs; out++) {
    packed[out * size] = bias?.[out] ?? 0;
    for (let k = 0; k < ins; k++) packed[out * size + 4 + k] = weight[k * outs + out];
  }
  return packed;
}

/** A row of `outs` numbers for each of `ins` inputs, with zeros to whole vectors and to an even number of inputs. */
export function packColumns(weight: Float32Array, ins: number, outs: number): Float32Array {
  const pitch = roundUp(outs, 4);
  const packed = new Float32Array(roundUp(ins, 2) * pitch);
  for (let k = 0; k < ins; k++) packed.set(weight.subarray(k * outs, (k + 1) * outs), k * pitch);
  return packed;
}

/** Which part of the kernel's row a gate of ONNX is, and by what it is multiplied: half where a sigmoid follows. */
export type GateOrder = readonly { readonly gate: number; readonly factor: number }[];
/** ONNX: update, reset, hidden. */
export const GRU_GATES: GateOrder = [
  { gate: 0, factor: 0.5 },
  { gate: 1, factor: 0.5 },
  { gate: 2, factor: 1 },
];
/** ONNX: input, output, forget, cell. */
export const LSTM_GATES: GateOrder = [
  { gate: 0, factor: 0.5 },
  { gate: 1, factor: 0.5 },
  { gate: 2, factor: 0.5 },
  { gate: 3, factor: 1 },
];

/** [gates · units, ins] of ONNX as columns: for each input a row of all gates, each gate filled up with zeros to whole vectors. */
export function packGates(weight: Float32Array, order: GateOrder, units: number, ins: number): Float32Array {
  const part = roundUp(units, 4);
  const pitch = order.length * part;
  const packed = new Float32Array(roundUp(ins, 2) * pitch);
  for (const [at, { gate, factor }] of order.entries())
    for (let unit = 0; unit < units; unit++)
      for (let k = 0; k < ins; k++)
        packed[k * pitch + at * part + unit] = factor * weight[(gate * units + unit) * ins + k];
  return packed;
}
