// Text encoding as browsers, workers and Node all have it (WHATWG Encoding), for folders that see neither DOM nor Node.
// Owns declarations only. The audio thread has none of it, so no folder that runs there may include this file.

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string;
}
