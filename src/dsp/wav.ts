// RIFF/WAVE bytes ↔ channels of f32: what every reader and writer of sound files uses, so that all of them see the same samples.
// Owns the format (Microsoft, "Multiple Channel Audio Data and WAVE Files"; RIFF MCI 1.0). Must not know files, paths or nodes.

/** Sound in memory. All channels have the same number of frames. */
export interface DecodedAudio {
  readonly sampleRateHz: number;
  readonly channels: Float32Array[];
}

/** Why bytes were refused; a caller maps it to its own error. The message says what was found, and what to do where that helps. */
export class WavError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WavError';
  }
}

/** More sound than the caller wants. */
export class WavLengthError extends WavError {
  constructor(seconds: number, maxSeconds: number) {
    super(`expected at most ${maxSeconds} s, got ${seconds.toFixed(1)} s`);
    this.name = 'WavLengthError';
  }
}

/** The bounds of what is read. */
export const WAV_LIMITS = { channels: 32, minRateHz: 1000, maxRateHz: 768_000, bytes: 2 ** 31 - 1 } as const;

export type WavEncoding = 'f32' | 's16' | 's24';

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** The last 14 bytes of the sub-format of WAVE_FORMAT_EXTENSIBLE for PCM and float: …-0000-0010-8000-00AA00389B71. */
const SUBFORMAT_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

interface WavFormat {
  readonly isFloat: boolean;
  readonly channelCount: number;
  readonly sampleRateHz: number;
  readonly bytesPerSample: number;
}

/**
 * Reads a WAVE file of 8-, 16-, 24- or 32-bit integers or 32- or 64-bit floats, 1–32 channels. Integers become value/2^(bits−1),
 * so full scale is −1…1; floats keep their value, also above 1. A data chunk that claims more bytes than there are
 * (a cut file, or a recorder that never wrote the size) is refused, except for the sizes 0 and 0xFFFFFFFF of streamed files,
 * which mean "to the end of the file". Throws WavError. NaN and infinities in float files are refused: they are damage. More than
 * `maxSeconds` of sound is refused before it is read, with a WavLengthError.
 */
export function decodeWav(bytes: Uint8Array, maxSeconds = Infinity): DecodedAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > WAV_LIMITS.bytes) throw new WavError(`expected at most 2 GiB, got ${bytes.length} bytes`);
  const magic = fourCc(bytes, 0);
  if (magic === 'RF64' || magic === 'BW64') {
    throw new WavError(`${magic} (a 64-bit WAVE) is not read. Save it as a plain WAV under 2 GiB.`);
  }
  if (magic === 'RIFX') throw new WavError('RIFX (a big-endian WAVE) is not read. Save it as a plain WAV.');
  if (bytes.length < 12 || magic !== 'RIFF' || fourCc(bytes, 8) !== 'WAVE') {
    throw new WavError(
      bytes.length === 0 ? 'the file is empty' : 'not a WAVE file: it does not begin with RIFF … WAVE',
    );
  }

  let format: WavFormat | undefined;
  // A chunk begins at every even offset: an odd one is followed by a padding byte that its size doesn't count.
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = fourCc(bytes, at);
    const size = view.getUint32(at + 4, true);
    const begin = at + 8;
    const available = bytes.length - begin;
    if (id === 'data') {
      if (format === undefined) throw new WavError('the data chunk comes before the fmt chunk');
      const isStreamed = size === 0xffffffff || (size === 0 && view.getUint32(4, true) === 0);
      if (!isStreamed && size > available) {
        throw new WavError(`the file is cut: its data chunk has ${available} of ${size} bytes`);
      }
      return decodeSamples(view, begin, isStreamed ? available : size, format, maxSeconds);
    }
    if (size > available) throw new WavError(`the file is cut inside its ${JSON.stringify(id)} chunk`);
    if (id === 'fmt ') format = readFormat(view, begin, size);
    at = begin + size + (size % 2);
  }
  throw new WavError(`the file has no ${format === undefined ? 'fmt' : 'data'} chunk; it may be cut`);
}

function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function readFormat(view: DataView, at: number, size: number): WavFormat {
  if (size < 16) throw new WavError(`expected a fmt chunk of at least 16 bytes, got ${size}`);
  let tag = view.getUint16(at, true);
  const channelCount = view.getUint16(at + 2, true);
  const sampleRateHz = view.getUint32(at + 4, true);
  const frameBytes = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  if (tag === EXTENSIBLE) {
    if (size < 40) throw new WavError(`expected an extensible fmt chunk of 40 bytes, got ${size}`);
    tag = view.getUint16(at + 24, true);
    if (SUBFORMAT_TAIL.some((byte, i) => view.getUint8(at + 26 + i) !== byte)) {
      throw new WavError('the sub-format of this extensible WAVE is neither PCM nor float. Save it as PCM.');
    }
  }
  if (tag !== PCM && tag !== FLOAT) {
    throw new WavError(`expected PCM or float samples, got WAVE format ${tag} (compressed). Save it as PCM.`);
  }
  const isFloat = tag === FLOAT;
  if (!(isFloat ? [32, 64] : [8, 16, 24, 32]).includes(bits)) {
    throw new WavError(`expected ${isFloat ? '32 or 64 bits of float' : '8, 16, 24 or 32 bits of PCM'}, got ${bits}`);
  }
  if (channelCount < 1 || channelCount > WAV_LIMITS.channels) {
    throw new WavError(`expected 1–${WAV_LIMITS.channels} channels, got ${channelCount}`);
  }
  if (sampleRateHz < WAV_LIMITS.minRateHz || sampleRateHz > WAV_LIMITS.maxRateHz) {
    throw new WavError(`expected ${WAV_LIMITS.minRateHz}–${WAV_LIMITS.maxRateHz} Hz, got ${sampleRateHz}`);
  }
  const bytesPerSample = bits / 8;
  if (frameBytes !== channelCount * bytesPerSample) {
    throw new WavError(`expected ${channelCount * bytesPerSample} bytes per frame, got ${frameBytes}`);
  }
  return { isFloat, channelCount, sampleRateHz, bytesPerSample };
}

function decodeSamples(
  view: DataView,
  begin: number,
  size: number,
  format: WavFormat,
  maxSeconds: number,
): DecodedAudio {
  const { isFloat, channelCount, sampleRateHz, bytesPerSample } = format;
  const frameBytes = channelCount * bytesPerSample;
  const frames = Math.floor(size / frameBytes);
  if (frames === 0) throw new WavError('the file holds no sound: its data chunk is empty');
  if (frames > maxSeconds * sampleRateHz) throw new WavLengthError(frames / sampleRateHz, maxSeconds);
  const read = sampleReader(view, isFloat, bytesPerSample);
  const channels: Float32Array[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    const samples = new Float32Array(frames);
    for (let n = 0, at = begin + channel * bytesPerSample; n < frames; n++, at += frameBytes) {
      samples[n] = read(at);
      if (!Number.isFinite(samples[n])) {
        throw new WavError(`expected finite samples, got ${samples[n]} in frame ${n} of channel ${channel + 1}`);
      }
    }
    channels.push(samples);
  }
  return { sampleRateHz, channels };
}

function sampleReader(view: DataView, isFloat: boolean, bytesPerSample: number): (at: number) => number {
  if (isFloat) return bytesPerSample === 4 ? at => view.getFloat32(at, true) : at => view.getFloat64(at, true);
  switch (bytesPerSample) {
    case 1: // The only unsigned one.
      return at => (view.getUint8(at) - 128) / 128;
    case 2:
      return at => view.getInt16(at, true) / 32768;
    case 3:
      return at => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608;
    default:
      return at => view.getInt32(at, true) / 2147483648;
  }
}

/**
 * Writes channels of equal length as a WAVE file. `f32` keeps every value; `s16` and `s24` round to the nearest step and clip at
 * full scale, without dither; NaN becomes 0 there. Throws WavError for no channels, unequal lengths, or more than a WAV can hold.
 */
export function encodeWav(channels: readonly Float32Array[], sampleRateHz: number, encoding: WavEncoding): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  if (channels.length < 1 || channels.length > WAV_LIMITS.channels || channels.some(c => c.length !== frames)) {
    throw new WavError(`expected 1–${WAV_LIMITS.channels} channels of equal length, got ${channels.length}`);
  }
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < WAV_LIMITS.minRateHz || sampleRateHz > WAV_LIMITS.maxRateHz) {
    throw new WavError(`expected ${WAV_LIMITS.minRateHz}–${WAV_LIMITS.maxRateHz} whole Hz, got ${sampleRateHz}`);
  }
  const isFloat = encoding === 'f32';
  const bytesPerSample = isFloat ? 4 : encoding === 's24' ? 3 : 2;
  const frameBytes = channels.length * bytesPerSample;
  const dataBytes = frames * frameBytes;
  // A format other than PCM carries the size of its extension (0) and a fact chunk with the number of frames.
  const headerBytes = isFloat ? 58 : 44;
  const totalBytes = headerBytes + dataBytes + (dataBytes % 2);
  if (totalBytes > WAV_LIMITS.bytes)
    throw new WavError(`expected at most 2 GiB, got ${totalBytes} bytes. Render less.`);

  const bytes = new Uint8Array(totalBytes);
  const view = new DataView(bytes.buffer);
  const putId = (at: number, id: string) => {
    for (let i = 0; i < 4; i++) bytes[at + i] = id.charCodeAt(i);
  };
  putId(0, 'RIFF');
  view.setUint32(4, totalBytes - 8, true);
  putId(8, 'WAVE');
  putId(12, 'fmt ');
  view.setUint32(16, isFloat ? 18 : 16, true);
  view.setUint16(20, isFloat ? FLOAT : PCM, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, bytesPerSample * 8, true);
  if (isFloat) {
    putId(38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, frames, true);
  }
  putId(headerBytes - 8, 'data');
  view.setUint32(headerBytes - 4, dataBytes, true);

  channels.forEach((samples, channel) => {
    for (let n = 0, at = headerBytes + channel * bytesPerSample; n < frames; n++, at += frameBytes) {
      if (isFloat) {
        view.setFloat32(at, samples[n], true);
      } else if (bytesPerSample === 2) {
        view.setInt16(at, toInteger(samples[n], 32768), true);
      } else {
        const value = toInteger(samples[n], 8388608);
        view.setUint16(at, value & 0xffff, true);
        view.setInt8(at + 2, value >> 16);
      }
    }
  });
  return bytes;
}

function toInteger(x: number, fullScale: number): number {
  return Math.max(-fullScale, Math.min(fullScale - 1, Math.round(x * fullScale) || 0));
}
