// Runs written models with onnxruntime-web's wasm in Node: an implementation of ONNX that is not ours.
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

export type Data = Float32Array | Float64Array | BigInt64Array;
export interface Tensor {
  readonly data: Data;
  readonly dims: readonly number[];
}

export const f32 = (values: ArrayLike<number>, dims: readonly number[] = [values.length]): Tensor => ({
  data: Float32Array.from(values),
  dims,
});
export const f64 = (values: ArrayLike<number>, dims: readonly number[] = [values.length]): Tensor => ({
  data: Float64Array.from(values),
  dims,
});
export const i64 = (values: readonly number[], dims: readonly number[] = [values.length]): Tensor => ({
  data: BigInt64Array.from(values, BigInt),
  dims,
});

const DTYPES = { Float32Array: 'float32', Float64Array: 'float64', BigInt64Array: 'int64' } as const;

/** A session as one async function. */
export async function open(
  bytes: Uint8Array,
): Promise<(feeds: Record<string, Tensor>) => Promise<Record<string, Tensor>>> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  return async feeds => {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, dims }]) => [
        name,
        new ort.Tensor(DTYPES[data.constructor.name as keyof typeof DTYPES], data as never, dims),
      ]),
    );
    const outputs = await session.run(inputs);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, { data: tensor.data as Data, dims: tensor.dims }]),
    );
  };
}

/** Seeded numbers in −1…1 (mulberry32). */
export function noise(count: number, seed: number): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

export function maxDifference(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let at = 0; at < a.length; at++) most = Math.max(most, Math.abs(Number(a[at]) - Number(b[at])));
  return most;
}
