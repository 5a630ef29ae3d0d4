// Text as models read it: UTF-8 bytes. Written out here since the audio thread has no TextEncoder.

/** What a tensor of `length` bytes gets: those of the text, and zeros behind its end. */
export function textNumbers(text: string, length: number): Float32Array {
  const numbers = new Float32Array(length);
  numbers.set(utf8Bytes(text).slice(0, length));
  return numbers;
}

/** UTF-8 bytes of a text; half a surrogate pair counts as the replacement character. */
export function utf8Bytes(text: string): number[] {
  const bytes: number[] = [];
  const tail = (point: number, shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const point = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point, 0));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point, 6), tail(point, 0));
    else bytes.push(0xf0 | (point >> 18), tail(point, 12), tail(point, 6), tail(point, 0));
  }
  return bytes;
}
