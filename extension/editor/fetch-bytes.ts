// The bytes behind an answer of a server, piece by piece: with progress, an end at any time, and a look at the size first.
// Must not know which server it is nor what the bytes mean.
import { letOthersWork } from '../../src/engine/let-others-work.ts';
import { failIfTooLarge } from '../../src/resources/file-size.ts';

const NOT_FOUND = 404;
/** A quick server's pieces come without a pause between them. */
const PAUSE_MS = 16;

/** What can be done with a file that is on its way. */
export interface FetchOptions {
  /** Share that has come, 0–1; nothing is told where the size is not known. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** In bytes, where it is known already. */
  readonly size?: number | undefined;
}

/** Undefined for what is not there. Throws what the server said, E-SIZE before more than the bound is read, AbortError. */
export async function bytesOf(
  answer: Response,
  path: string,
  { onProgress, size }: FetchOptions = {},
): Promise<Uint8Array | undefined> {
  if (answer.status === NOT_FOUND) return undefined;
  if (!answer.ok) throw new Error(`HTTP ${answer.status} ${answer.statusText}`.trim());
  // A packed answer is longer than it says.
  const told = answer.headers.has('content-encoding') ? 0 : Number(answer.headers.get('content-length') ?? 0);
  const expected = size ?? told;
  if (!answer.body) return new Uint8Array(await answer.arrayBuffer());
  const reader = answer.body.getReader();
  let length = 0;
  try {
    failIfTooLarge(path, expected);
    let bytes = new Uint8Array(expected);
    let pausedMs = performance.now();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      failIfTooLarge(path, length + value.length);
      if (length + value.length > bytes.length) bytes = grown(bytes, length + value.length);
      bytes.set(value, length);
      length += value.length;
      if (expected > 0) onProgress?.(Math.min(1, length / expected));
      if (performance.now() - pausedMs < PAUSE_MS) continue;
      await letOthersWork();
      pausedMs = performance.now();
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  }
}

function grown(bytes: Uint8Array, wanted: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(wanted, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}
