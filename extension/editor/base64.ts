// Bytes as base64 text and back: how binary files travel through JupyterLab's contents.

const CHUNK = 32768;

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  // Not `from`, which lists all characters first, and ends the page where there are more than 2²⁷.
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}
