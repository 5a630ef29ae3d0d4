// Channels in one array: as a model's audio tensor wants them. Owns copying to and from the two orders that a layout's letters
// come down to: channel after channel ("cn", "bcn", "n", "bn") or frame after frame ("nc", "bnc").
import { finiteOrZero } from './safe.ts';

/** True when the values of one frame lie side by side: "n" before "c". Other letters name axes of one. */
export const isInterleaved = (layout: string): boolean =>
  layout.includes('c') && layout.indexOf('n') < layout.indexOf('c');

/** Copies `frames` frames of each channel, from frame `first` on, into `target` [channels × frames]. What is not a finite number becomes 0. No allocation. */
export function packChannels(
  target: Float32Array,
  channels: readonly Float32Array[],
  frames: number,
  interleaved: boolean,
  first = 0,
): void {
  const count = channels.length;
  for (let channel = 0; channel < count; channel++) {
    const source = channels[channel];
    if (interleaved) for (let i = 0; i < frames; i++) target[i * count + channel] = finiteOrZero(source[first + i]);
    else for (let i = 0; i < frames; i++) target[channel * frames + i] = finiteOrZero(source[first + i]);
  }
}

/** Copies `frames` frames of each channel out of `source` [channels × frames] to frame `first` and on, as they are. No allocation. */
export function unpackChannels(
  source: Float32Array,
  channels: readonly Float32Array[],
  frames: number,
  interleaved: boolean,
  first = 0,
): void {
  const count = channels.length;
  for (let channel = 0; channel < count; channel++) {
    const target = channels[channel];
    if (interleaved) for (let i = 0; i < frames; i++) target[first + i] = source[i * count + channel];
    else for (let i = 0; i < frames; i++) target[first + i] = source[channel * frames + i];
  }
}
