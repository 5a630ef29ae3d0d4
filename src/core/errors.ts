// Errors: the one table of stable codes, the Problem record that every layer reports, and the exception that carries it.
// Owns codes and their meaning. Texts are written where the problem is found: `<where>: <what>, got <value>. <What to do.>`
import type { Transaction } from './transaction.ts';

/** Every code of the product with its meaning, in one place; the tests provoke each of them. */
export const ERROR_CODES = {
  'E-JSON': 'The file is not valid JSON',
  'E-SCHEMA': 'A field of the patch has the wrong type or is missing',
  'E-SIZE': 'A file is larger than the product accepts',
  'E-VERSION-NEWER': 'Written by a newer version; opens, keeps everything, cannot play the parts it does not know',
  'E-NODE-TYPE': 'Unknown node type; the node, its wires and values are kept',
  'E-ID': 'An id is malformed',
  'E-ID-DUPLICATE': 'Two things have the same id',
  'E-CONNECTION': 'A connection names a node or port that is not there',
  'E-PORT-TYPE': 'An outlet and an inlet have different port types',
  'E-PORT-TAKEN': 'The inlet accepts one connection only and has one',
  'E-CHANNELS': 'Numbers of channels that no rule brings together',
  'E-RATE': 'Two sample rates meet without a resampler',
  'E-RATE-PAIR': 'A pair of sample rates that the resampler does not have',
  'E-BLOCK': 'A stream meets a fixed block, or two blocks meet, without a Block Adapter',
  'E-SHAPE': 'Spectra or tensors of different sizes meet',
  'E-WINDOW': 'Windows that do not lie over the whole sound, so that it can not be put together again',
  'E-SPECTRUM': 'Spectra that are made with another window or scaling than a model was trained on',
  'E-ALIGN': 'Spectra or tensors that meet can not be brought to one time, since they wait for whole blocks',
  'E-OFFLINE': 'Needs the whole sound at once: it can be rendered, not played',
  'E-TRANSPORT': 'A model that must run in the audio thread, or a slack that does not fit',
  'E-CYCLE': 'A loop without a delay',
  'E-SUBPATCH': 'A subpatch that is not there, contains itself, or lies too deep',
  'E-PARAM': 'Unknown param, or a value of the wrong kind',
  'E-PARAM-RANGE': 'A param is out of its range',
  'E-RESOURCE-MISSING': 'A file that a node needs was not found',
  'E-RESOURCE-PATH': 'A path that leaves the folder of the patch, or a URL',
  'E-MODEL-FORMAT': 'Not an ONNX model, or a truncated one',
  'E-MODEL-OPERATOR': 'An operator or version that the runtime does not have',
  'E-MODEL-CONTRACT': 'Audio inputs, outputs or states of a model could not be understood',
  'E-MODEL-WEIGHTS': 'Weights that are not finite numbers or do not fit their shape',
  'E-MODEL-BLOCK': 'A model was called with a number of frames that it does not take',
  'E-MODEL-RUN': 'The runtime refused the model or failed in a call',
  'E-DISK': 'A file could not be written whole: the disk is full or failed; what was there before is as it was',
  'E-AUDIO-FORMAT': 'Not an audio file that the product reads, or a truncated one',
  'E-INPUT': 'A named input or output that the patch or bundle does not have',
  'E-LOWER': 'A node that cannot be part of a bundle',
  'E-BUNDLE-FORMAT': 'Not a bundle, or a damaged one',
  'E-BUNDLE-HASH': 'A part of the bundle is not what its manifest says',
  'E-BUNDLE-DIFFERS': 'The bundle does not sound like the engine; it is not written',
  'E-SECURE-CONTEXT': 'The page is not served over https or localhost, so the browser has no audio worklet',
  'E-DEVICE-RATE': 'The browser does not play at the sample rate of the patch',
  'E-RELAXED-SIMD':
    'Relaxed SIMD is wanted and not there, or was heard and is not rendered: plain SIMD takes its place',
  'E-GESTURE': 'The browser starts sound only from a click or a key',
  'E-MICROPHONE': 'The microphone was refused or is missing',
  'E-LEVEL': 'Sound far above full scale, as of a loop that grows',
  'E-NAN': 'A node produced something that is not a number and was bypassed',
  'E-CANCELLED': 'Cancelled by the user; nothing was written',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Something that the interface can do in one click to mend a problem. */
export interface Fix {
  readonly label: string;
  readonly transaction: Transaction;
}

/** One problem. `path` points into the document, e.g. "nodes.gain1.params.gain" or "connections.a.out>b.in". */
export interface Problem {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly nodeId?: string;
  /** Ids of all connections that are at fault together: the way round a loop. */
  readonly connections?: readonly string[];
  readonly message: string;
  readonly fix?: Fix;
}

/** The exception of the product: one or more problems; its message is the first one's with its code. */
export class PatchError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: Problem | readonly Problem[]) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(problem => `${problem.code} ${problem.message}`).join('\n'));
    this.name = 'PatchError';
    this.problems = list;
  }
  get code(): ErrorCode | undefined {
    return this.problems[0]?.code;
  }
}

/** Throws a PatchError of one problem. */
export function fail(code: ErrorCode, path: string, message: string, nodeId?: string): never {
  throw new PatchError({ code, severity: 'error', path, message, ...(nodeId === undefined ? {} : { nodeId }) });
}
