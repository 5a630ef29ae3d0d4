// Writes the example patches of the gallery: `node notebooks/gallery/make/make_patches.ts`. Positions are on the 16 px grid:
// sound falls down one column, control comes from the left, what is looked at stands on the right.
import { writeFileSync } from 'node:fs';
import { addNode, connect } from '../../../src/core/edits.ts';
import type { ParamValue } from '../../../src/core/param.ts';
import { emptyPatch, type Patch, type PatchNode } from '../../../src/core/patch.ts';
import { serializePatch } from '../../../src/core/patch-file.ts';
import { applyTransaction } from '../../../src/core/transaction.ts';

const LEFT = 32;
const MIDDLE = 256;
const RIGHT = 560;

interface Spec {
  readonly type: string;
  readonly at: readonly [number, number];
  readonly label?: string;
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly resources?: Readonly<Record<string, string>>;
}

interface Gallery {
  readonly name: string;
  readonly description: string;
  readonly nodes: Readonly<Record<string, Spec>>;
  readonly wires: readonly string[];
  readonly note: string;
  readonly frames?: Patch['frames'];
}

const knob = (y: number, label: string, value: number, min: number, max: number, unit: string, scale = 'linear'): Spec => ({
  type: 'control/knob', at: [LEFT, y], label, params: { value, min, max, unit, scale },
});
const player = (file: string, y = 32): Spec => ({ type: 'source/audio-file-player', at: [MIDDLE, y], resources: { audio: `builtin:audio/${file}` } });
const out = (y: number): Spec => ({ type: 'output/audio-output', at: [MIDDLE, y] });

const GALLERY: Readonly<Record<string, Gallery>> = {
  'first-sound': {
    name: 'First sound',
    description: 'An oscillator, a filter and a knob: hear what a filter takes away.',
    nodes: {
      oscillator: { type: 'source/oscillator', at: [MIDDLE, 32], params: { shape: 'sawtooth', frequency: 110, level: -12 } },
      filter: { type: 'filter/biquad-filter', at: [MIDDLE, 192], params: { type: 'low-pass', cutoff: 0, q: 2 } },
      gain: { type: 'dynamics/gain', at: [MIDDLE, 368], params: { level: -6 } },
      output: out(480),
      brightness: knob(176, 'Brightness', 800, 60, 8000, 'Hz', 'log'),
      scope: { type: 'analysis/oscilloscope', at: [RIGHT, 32], params: { timePerDivision: 2 } },
      spectrum: { type: 'analysis/spectrum', at: [RIGHT, 256] },
    },
    wires: ['oscillator.out > filter.in', 'filter.out > gain.in', 'gain.out > output.in', 'brightness.out > filter.cutoff', 'gain.out > scope.a', 'gain.out > spectrum.in'],
    note: 'Turn Brightness and watch which lines of the spectrum go. Then choose another shape in the oscillator.',
  },
  'tube-amp': {
    name: 'Tube amp',
    description: 'A neural model of a tube stage, trained at 44.1 kHz, between two resamplers in a 48 kHz patch; the dry path is aligned.',
    nodes: {
      guitar: player('guitar-di.wav'),
      'to-model': { type: 'rate/resampler', at: [MIDDLE, 208], params: { to: '44100' } },
      amp: { type: 'neural/neural-model', at: [MIDDLE - 16, 304], label: 'Tube amp GRU-32', params: { drive: 0 }, resources: { model: 'builtin:models/tube-amp-gru32.onnx' } },
      'to-patch': { type: 'rate/resampler', at: [MIDDLE, 496], params: { to: '48000' } },
      mix: { type: 'mix/dry-wet', at: [MIDDLE, 608], params: { mix: 0.85 } },
      output: out(720),
      drive: knob(304, 'Drive', 12, 0, 24, 'dB'),
      scope: { type: 'analysis/oscilloscope', at: [RIGHT, 32], params: { timePerDivision: 2 } },
      spectrum: { type: 'analysis/spectrum', at: [RIGHT, 256] },
    },
    wires: ['guitar.out > to-model.in', 'to-model.out > amp.in', 'amp.out > to-patch.in', 'to-patch.out > mix.wet', 'guitar.out > mix.dry', 'mix.out > output.in', 'drive.out > amp.drive', 'guitar.out > scope.a', 'mix.out > scope.b', 'mix.out > spectrum.in'],
    note: 'Turn Drive up. The model wants 44.1 kHz, the patch runs at 48 kHz: two resamplers bring it there and back, and the dry path waits for them.',
    frames: { stage: { id: 'stage', label: 'Neural stage', position: [208, 176], size: [280, 400] } },
  },
  'tape-voice': {
    name: 'Tape voice',
    description: 'A causal convolutional network of a magnetic tape, with an echo behind it.',
    nodes: {
      voice: player('voice.wav'),
      tape: { type: 'neural/neural-model', at: [MIDDLE - 16, 208], label: 'Tape TCN', resources: { model: 'builtin:models/tape-tcn.onnx' } },
      echo: { type: 'time/delay', at: [MIDDLE, 400], params: { time: 320, feedback: 0.45 } },
      mix: { type: 'mix/dry-wet', at: [MIDDLE, 592], params: { mix: 0.35 } },
      meter: { type: 'analysis/level-meter', at: [MIDDLE, 704] },
      output: out(816),
      spectrum: { type: 'analysis/spectrum', at: [RIGHT, 192] },
    },
    wires: ['voice.out > tape.in', 'tape.out > echo.in', 'echo.out > mix.wet', 'tape.out > mix.dry', 'mix.out > meter.in', 'meter.out > output.in', 'tape.out > spectrum.in'],
    note: 'The tape compresses and rounds the voice; bypass it to hear by how much. The echo comes after it.',
  },
  'filter-drums': {
    name: 'Filter drums',
    description: 'A drum loop through a resonant filter that is played by hand.',
    nodes: {
      drums: player('drum-loop.wav'),
      filter: { type: 'filter/biquad-filter', at: [MIDDLE, 208], params: { type: 'low-pass', cutoff: 0, q: 4 } },
      output: out(400),
      cutoff: knob(176, 'Cutoff', 1200, 60, 12000, 'Hz', 'log'),
      spectrum: { type: 'analysis/spectrum', at: [RIGHT, 32] },
      meter: { type: 'analysis/level-meter', at: [RIGHT, 288] },
    },
    wires: ['drums.out > filter.in', 'filter.out > output.in', 'cutoff.out > filter.cutoff', 'filter.out > spectrum.in', 'filter.out > meter.in'],
    note: 'Sweep Cutoff as fast as you can: no clicks, because every frame has its own value.',
  },
  'waveshaper-pad': {
    name: 'Waveshaper pad',
    description: 'A chord through a waveshaper: new partials appear that the chord did not have.',
    nodes: {
      chord: player('chord-pad.wav'),
      shaper: { type: 'dynamics/waveshaper', at: [MIDDLE, 208], params: { drive: 0 } },
      tame: { type: 'filter/biquad-filter', at: [MIDDLE, 416], params: { type: 'low-pass', cutoff: 6000, q: 0.7 } },
      output: out(592),
      drive: knob(208, 'Drive', 15, 0, 36, 'dB'),
      before: { type: 'analysis/spectrum', at: [RIGHT, 32], label: 'Before' },
      after: { type: 'analysis/spectrum', at: [RIGHT, 272], label: 'After' },
    },
    wires: ['chord.out > shaper.in', 'shaper.out > tame.in', 'tame.out > output.in', 'drive.out > shaper.drive', 'chord.out > before.in', 'tame.out > after.in'],
    note: 'Compare the two spectra while Drive goes up. Which lines are new?',
  },
  'impulse-echo': {
    name: 'Impulse echo',
    description: 'A click through a delay with feedback: count the echoes and read their gains.',
    nodes: {
      click: { type: 'source/impulse', at: [MIDDLE, 32], params: { period: 1 } },
      echo: { type: 'time/delay', at: [MIDDLE, 160], params: { time: 125, feedback: 0.6 } },
      mix: { type: 'mix/dry-wet', at: [MIDDLE, 352], params: { mix: 0.5 } },
      output: out(464),
      time: { type: 'analysis/oscilloscope', at: [RIGHT, 32], params: { timePerDivision: 8 } },
      meter: { type: 'analysis/level-meter', at: [RIGHT, 288] },
    },
    wires: ['click.out > echo.in', 'echo.out > mix.wet', 'click.out > mix.dry', 'mix.out > output.in', 'mix.out > time.a', 'mix.out > meter.in'],
    note: 'Each echo comes 125 ms after the one before, at 0.6 of its amplitude. Change Time while it plays: no click.',
  },
  'speech-denoiser': {
    name: 'Speech denoiser',
    description: 'A recurrent network turns the noise down in spectra of speech, at 16 kHz between two resamplers; the noisy sound waits for it.',
    nodes: {
      noisy: player('noisy-speech.wav'),
      'to-model': { type: 'rate/resampler', at: [MIDDLE, 208], params: { to: '16000' } },
      stft: { type: 'spectral/stft', at: [MIDDLE, 304], params: { window: '512', hop: 'window/2' } },
      denoiser: { type: 'neural/neural-model', at: [MIDDLE - 16, 384], label: 'Denoiser GRU-48', resources: { model: 'builtin:models/speech-denoiser-gru48.onnx' } },
      istft: { type: 'spectral/istft', at: [MIDDLE, 528] },
      'to-patch': { type: 'rate/resampler', at: [MIDDLE, 608], params: { to: '48000' } },
      mix: { type: 'mix/dry-wet', at: [MIDDLE, 704], params: { mix: 1 } },
      output: out(800),
      before: { type: 'analysis/spectrogram', at: [RIGHT, 32], label: 'Before' },
      after: { type: 'analysis/spectrogram', at: [RIGHT, 272], label: 'After' },
    },
    wires: ['noisy.out > to-model.in', 'to-model.out > stft.in', 'stft.out > denoiser.in', 'denoiser.out > istft.in', 'istft.out > to-patch.in', 'to-patch.out > mix.wet', 'noisy.out > mix.dry', 'mix.out > output.in', 'noisy.out > before.in', 'mix.out > after.in'],
    note: 'Turn Mix to 0 for the noise and back to 1. The model hears 62 spectra a second and answers each with a gain for every bin.',
    frames: { spectra: { id: 'spectra', label: 'Spectra at 16 kHz', position: [208, 272], size: [280, 320] } },
  },
  autoencoder: {
    name: 'Autoencoder',
    description: 'An encoder writes a guitar down in four numbers, a decoder plays it back from them; four knobs bend what it reads.',
    nodes: {
      guitar: player('guitar-di.wav'),
      'to-blocks': { type: 'rate/block-adapter', at: [MIDDLE, 208], params: { block: 2048 } },
      encoder: { type: 'neural/neural-model', at: [MIDDLE - 16, 288], label: 'Encoder', resources: { model: 'builtin:models/autoencoder-encoder.onnx' } },
      latents: { type: 'neural/latent-transform', at: [MIDDLE, 432], params: { scale1: 0, scale2: 0, scale3: 0, scale4: 0 } },
      decoder: { type: 'neural/neural-model', at: [MIDDLE - 16, 688], label: 'Decoder', resources: { model: 'builtin:models/autoencoder-decoder.onnx' } },
      'to-stream': { type: 'rate/block-adapter', at: [MIDDLE, 832], params: { block: 0 } },
      mix: { type: 'mix/dry-wet', at: [MIDDLE, 912], params: { mix: 1 } },
      level: { type: 'dynamics/gain', at: [MIDDLE, 1008], params: { level: -3 } },
      output: out(1104),
      latent1: knob(288, 'Latent 1', 1, -2, 2, '×'),
      latent2: knob(432, 'Latent 2', 1, -2, 2, '×'),
      latent3: knob(576, 'Latent 3', 1, -2, 2, '×'),
      latent4: knob(720, 'Latent 4', 1, -2, 2, '×'),
      before: { type: 'analysis/spectrum', at: [RIGHT, 32], label: 'Before' },
      after: { type: 'analysis/spectrum', at: [RIGHT, 272], label: 'After' },
    },
    wires: ['guitar.out > to-blocks.in', 'to-blocks.out > encoder.in', 'encoder.out > latents.in', 'latents.out > decoder.in', 'decoder.out > to-stream.in', 'to-stream.out > mix.wet', 'guitar.out > mix.dry', 'mix.out > level.in', 'level.out > output.in', 'latent1.out > latents.scale1', 'latent2.out > latents.scale2', 'latent3.out > latents.scale3', 'latent4.out > latents.scale4', 'guitar.out > before.in', 'mix.out > after.in'],
    note: 'Turn the latents one by one: to 0 the decoder forgets it, below 0 it is turned round. The first carries most.',
  },
};

function build({ name, description, nodes, wires, note, frames }: Gallery): Patch {
  let patch: Patch = {
    ...emptyPatch(name), description, authors: 'The Neuropatch developers', licence: 'BSD-3-Clause',
    notes: { note: { id: 'note', text: note, position: [LEFT, 32], size: [192, 112] } },
    frames: frames ?? {},
  };
  for (const [id, { at, ...rest }] of Object.entries(nodes)) {
    const node: PatchNode = { id, version: 1, position: at, ...rest };
    patch = applyTransaction(patch, addNode(node)).patch;
  }
  for (const wire of wires) {
    const [from, to] = wire.split(' > ');
    patch = applyTransaction(patch, connect(from, to)).patch;
  }
  return patch;
}

for (const [file, gallery] of Object.entries(GALLERY)) {
  writeFileSync(new URL(`../${file}.npatch`, import.meta.url), serializePatch(build(gallery)));
}
