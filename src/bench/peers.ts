// Whom the benchmark measures itself against: names, exact versions and how they are installed. The one place for both.
// Must not know how packages are fetched (install.ts) nor what is measured. None of them becomes part of the product.

/** A peer from a package registry. All peers of a kind share one environment, which is the benchmark's own. */
export interface Peer {
  readonly title: string;
  readonly kind: 'python' | 'npm';
  readonly version: string;
  /** What is asked of pip or npm, in steps: each step is one call with these words. */
  readonly steps: readonly (readonly string[])[];
  /** Files to take away afterwards, below the environment. */
  readonly removes?: string;
  /** What it is, and where its code runs. */
  readonly text: string;
}

const python = (title: string, name: string, version: string, text: string): Peer => ({
  title,
  kind: 'python',
  version,
  steps: [[`${name}==${version}`]],
  text,
});
const npm = (title: string, version: string, packages: readonly string[], text: string): Peer => ({
  title,
  kind: 'npm',
  version,
  steps: [packages],
  text,
});

export const PEERS = {
  pedalboard: python(
    'pedalboard',
    'pedalboard',
    '0.9.26',
    'Effects in C++ (JUCE), called from Python with whole buffers',
  ),
  soxr: python('soxr', 'soxr', '1.1.0', 'Resampler in C'),
  onnxruntime: python('onnxruntime', 'onnxruntime', '1.30.0', 'Models in C++, one thread, called from Python'),
  'neutone-sdk': {
    title: 'neutone-sdk',
    kind: 'python',
    version: '1.5.2',
    // The SDK asks for versions that have no CPU-only build; it needs little of them.
    steps: [
      ['torch==2.13.0'],
      ['numpy<2.3', 'cffi', 'soundfile', 'click', 'jsonschema<5', 'requests', 'tqdm'],
      ['--no-deps', 'torchaudio==2.11.0', 'neutone-sdk==1.5.2'],
    ],
    // Binaries for CUDA, which nothing here calls and which do not load without it.
    removes: '**/site-packages/torchaudio/lib/*.so',
    text: 'The wrapper around a model that DAW plugins run, in TorchScript',
  },
  libsamplerate: npm(
    'libsamplerate-js',
    '2.1.2',
    ['@alexanderolsen/libsamplerate-js@2.1.2'],
    'Resampler in C, compiled to WebAssembly',
  ),
  faust: npm('faustwasm', '0.18.4', ['@grame/faustwasm@0.18.4'], 'Compiler of a language for sound, to WebAssembly'),
  tfjs: npm(
    'tfjs',
    '4.22.0',
    ['@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'],
    'Models in the browser',
  ),
  rete: npm(
    'rete-react-plugin',
    '2.1.2',
    [
      'rete-react-plugin@2.1.2',
      'rete@2.0.6',
      'rete-area-plugin@2.1.5',
      'rete-connection-plugin@2.0.5',
      'rete-render-utils@2.0.3',
      'react@18.3.1',
      'react-dom@18.3.1',
      'react-is@18.3.1',
      'styled-components@6.1.19',
    ],
    'The usual renderer of the canvas that we use without it',
  ),
} as const satisfies Record<string, Peer>;

export type PeerId = keyof typeof PEERS;
