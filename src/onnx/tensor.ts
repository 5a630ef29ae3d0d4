// Stored tensors: element types, their sizes, and reading or writing the values of an initializer.
// Owns the table of element types. Must not know graphs or nodes. All data are little-endian, as the format says.
import type { OnnxDtype } from '../core/lower.ts';
import type { OnnxTensor } from './proto.ts';

/** TensorProto.DataType by our names; only those that this product reads values of. */
export const DATA_TYPE = { f32: 1, f64: 11, i64: 7, bool: 9, i32: 6, f16: 10 } as const;

interface ElementType {
  readonly name: string;
  /** Bits of one element in rawData; 0 = no fixed size (strings). */
  readonly bits: number;
}

/** Element types by their number in the format. */
export const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'float32', bits: 32 },
  2: { name: 'uint8', bits: 8 },
  3: { name: 'int8', bits: 8 },
  4: { name: 'uint16', bits: 16 },
  5: { name: 'int16', bits: 16 },
  6: { name: 'int32', bits: 32 },
  7: { name: 'int64', bits: 64 },
  8: { name: 'string', bits: 0 },
  9: { name: 'bool', bits: 8 },
  10: { name: 'float16', bits: 16 },
  11: { name: 'float64', bits: 64 },
  12: { name: 'uint32', bits: 32 },
  13: { name: 'uint64', bits: 64 },
  14: { name: 'complex64', bits: 64 },
  15: { name: 'complex128', bits: 128 },
  16: { name: 'bfloat16', bits: 16 },
  17: { name: 'float8e4m3fn', bits: 8 },
  18: { name: 'float8e4m3fnuz', bits: 8 },
  19: { name: 'float8e5m2', bits: 8 },
  20: { name: 'float8e5m2fnuz', bits: 8 },
  21: { name: 'uint4', bits: 4 },
  22: { name: 'int4', bits: 4 },
  23: { name: 'float4e2m1', bits: 4 },
  24: { name: 'float8e8m0', bits: 8 },
  25: { name: 'uint2', bits: 2 },
  26: { name: 'int2', bits: 2 },
};

export const elementTypeName = (dataType: number): string => ELEMENT_TYPES[dataType]?.name ?? `type ${dataType}`;

/** Number of elements; NaN when a dimension is negative or the product is not exact in a double. */
export function elementCount(dims: readonly bigint[]): number {
  let count = 1n;
  for (const dim of dims) {
    if (dim < 0n) return Number.NaN;
    count *= dim;
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) return Number.NaN;
  }
  return Number(count);
}

/** A tensor to store. Values are converted to `dtype` (i64: must be integers; bool: 0 or 1). */
export function makeTensor(
  name: string,
  dtype: OnnxDtype,
  values: ArrayLike<number>,
  shape: readonly number[],
): OnnxTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== values.length) throw new RangeError(`constant of shape [${shape}] with ${values.length} values`);
  const bytes = new Uint8Array(count * ({ f32: 4, f64: 8, i64: 8, bool: 1 } as const)[dtype]);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < count; at++) {
    const value = values[at] as number;
    if (dtype === 'f32') view.setFloat32(at * 4, value, true);
    else if (dtype === 'f64') view.setFloat64(at * 8, value, true);
    else if (dtype === 'i64') view.setBigInt64(at * 8, BigInt(value), true);
    else view.setUint8(at, value === 0 ? 0 : 1);
  }
  return { name, dims: shape.map(BigInt), dataType: DATA_TYPE[dtype], rawData: bytes };
}

/** Values of a stored f16, f32, f64, i32, i64 or bool tensor as doubles; undefined for other types or wrong lengths. */
export function readValues(tensor: OnnxTensor): Float64Array | undefined {
  const count = elementCount(tensor.dims);
  const bits = ELEMENT_TYPES[tensor.dataType]?.bits ?? 0;
  if (Number.isNaN(count)) return undefined;
  const raw = tensor.rawData;
  if (raw !== undefined && raw.length > 0) {
    if (raw.length * 8 !== count * bits) return undefined;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const read = RAW_READERS[tensor.dataType];
    return read && Float64Array.from({ length: count }, (_, at) => read(view, at));
  }
  const list = typedData(tensor);
  if (list === undefined || list.length !== count) return undefined;
  if (tensor.dataType === DATA_TYPE.f16) return Float64Array.from(list, word => halfToNumber(Number(word)));
  return Float64Array.from(list, Number);
}

const RAW_READERS: Readonly<Record<number, (view: DataView, at: number) => number>> = {
  [DATA_TYPE.f32]: (view, at) => view.getFloat32(at * 4, true),
  [DATA_TYPE.f64]: (view, at) => view.getFloat64(at * 8, true),
  [DATA_TYPE.i64]: (view, at) => Number(view.getBigInt64(at * 8, true)),
  [DATA_TYPE.i32]: (view, at) => view.getInt32(at * 4, true),
  [DATA_TYPE.bool]: (view, at) => view.getUint8(at),
  [DATA_TYPE.f16]: (view, at) => halfToNumber(view.getUint16(at * 2, true)),
};

/** IEEE 754 binary16 bits as a double. */
export function halfToNumber(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}

/** The list field that holds data of this element type when rawData does not. */
export function typedData(tensor: OnnxTensor): ArrayLike<number | bigint | Uint8Array> | undefined {
  switch (tensor.dataType) {
    case 1:
    case 14:
      return tensor.floatData;
    case 11:
    case 15:
      return tensor.doubleData;
    case 7:
      return tensor.int64Data;
    case 12:
    case 13:
      return tensor.uint64Data;
    case 8:
      return tensor.stringData;
    default:
      return tensor.int32Data;
  }
}

/** Index of the first element that is not finite in a stored float tensor, or −1. Reads raw data without copying. */
export function findNonFinite(tensor: OnnxTensor): number {
  const raw = tensor.rawData;
  if (raw === undefined || raw.length === 0) {
    const list = typedData(tensor);
    const isHalf = tensor.dataType === DATA_TYPE.f16 || tensor.dataType === 16;
    if (list === undefined || tensor.dataType === 8) return -1;
    for (let at = 0; at < list.length; at++) {
      const value = Number(list[at]);
      if (isHalf ? isExponentFull(tensor.dataType, value) : !Number.isFinite(value)) return at;
    }
    return -1;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (tensor.dataType === DATA_TYPE.f32) {
    for (let at = 0; at + 4 <= raw.length; at += 4) {
      if ((view.getUint32(at, true) & 0x7f800000) === 0x7f800000) return at / 4;
    }
  } else if (tensor.dataType === DATA_TYPE.f64) {
    for (let at = 0; at + 8 <= raw.length; at += 8) if (!Number.isFinite(view.getFloat64(at, true))) return at / 8;
  } else if (tensor.dataType === DATA_TYPE.f16 || tensor.dataType === 16) {
    for (let at = 0; at + 2 <= raw.length; at += 2) {
      if (isExponentFull(tensor.dataType, view.getUint16(at, true))) return at / 2;
    }
  }
  return -1;
}

const isExponentFull = (dataType: number, word: number): boolean => {
  const mask = dataType === 16 ? 0x7f80 : 0x7c00;
  return (word & mask) === mask;
};
