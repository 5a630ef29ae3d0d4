"""Trains the gallery's autoencoder, four latents at 48 kHz, and writes its two models and their card.

Owns the training of this one pair. Layers and file format are export_autoencoder.py's, the material instruments.py's.
Run: python notebooks/gallery/make/train_autoencoder.py (torch, numpy, scipy, onnx; --help for options).
"""
import argparse
import time
import wave
from pathlib import Path

import numpy as np
import torch

import export_autoencoder
import training
from export_autoencoder import BLOCK_FRAMES, DECODER, ENCODER, HOP, LATENTS, RATE_HZ, SLOPE
from instruments import harmonic_note, passage
from synth import midi_hz

SECONDS, PASSAGES = 1.5, {'train': 640, 'held-out': 80}
SEEDS = {'train': 21, 'held-out': 22}
WINDOWS = [256, 1024, 4096]
#: The finish adds an error of level to the loss, since what can't be matched in its phase comes out too quiet without.
UPDATES = {'first': 2400, 'finish': 400}
#: Up to here the waveform counts, not only its spectrum: 4 numbers each 128 frames could carry 750 Hz.
WAVEFORM_HZ = 600
GALLERY = Path(__file__).resolve().parent.parent


class Half(torch.nn.Module):
    """Encoder or decoder on a whole sound [batch, channel, frame] with a past of zeros: all its blocks at once."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.weights = torch.nn.ParameterDict()
        for layer in layers:
            gain = 1.0 if layer.is_residual or not layer.is_bent else 1.4
            weight = torch.randn(layer.shape) * gain / (layer.before * layer.kernel) ** 0.5
            self.weights[layer.name] = weight * (0.3 if layer.is_residual else 1)

    def forward(self, x):
        for layer in self.layers:
            padded = torch.nn.functional.pad(x, (layer.past, 0))
            weight = self.weights[layer.name]
            y = torch.nn.functional.conv1d(padded, weight, stride=layer.stride, dilation=layer.dilation)
            if layer.rise > 1:
                y = y.unflatten(1, (layer.after, layer.rise)).mT.flatten(2)
            if layer.is_bent:
                y = torch.nn.functional.leaky_relu(y, SLOPE)
            x = x + y if layer.is_residual else y
        return x


def spectra(y: torch.Tensor) -> list[torch.Tensor]:
    """Magnitudes of [batch, frames] in the three resolutions, so that noise of RMS 1 is about 1 in each bin."""
    return [torch.stft(y, window, window // 4, window=torch.hann_window(window), return_complex=True,
                       normalized=False).abs() / (0.375 * window) ** 0.5 for window in WINDOWS]


def loss_of(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Distance of magnitudes, linear and in logarithm, in three resolutions, and of the waveform's bottom."""
    level = target.pow(2).mean(1, keepdim=True).sqrt() + 1e-5
    output, target = output / level, target / level
    total = 0
    for a, b in zip(spectra(output), spectra(target)):
        total = total + (a - b).pow(2).sum((1, 2)).sqrt().div(b.pow(2).sum((1, 2)).sqrt()).mean() / len(WINDOWS)
        total = total + 0.7 * ((a + 0.01).log() - (b + 0.01).log()).abs().mean() / len(WINDOWS)
    f = torch.fft.rfftfreq(target.shape[1], 1 / RATE_HZ)
    weight = 1 / (1 + (f / WAVEFORM_HZ) ** 6)
    wrong, right = (torch.fft.rfft(y).abs() * weight for y in (output - target, target))
    bottom = wrong.pow(2).sum(1) / (right.pow(2).sum(1) + 0.05 * torch.fft.rfft(target).abs().pow(2).sum(1))
    return total + (bottom + 1e-4).sqrt().mean()


def level_error(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean difference of the logarithm of the RMS of 2048 frames, with a floor 30 dB below the whole."""
    floor = 0.001 * target.pow(2).mean(1, keepdim=True)
    a, b = (y.unfold(1, BLOCK_FRAMES, BLOCK_FRAMES).pow(2).mean(2) + floor for y in (output, target))
    return 0.5 * (a.log() - b.log()).abs().mean()


def load_data(cache: Path | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Training and held-out passages, float32 [passages, frames]; played unless `cache` already holds them."""
    if cache and cache.exists():
        arrays = np.load(cache)
        return tuple(torch.tensor(arrays[part]) for part in ('train', 'heldout'))
    start, parts = time.time(), []
    for part, count in PASSAGES.items():
        rng = np.random.default_rng(SEEDS[part])
        parts.append(np.array([passage(SECONDS, RATE_HZ, rng) for _ in range(count)], dtype=np.float32))
    print(f'material in {time.time() - start:.0f} s', flush=True)
    if cache:
        np.savez(cache, train=parts[0], heldout=parts[1])
    return tuple(torch.tensor(part) for part in parts)


def train(encoder: Half, decoder: Half, sounds, phase: str, updates: int, checkpoint: Path | None,
          batch: int = 6, length: int = 12) -> float:
    """Random windows of `length` blocks; the first block of each only fills the past. Returns seconds."""
    seed, rate, weighs_level = {'first': (100, 2e-3, 0), 'finish': (200, 6e-4, 1)}[phase]
    if phase == 'finish':
        training.seed_all(seed)  # the same whether the first phase ran just now or long ago
    rng = np.random.default_rng(SEEDS['train'] + seed)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.Adam(weights, lr=rate, betas=(0.8, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=updates, pct_start=0.05)
    start, losses = time.time(), []
    for update in range(updates):
        frames = length * BLOCK_FRAMES
        rows, begins = rng.integers(0, len(sounds), batch), rng.integers(0, sounds.shape[1] - frames, batch)
        x = torch.stack([sounds[row, begin:begin + frames] for row, begin in zip(rows, begins)])
        x = x * torch.tensor(rng.choice([-1.0, 1.0], (batch, 1)), dtype=torch.float32)
        x = x / (x.pow(2).mean(1, keepdim=True).sqrt() + 1e-3)
        z = encoder(x[:, None])
        blur = 0.02 * z.detach().pow(2).mean((0, 2), keepdim=True).sqrt()
        y = decoder(z + blur * torch.randn_like(z))[:, 0]
        y, x = y[:, BLOCK_FRAMES:], x[:, BLOCK_FRAMES:]
        loss = loss_of(y, x) + weighs_level * level_error(y, x)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (update + 1) % 100 == 0:
            print(f'{phase}: update {update + 1}/{updates}: loss {np.mean(losses[-100:]):.4f}, {time.time() - start:.0f} s',
                  flush=True)
            if checkpoint:
                torch.save([encoder.state_dict(), decoder.state_dict()], checkpoint)
    return time.time() - start


def order_latents(encoder: Half, decoder: Half, sounds: torch.Tensor) -> None:
    """Turns the latents, which changes no sound: uncorrelated, the strongest first, RMS 1 for a sound of RMS 0.1."""
    with torch.no_grad():
        z = torch.cat([encoder(row[None, None])[0] for row in sounds[:100]], 1).double()
        powers, axes = torch.linalg.eigh(z @ z.T / z.shape[1])
        into = (axes / powers.sqrt()).T.flip(0)
        first, last = encoder.weights['latent'], decoder.weights['latent']
        first.copy_(torch.einsum('ji,ick->jck', into, first.double()))
        last.copy_(torch.einsum('oik,ij->ojk', last.double(), torch.linalg.inv(into)))


def distance_db(output: torch.Tensor, target: torch.Tensor) -> float:
    """Mean distance of spectra in dB over bins, frames and three resolutions; 40 dB below the sound all is alike."""
    level = target.pow(2).mean(1, keepdim=True).sqrt() + 1e-9
    return float(np.mean([20 * (torch.log10(a + 0.01) - torch.log10(b + 0.01)).abs().mean().item()
                          for a, b in zip(spectra(output / level), spectra(target / level))]))


def low_passed(x: torch.Tensor) -> torch.Tensor:
    """What as many numbers a second as the latents hold by plain decimation: all below 750 Hz, nothing above."""
    f = torch.fft.rfftfreq(x.shape[1], 1 / RATE_HZ)
    return torch.fft.irfft(torch.fft.rfft(x) * (f < LATENTS * RATE_HZ / HOP / 2), x.shape[1])


def pitch_hz(y: np.ndarray) -> float:
    """The lag of the first strong peak of the autocorrelation, 50–1600 Hz, as a frequency."""
    power = np.abs(np.fft.rfft(y * np.hanning(y.size), 2 * y.size)) ** 2
    correlation = np.fft.irfft(power)[:RATE_HZ // 50]
    lags = np.arange(RATE_HZ // 1600, correlation.size - 1)
    middle = correlation[lags]
    is_peak = (middle > correlation[lags - 1]) & (middle >= correlation[lags + 1])
    if not is_peak.any():
        return 1.0
    peaks = lags[is_peak]
    lag = peaks[np.argmax(correlation[peaks] > 0.85 * correlation[peaks].max())]
    a, b, c = correlation[lag - 1:lag + 2]
    return RATE_HZ / (lag + 0.5 * (a - c) / (a - 2 * b + c))


def held_out_figures(encoder: Half, decoder: Half, sounds: torch.Tensor) -> dict[str, float]:
    """Distances beside trivial ones; pitch, loudness and brightness of what comes back; the gallery's sounds."""
    def through(x):
        with torch.no_grad():
            return torch.cat([decoder(encoder(row[None, None]))[0] for row in x])

    def compared(x, y, name):
        return {f'Spectral distance, {name} (dB)': distance_db(y, x),
                f'… of the sound below 750 Hz, {name} (dB)': distance_db(low_passed(x), x),
                f'… of silence, {name} (dB)': distance_db(0 * x, x)}

    sounds = sounds[:, :sounds.shape[1] // BLOCK_FRAMES * BLOCK_FRAMES]
    y = through(sounds)
    figures = compared(sounds, y, 'held-out')
    pieces, made = (v[:, :v.shape[1] // 4096 * 4096].reshape(-1, 4096).numpy() for v in (sounds, y))
    loud = np.sqrt((pieces ** 2).mean(1)) > 0.01
    levels, made_levels = (10 * np.log10((v[loud] ** 2).mean(1) + 1e-9) for v in (pieces, made))
    figures['Loudness of 85 ms pieces, mean error (dB)'] = np.abs(levels - made_levels).mean()
    f = np.fft.rfftfreq(4096, 1 / RATE_HZ)

    def centroid(v):
        power = np.abs(np.fft.rfft(v[loud] * np.hanning(4096))) ** 2
        return np.log2((power * f).sum(1) / (power.sum(1) + 1e-12) + 1)

    figures['Brightness (spectral centroid), correlation'] = np.corrcoef(centroid(pieces), centroid(made))[0, 1]
    figures['Brightness, mean error (octaves)'] = np.abs(centroid(pieces) - centroid(made)).mean()
    rng = np.random.default_rng(SEEDS['held-out'] + 100)
    for name, low, high in (('40–64', 40, 64), ('64–84', 64, 84)):
        tones = np.array([0.3 * harmonic_note(midi_hz(rng.uniform(low, high)), 0.7, RATE_HZ, rng)[:16 * BLOCK_FRAMES]
                          for _ in range(60)], dtype=np.float32)
        back = through(torch.tensor(tones)).numpy()
        cents = [1200 * np.log2(pitch_hz(b[4000:20000]) / pitch_hz(a[4000:20000])) for a, b in zip(tones, back)]
        figures[f'Tones (MIDI {name}) whose pitch comes back within 50 cents (%)'] = 100 * np.mean(np.abs(cents) < 50)
    for name in ('guitar-di', 'drum-loop', 'voice'):
        with wave.open(str(GALLERY / 'audio' / f'{name}.wav')) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), '<i2').reshape(-1, file.getnchannels())
        x = torch.tensor(samples.mean(1)[None] / 32768, dtype=torch.float32)
        x = x[:, :x.shape[1] // BLOCK_FRAMES * BLOCK_FRAMES]
        figures |= compared(x, through(x), name)
    return {name: float(value) for name, value in figures.items()}


CARD = '''
# Autoencoder with four latents

A pair of small causal convolutional networks: the encoder squeezes a block of sound into four numbers each 128 frames,
the decoder makes sound of them again. Low-fi on purpose: what passes through so narrow a place is pitch, loudness and
brightness, roughly. Between the two the latents can be scaled, moved, mixed.

| | |
|---|---|
| files | `autoencoder-encoder.onnx`, `autoencoder-decoder.onnx`; native block 2048 frames, added latency 0 samples |
| native sample rate | 48,000 Hz, mono |
| encoder | `x` [1, 1, 2048] → `z` [1, 4, 16]: four latents, 16 steps of 128 frames |
| decoder | `z` [1, 4, 16] → `y` [1, 1, 2048] |
| params | none: the latents are the knobs |
| states | `<layer>_past_in` → `<layer>_past_out`, the past of each convolution, zero at the start: blocks join unheard |
| latents | uncorrelated, the strongest first, RMS about 1 for a sound of RMS 0.1 (−20 dBFS); 0 in silence |
| licence | BSD-3-Clause, as this repository, whose scripts make data and weights |

**Data.** Synthesised by `../make/instruments.py` and `../make/synth.py` from a seed, no recordings: tones of partials
(40 %), plucked strings (22 %), chords (13 %), drums (17 %), swelling noise (8 %), a fifth of the passages two of them at
once. Held-out: the same generators, another seed; and three sounds of the gallery, which other scripts of ours make.

**Network.** Encoder: strides 8, 4, 4 and two residual layers; decoder: the mirror, its rises woven from channels. Leaky
slopes (0.2) and no bias anywhere, so twice as loud in is exactly twice as loud out, and silence is silence. A latent
step hears nothing later than its own 128 frames; the decoder hears the last 11 steps or so.

**Loss.** Magnitudes in three resolutions (256, 1024, 4096), linear and logarithmic, and the waveform below 600 Hz;
to finish, also the level of 2048 frames.

**Figures.** Spectral distance: mean difference in dB over bins, frames and the three resolutions, with a floor 40 dB
below the sound. Beside it what costs nothing to build: the same count of numbers a second spent on plain decimation
(all below 750 Hz, nothing above), and silence.

**Limits.** Noise comes back rougher and more tonal; chords blur; the top octaves are a guess. Of the tones above MIDI 64
more than a third change their pitch, below it one in twelve. On the gallery's voice the spectral distance is no better
than plain decimation's. A latent held off zero is a steady tone of 375 Hz with
some DC.

**Again.** `python notebooks/gallery/make/train_autoencoder.py` (torch 2.13, numpy, scipy, onnx). Another kind of CPU
may round differently, so new weights can differ.
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for phase, count in UPDATES.items():
        parser.add_argument(f'--{phase}', type=int, default=count, help='updates, 0 to leave this phase out')
    parser.add_argument('--cache', type=Path, help='an .npz file for the material, made when missing')
    parser.add_argument('--checkpoint', type=Path, help='a file for the weights so far')
    parser.add_argument('--start', type=Path, help='such a file, to start from')
    parser.add_argument('--out', type=Path, default=GALLERY / 'models', help='folder for the models and their card')
    options = parser.parse_args()
    training.seed_all(5)
    sounds, held_out = load_data(options.cache)
    halves = Half(ENCODER), Half(DECODER)
    if options.start:
        for half, weights in zip(halves, torch.load(options.start)):
            half.load_state_dict(weights)
    for phase in UPDATES:
        if count := getattr(options, phase):
            print(f'trained in {train(*halves, sounds, phase, count, options.checkpoint):.0f} s', flush=True)
    order_latents(*halves, sounds)
    figures = held_out_figures(*halves, held_out)
    sizes = []
    for role, layers, half in (('encoder', ENCODER, halves[0]), ('decoder', DECODER, halves[1])):
        weights = {name: value.detach().numpy() for name, value in half.weights.items()}
        sizes.append(export_autoencoder.write_half(options.out / f'autoencoder-{role}.onnx', layers, weights, {
            'name': f'Autoencoder, {role}', 'licence': 'BSD-3-Clause',
            'source': 'notebooks/gallery/make/train_autoencoder.py',
            'description': f'The {role} of a low-fi pair with four latents; see autoencoder.md.'}))
    training.write_card(options.out / 'autoencoder.md', CARD, figures, {
        'training audio': f'{len(sounds) * SECONDS / 60:.0f} min in {len(sounds)} passages, seed {SEEDS["train"]}',
        'held-out audio': f'{len(held_out) * SECONDS / 60:.0f} min, seed {SEEDS["held-out"]}',
        'updates': f'{UPDATES["first"]}, then {UPDATES["finish"]} to finish',
        'weights': sum(p.numel() for half in halves for p in half.parameters()),
        'file sizes (bytes)': f'{sizes[0]} and {sizes[1]}'})
    for name, value in figures.items():
        print(f'  {name}: {value:.3g}')


if __name__ == '__main__':
    main()
