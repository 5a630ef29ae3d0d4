"""Trains the gallery's speech denoiser, a GRU on spectrum frames at 16 kHz, and writes its model and card.

Owns the training of this one model. The material is noisy_speech.py's, the file format export_denoiser.py's. Run:
python notebooks/gallery/make/train_denoiser.py (torch, numpy, scipy, onnx, espeakng-loader; --help for options).
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

import export_denoiser
import training
from espeak_voice import EspeakVoice
from noisy_speech import NOISES, RATE_HZ, mix, noise, speech

WINDOW, HOP = export_denoiser.WINDOW, export_denoiser.HOP
UNITS = 48
SEGMENT_S, WINDOW_S, HELD_OUT_S = 4, 3, 6
SEGMENTS = {'speech': 1000, 'noise': 300}  # noise: of each kind
SNRS_DB, CLIPS_EACH = [-5, 0, 5, 10, 15], 6  # held-out clips of each kind of noise at each ratio
SEEDS = {'train': 31, 'held-out': 32}
MODELS = Path(__file__).resolve().parent.parent / 'models'
ROOT_HANN = torch.hann_window(WINDOW, periodic=True).sqrt()


class Denoiser(torch.nn.Module):
    """Log band power → GRU → a gain 0–1 for each band, spread over the bins; spectra [batch, frame, 257] complex."""

    def __init__(self):
        super().__init__()
        spread = torch.tensor(export_denoiser.band_shapes(), dtype=torch.float32)
        self.register_buffer('spread', spread)
        self.register_buffer('centre', torch.zeros(len(spread)))
        self.register_buffer('scale', torch.ones(len(spread)))
        self.gru = torch.nn.GRU(len(spread), UNITS, batch_first=True)
        self.out = torch.nn.Linear(UNITS + len(spread), len(spread))
        torch.nn.init.constant_(self.out.bias, 1.0)  # starts by letting most pass

    def log_power(self, spectrum):
        power = (spectrum.real ** 2 + spectrum.imag ** 2) @ self.spread.T / self.spread.sum(1)
        return torch.log(power + export_denoiser.POWER_FLOOR)

    def forward(self, spectrum, state=None):
        features = (self.log_power(spectrum) - self.centre) * self.scale
        hidden, state = self.gru(features, state)
        gains = torch.sigmoid(self.out(torch.cat([hidden, features], -1)))
        return gains @ self.spread, state


def stft(x: torch.Tensor) -> torch.Tensor:
    """[batch, frames] → complex [batch, frame, 257]; not scaled, no padding."""
    return torch.stft(x, WINDOW, HOP, window=ROOT_HANN, center=False, return_complex=True).mT


def istft(spectrum: torch.Tensor) -> torch.Tensor:
    """The overlap-add of windowed inverse transforms; whole except in the first and the last hop."""
    pieces = torch.fft.irfft(spectrum, WINDOW) * ROOT_HANN
    pad = torch.nn.functional.pad
    return (pad(pieces[..., :HOP], (0, 0, 0, 1)) + pad(pieces[..., HOP:], (0, 0, 1, 0))).flatten(1)


def make_material(cache: Path | None) -> dict[str, np.ndarray]:
    """Training speech and noise [segments, frames] of level 1 and held-out pairs; spoken and drawn unless cached."""
    if cache and cache.exists():
        return dict(np.load(cache))
    voice, start = EspeakVoice(), time.time()
    rng = np.random.default_rng(SEEDS['train'])
    parts = {'speech': [speech(voice, SEGMENT_S, 'train', rng) for _ in range(SEGMENTS['speech'])],
             'noise': [noise(voice, kind, SEGMENT_S, 'train', rng) for kind in NOISES
                       for _ in range(SEGMENTS['noise'])]}
    rng = np.random.default_rng(SEEDS['held-out'])
    pairs = [mix(speech(voice, HELD_OUT_S, 'held-out', rng), noise(voice, kind, HELD_OUT_S, 'held-out', rng), snr,
                 rng.uniform(-32, -18)) for snr in SNRS_DB for kind in NOISES for _ in range(CLIPS_EACH)]
    parts |= {'noisy': [noisy for noisy, _ in pairs], 'clean': [clean for _, clean in pairs]}
    material = {name: np.array(rows, dtype=np.float32) for name, rows in parts.items()}
    print(f'material in {time.time() - start:.0f} s', flush=True)
    if cache:
        np.savez(cache, **material)
    return material


def draw_batch(material, size: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """(noisy, clean) [size, frames]: any speech with any noise, now and then two, −8 to 20 dB, or hardly any."""
    first = rng.integers(material['speech'].shape[1] - WINDOW_S * RATE_HZ)
    clean = material['speech'][rng.integers(len(material['speech']), size=size), first:first + WINDOW_S * RATE_HZ]
    noises = material['noise']
    first = rng.integers(noises.shape[1] - WINDOW_S * RATE_HZ)
    disturbance, other = noises[rng.integers(len(noises), size=(2, size)), first:first + WINDOW_S * RATE_HZ]
    disturbance = disturbance + other * (rng.random((size, 1)) < 0.2) * rng.uniform(0.2, 1, (size, 1))
    snr = np.where(rng.random((size, 1)) < 0.06, 45, rng.uniform(-8, 20, (size, 1)))
    level = 10 ** (rng.uniform(-42, -14, (size, 1)) / 20)
    clean = clean * level * (rng.random((size, 1)) > 0.03)
    noisy = clean + disturbance * level * 10 ** (-snr / 20)
    return torch.tensor(noisy, dtype=torch.float32), torch.tensor(clean, dtype=torch.float32)


def si_sdr_db(estimate: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., ICASSP 2019) of [batch, frames], in dB each."""
    share = (estimate * clean).sum(1, keepdim=True) / (clean ** 2).sum(1, keepdim=True).clamp_min(1e-9)
    wanted = share * clean
    return 10 * torch.log10((wanted ** 2).sum(1).clamp_min(1e-9) / ((estimate - wanted) ** 2).sum(1).clamp_min(1e-9))


def loss_of(enhanced: torch.Tensor, clean: torch.Tensor, noisy: torch.Tensor) -> torch.Tensor:
    """Error of magnitudes^0.5, and of spectra with that magnitude, after Braun & Tashev (2021), at a common level."""
    level = (clean.abs().pow(2) + 0.1 * noisy.abs().pow(2)).mean((1, 2), keepdim=True).sqrt()
    a, b = enhanced / level, clean / level
    size_a, size_b = (a.abs() + 1e-4) ** 0.5, (b.abs() + 1e-4) ** 0.5
    turned = a * (size_a / (a.abs() + 1e-4)) - b * (size_b / (b.abs() + 1e-4))
    return 0.7 * (size_a - size_b).pow(2).mean() + 0.3 * (turned.real ** 2 + turned.imag ** 2).mean()


def train(model: Denoiser, material, updates: int, checkpoint: Path | None, batch: int = 16) -> float:
    """Adam, one cycle; an SI-SDR term joins for those clips that hold speech. Returns seconds."""
    rng = np.random.default_rng(SEEDS['train'] + 100)
    with torch.no_grad():
        seen = model.log_power(stft(draw_batch(material, 200, rng)[0])).flatten(0, 1)
        model.centre.copy_(seen.mean(0))
        model.scale.copy_(1 / seen.std(0))
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=updates, pct_start=0.1)
    start, losses = time.time(), []
    for update in range(updates):
        noisy, clean = draw_batch(material, batch, rng)
        spectrum, target = stft(noisy), stft(clean)
        enhanced = model(spectrum)[0] * spectrum
        loss = loss_of(enhanced, target, spectrum)
        speaks = clean.abs().amax(1) > 0
        sounds = istft(enhanced[speaks])
        loss = loss - 0.02 * si_sdr_db(sounds, istft(target[speaks])).clamp_max(30).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (update + 1) % 50 == 0:
            print(f'update {update + 1}/{updates}: loss {np.mean(losses[-50:]):.5f}, {time.time() - start:.0f} s',
                  flush=True)
            if checkpoint:
                torch.save(model.state_dict(), checkpoint)
    return time.time() - start


def held_out_figures(model: Denoiser, material) -> dict[str, float]:
    """SI-SDR before and after, by ratio and by noise, beside what gains by the clip's own truth would reach."""
    noisy, clean = torch.tensor(material['noisy']), torch.tensor(material['clean'])
    with torch.no_grad():
        spectrum, target = stft(noisy), stft(clean)
        enhanced = model(spectrum)[0] * spectrum
        ideal = torch.exp(0.5 * (model.log_power(target) - model.log_power(spectrum))).clamp(0, 1) @ model.spread
        kept = model(target)[0] * target
        reference = istft(target)
        before, after = si_sdr_db(istft(spectrum), reference), si_sdr_db(istft(enhanced), reference)
        best, untouched = si_sdr_db(istft(ideal * spectrum), reference), si_sdr_db(istft(kept), reference)
        pause = reference.unfold(1, HOP, HOP).pow(2).mean(2)
        pause = pause < 1e-5 * pause.mean(1, keepdim=True)

        def in_pauses(sound):
            return (istft(sound).unfold(1, HOP, HOP).pow(2).mean(2) * pause).sum()

        quieter = 10 * torch.log10(in_pauses(spectrum) / in_pauses(enhanced))
    shape = (len(SNRS_DB), len(NOISES), CLIPS_EACH)
    before, after, best = (v.reshape(shape).numpy() for v in (before, after, best))
    figures = {}
    for i, snr in enumerate(SNRS_DB):
        figures |= {f'SI-SDR at {snr} dB: before (dB)': before[i].mean(),
                    f'SI-SDR at {snr} dB: after (dB)': after[i].mean(),
                    f'SI-SDR at {snr} dB: improvement (dB)': (after - before)[i].mean(),
                    f'SI-SDR at {snr} dB: improvement by ideal gains of the 32 bands (dB)': (best - before)[i].mean()}
    for j, kind in enumerate(NOISES):
        figures[f'Improvement in {kind} noise, all ratios (dB)'] = (after - before)[:, j].mean()
    figures['Clips made worse (%)'] = 100 * float((after < before).mean())
    figures['Noise in pauses, lowered by (dB)'] = float(quieter)
    figures['Clean speech in: SI-SDR out (dB)'] = float(untouched.mean())
    return {name: float(value) for name, value in figures.items()}


CARD = '''
# Speech denoiser, GRU-48

A recurrent network that hears spectrum frames of speech in noise and turns the noise down, at 16 kHz.

| | |
|---|---|
| file | `speech-denoiser-gru48.onnx`, one spectrum frame a call, added latency 0 frames |
| native sample rate | 16,000 Hz, mono |
| STFT | window 512, root of the periodic Hann window both ways, hop 256, bin k = Σ w[n]·x[n]·e^(−2πikn/512), unscaled |
| spectrum | `spectrum` [1, 257, 2] (real, imaginary) → `enhanced` [1, 257, 2]: each bin times a real gain of 0–1 |
| params | none |
| state | `h_in` → `h_out` [1, 1, 48], zero at the start |
| licence | BSD-3-Clause, as this repository, whose scripts make data and weights |

**Data.** No recording of a person. Speech spoken by espeak-ng (a program under the GPL; its voices synthesise by
formants), our own sentences, voices of 8 languages and accents reading English in 25 variants, 120–220 words a minute,
half of it with a little synthetic room. Noise from seeded scripts: coloured noise that swells, babble of five to nine of
these voices, mains hum, clicks, fan. Ratio −8…20 dB, speech at −42…−14 dBFS. Held-out: other voice variants, mostly
other words, another seed; the same kinds of noise.

**Network.** Power in 32 bands, from 62 Hz wide at the bottom to 650 Hz at the top; its logarithm, centred; a GRU of 48
units; a linear layer over state and bands; a sigmoid gain for each band, spread over the bins by triangles.

**Loss.** Error of the roots of the magnitudes, and of spectra of that magnitude (after Braun & Tashev, 2021), and
SI-SDR, 0.02 a dB.

**Limits.** Trained on synthetic voices alone: people's speech, music and singing were never trained or measured. Gains
by band can't part a voice from noise between its harmonics, nor one voice from others: babble does not improve, and a
tenth of all clips comes out worse than it went in (figures below). The phase stays noisy. Ratio: active speech level
(the louder half of 20 ms pieces) to noise, so SI-SDR before differs from it. SI-SDR after Le Roux et al. (2019).

**Again.** `python notebooks/gallery/make/train_denoiser.py` (torch 2.13, numpy, scipy, onnx, espeakng-loader 0.2.4).
Another kind of CPU may round differently, so new weights can differ.
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--updates', type=int, default=1800)
    parser.add_argument('--cache', type=Path, help='an .npz file for speech and noise, made when missing')
    parser.add_argument('--checkpoint', type=Path, help='a file for the weights so far')
    parser.add_argument('--trained', type=Path, help='such a file, to measure and write instead of training')
    parser.add_argument('--out', type=Path, default=MODELS, help='folder for the model and its card')
    options = parser.parse_args()
    training.seed_all(7)
    material = make_material(options.cache)
    model = Denoiser()
    if options.trained:
        model.load_state_dict(torch.load(options.trained))
    else:
        print(f'trained in {train(model, material, options.updates, options.checkpoint):.0f} s')
    figures = held_out_figures(model.eval(), material)
    path = options.out / 'speech-denoiser-gru48.onnx'
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    size = export_denoiser.write_denoiser(path, weights, {
        'name': 'Speech denoiser GRU-48', 'licence': 'BSD-3-Clause',
        'source': 'notebooks/gallery/make/train_denoiser.py',
        'description': 'Gains for spectrum frames of noisy speech, trained on espeak-ng voices; '
                       'see speech-denoiser-gru48.md.'})
    training.write_card(path.with_suffix('.md'), CARD, figures, {
        'training speech': f'{SEGMENTS["speech"] * SEGMENT_S / 60:.0f} min, seed {SEEDS["train"]}',
        'training noise': f'{SEGMENTS["noise"] * len(NOISES) * SEGMENT_S / 60:.0f} min',
        'held-out clips': f'{len(material["noisy"])} of {HELD_OUT_S} s, seed {SEEDS["held-out"]}',
        'updates': options.updates, 'weights': sum(p.numel() for p in model.parameters()), 'file size (bytes)': size})
    for name, value in figures.items():
        print(f'  {name}: {value:.3g}')


if __name__ == '__main__':
    main()
