// Orders and answers as lines of JSON between processes; arrays are base64 of their bytes. Must not know what they mean.
import type { Answer, Order } from './protocol.ts';

export type Reply = Answer | { readonly error: string } | { readonly ready: true };

const pack = (array: Float32Array | Float64Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
const unpack = (text: string): ArrayBuffer => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

export const toLine = (value: Order | Reply): string =>
  JSON.stringify(value, (_key, item) =>
    item instanceof Float32Array ? { f32: pack(item) } : item instanceof Float64Array ? { f64: pack(item) } : item,
  );

export const fromLine = (line: string): unknown =>
  JSON.parse(line, (_key, item) => {
    if (typeof item?.f32 === 'string') return new Float32Array(unpack(item.f32));
    return typeof item?.f64 === 'string' ? new Float64Array(unpack(item.f64)) : item;
  });
