// The globals of the audio thread (W3C Web Audio API, AudioWorkletGlobalScope), which TypeScript's libraries lack.
// Owns declarations only. There is no clock but `Date`, no timer, no text encoding and no fetch there.

declare const currentFrame: number;
declare const currentTime: number;
declare const sampleRate: number;

interface MessageEvent<Data = unknown> {
  readonly data: Data;
}

interface MessagePort {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer?: readonly object[]): void;
  start(): void;
  close(): void;
}

declare class AudioWorkletProcessor {
  constructor(options?: unknown);
  readonly port: MessagePort;
}

interface AudioWorkletNodeOptions {
  readonly numberOfInputs?: number;
  readonly numberOfOutputs?: number;
  readonly outputChannelCount?: readonly number[];
  readonly processorOptions?: unknown;
}

/** A processor: `process` fills the outputs of one render quantum and returns whether it wants to be called again. */
interface AudioWorkletProcessorImplementation extends AudioWorkletProcessor {
  process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
    parameters: Readonly<Record<string, Float32Array>>,
  ): boolean;
}

declare function registerProcessor(
  name: string,
  processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessorImplementation,
): void;
