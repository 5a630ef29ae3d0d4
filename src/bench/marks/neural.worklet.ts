// The nets of the benchmark in the audio thread, which can not read ONNX files: models arrive as they were loaded elsewhere.
import type { ModelResource } from '../../core/resource.ts';
import { serveWorks } from '../worklet/serve.ts';
import { playNet } from './net-work.ts';

interface Options {
  readonly file: string;
  readonly model: Omit<ModelResource, 'bytes'>;
  readonly isKernels: boolean;
}

serveWorks({
  net: ({ file, model, isKernels }: Options, data) =>
    playNet({ model: { ...model, bytes: data[file] }, isKernels }, data.ort as Uint8Array<ArrayBuffer>),
});
