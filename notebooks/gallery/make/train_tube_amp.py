"""Trains the gallery's tube amplifier, a GRU of 32 units at 44.1 kHz with a drive param, and writes model and card.

Owns the training of this one model. The target is tube_circuit.py, the material synth.py, the file format
export_onnx.py. Run: python notebooks/gallery/make/train_tube_amp.py (torch, numpy, scipy, onnx; --help for options).
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

import export_onnx
import training
import tube_circuit
from synth import training_segment

RATE_HZ = 44100
SEGMENT_S = 0.5
SEGMENTS = {'train': 336, 'held-out': 64}
SEEDS = {'train': 1, 'held-out': 2}
MODELS = Path(__file__).resolve().parent.parent / 'models'


def make_material() -> tuple[np.ndarray, np.ndarray]:
    """Input and drive in dB, each [segments, frames], training segments first. In a quarter of them the drive moves."""
    x, drive = [], []
    for part, count in SEGMENTS.items():
        rng = np.random.default_rng(SEEDS[part])
        for _ in range(count):
            x.append(training_segment(SEGMENT_S, RATE_HZ, rng))
            start, end = rng.uniform(0, 24, 2)
            drive.append(np.linspace(start, end if rng.random() < 0.25 else start, x[-1].size))
    return np.array(x), np.array(drive)


class TubeAmp(torch.nn.Module):
    """y = w · GRU([g x / 4, drive / 24]) + b + s · x with g = 10^(drive / 20); tensors [batch, frame, 1]."""

    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(2, 32, batch_first=True)
        self.out = torch.nn.Linear(32, 1)
        self.skip = torch.nn.Parameter(torch.tensor(0.2))

    def forward(self, x, drive, h=None):
        driven = x * torch.exp(drive * (np.log(10) / 20)) * 0.25
        features, h = self.gru(torch.cat([driven, drive / 24], 2), h)
        return self.out(features) + self.skip * x, h


def load_data(cache: Path | None) -> tuple[torch.Tensor, ...]:
    """x, drive and target as float32 [segments, frames, 1]; simulates unless `cache` already holds them."""
    if cache and cache.exists():
        arrays = np.load(cache)
        x, drive, target = arrays['x'], arrays['drive'], arrays['target']
    else:
        x, drive = make_material()
        x = x.astype(np.float32).astype(float)
        start = time.time()
        target = tube_circuit.simulate(x, drive, RATE_HZ)
        print(f'circuit: {x.size / RATE_HZ:.0f} s of audio in {time.time() - start:.0f} s, '
              f'peak {np.abs(target).max():.3f}', flush=True)
        if cache:
            np.savez(cache, x=x, drive=drive, target=target)
    return tuple(torch.tensor(a, dtype=torch.float32)[..., None] for a in (x, drive, target))


def train(model: TubeAmp, data, epochs: int, chunk: int = 320, batch: int = 84) -> float:
    """Truncated back-propagation: `chunk` frames at a time, the state carried through a segment. Returns seconds."""
    count, frames = SEGMENTS['train'], data[0].shape[1]
    updates = epochs * -(-count // batch) * (frames // chunk)
    optimiser = torch.optim.Adam(model.parameters(), lr=8e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, total_steps=updates, pct_start=0.1)
    start = time.time()
    for epoch in range(epochs):
        order, losses = torch.randperm(count), []
        for first in range(0, count, batch):
            x, drive, target = (part[order[first:first + batch]] for part in data)
            h = None
            for n in range(0, frames - chunk + 1, chunk):
                output, h = model(x[:, n:n + chunk], drive[:, n:n + chunk], h)
                loss = training.loss_of(output, target[:, n:n + chunk])
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                h = h.detach()
                losses.append(loss.item())
        print(f'epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}, {time.time() - start:.0f} s', flush=True)
    return time.time() - start


CARD = '''
# Tube amplifier, GRU-32

A recurrent network that plays a two-stage tube preamplifier, with a **drive** of 0–24 dB in front of it.

| | |
|---|---|
| file | `tube-amp-gru32.onnx`, any block, added latency 0 samples |
| native sample rate | 44,100 Hz, mono |
| audio | `x` [1, 1, N] → `y` [1, 1, N] |
| param | `drive` [1, 1, N], dB, 0–24, default 9, one value per frame |
| state | `h_in` → `h_out` [1, 1, 32], zero at the start: the distance from the state of rest, so that no click starts it |
| licence | BSD-3-Clause, as this repository, whose scripts make data, target and weights |

**Target.** A simulated circuit, `../make/tube_circuit.py`: two common-cathode 12AX7 stages with cathode bypass,
coupling capacitors, grid current and Miller capacitance, a divider between them and a fixed treble roll-off behind;
plate current by Norman Koren (1996), grid current by Dempwolf & Zölzer (2011), trapezoidal integration at 352.8 kHz
with Newton at every step, in float64. Full scale at 0 dB drive is 0.1 V at the first grid; 140 V at the jack is
full scale out. It was not measured on any real amplifier.

**Data.** Synthesised by `../make/synth.py` from a seed: plucked notes and chords (70 %), sweeps, noise and tones,
peaks from −30 to 0 dBFS, drive uniform in 0–24 dB, moving in a quarter of the segments. Held-out: the same
generators, another seed.

**Network.** GRU, 32 units, fed with [g·x/4, drive/24], g = 10^(drive/20); a linear layer; a learned share of x
beside it.

**Loss.** Error-to-signal ratio behind the pre-emphasis 1 − 0.85 z⁻¹, half the plain one, and a DC term (after
Wright et al., 2020), per segment and with a floor at −40 dBFS.

**Limits.** Full-band input near 20 kHz and drive outside 0–24 dB were not trained. It runs at its own rate only: a
44.1 kHz model without oversampling, so strong drive on high notes may alias. The error grows with drive; from
24 dB it starts with a faint bump, since it rests at 9 dB (figures below).

**Again.** `python notebooks/gallery/make/train_tube_amp.py` (torch 2.13, numpy, scipy, onnx). Another kind of CPU
may round differently, so new weights can differ in their last digits.
'''


def resting_state(model: TubeAmp) -> torch.Tensor:
    """The GRU's state [1, 1, 32] after a second of silence at the default drive: where the written model starts."""
    with torch.no_grad():
        return model(torch.zeros(1, RATE_HZ, 1), torch.full((1, RATE_HZ, 1), 9.0))[1]


def measure(model: TubeAmp, rest: torch.Tensor, x, drive, target) -> dict[str, float]:
    """Held-out figures of the model as it is written: started from rest."""
    with torch.no_grad():
        output, _ = model(x, drive, rest.expand(-1, len(x), -1).contiguous())
        quiet = {db: model(torch.zeros(1, RATE_HZ, 1), torch.full((1, RATE_HZ, 1), db), rest)[0] for db in (9.0, 24.0)}
    figures = training.figures_of(output[..., 0].numpy(), target[..., 0].numpy())
    error, power = ((output - target) ** 2)[..., 0].sum(1), (target ** 2)[..., 0].sum(1)
    for low in (0, 8, 16):
        chosen = (drive.mean((1, 2)) >= low) & (drive.mean((1, 2)) < low + 8)
        figures[f'ESR, drive {low}–{low + 8} dB (%)'] = 100 * float(error[chosen].sum() / power[chosen].sum())
    for db, output in quiet.items():
        figures[f'Silence, drive {db:.0f} dB, peak (dBFS)'] = 20 * np.log10(float(output.abs().max()) + 1e-12)
    return figures


def write(model: TubeAmp, rest: torch.Tensor, figures: dict[str, float], epochs: int, folder: Path) -> None:
    """Writes the model and its card into `folder` and prints the figures."""
    path = folder / 'tube-amp-gru32.onnx'
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    size = export_onnx.write_gru_amp(path, weights, rest.numpy(), {
        'name': 'Tube amplifier GRU-32', 'licence': 'BSD-3-Clause', 'source': 'notebooks/gallery/make/train_tube_amp.py',
        'description': 'Two 12AX7 stages with drive, trained on a simulated circuit; see tube-amp-gru32.md.'})
    seconds = {part: f'{count * SEGMENT_S:.0f} s in {count} segments, seed {SEEDS[part]}'
               for part, count in SEGMENTS.items()}
    training.write_card(path.with_suffix('.md'), CARD, figures, {
        'training audio': seconds['train'], 'held-out audio': seconds['held-out'], 'epochs': epochs,
        'weights': sum(w.size for w in weights.values()), 'file size (bytes)': size})
    for name, value in figures.items():
        print(f'{name}: {value:.3g}')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--epochs', type=int, default=7)
    parser.add_argument('--cache', type=Path, help='an .npz file for the simulated target, made when missing')
    parser.add_argument('--out', type=Path, default=MODELS, help='folder for the model and its card')
    options = parser.parse_args()
    training.seed_all(3)
    data = load_data(options.cache)
    split = SEGMENTS['train']
    model = TubeAmp()
    print(f'trained in {train(model, [part[:split] for part in data], options.epochs):.0f} s')
    rest = resting_state(model)
    write(model, rest, measure(model, rest, *(part[split:] for part in data)), options.epochs, options.out)


if __name__ == '__main__':
    main()
