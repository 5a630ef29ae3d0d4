"""Trains the gallery's tape machine, a causal TCN at 48 kHz, and writes its model and card.

Owns the training of this one model. The target is tape_magnet.py, the material synth.py, the file format
export_onnx.py. Run: python notebooks/gallery/make/train_tape_tcn.py (torch, numpy, scipy, onnx; --help for options).
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

import export_onnx
import tape_magnet
import training
from synth import training_segment

RATE_HZ = 48000
SEGMENT_S = 0.35
SEGMENTS = {'train': 288, 'held-out': 64}
SEEDS = {'train': 11, 'held-out': 12}
CHANNELS, DILATIONS = 16, [1, 2, 4, 8, 16, 32, 64, 128]
LOOK_BEHIND = 2 * sum(DILATIONS)
MODELS = Path(__file__).resolve().parent.parent / 'models'


class TapeTcn(torch.nn.Module):
    """h ← h + mix(tanh(conv(h))) per dilation, y = out(h) + s · x; the past is zeros; tensors [batch, 1, frame]."""

    def __init__(self):
        super().__init__()
        self.lift = torch.nn.Conv1d(1, CHANNELS, 1, bias=False)
        self.conv = torch.nn.ModuleList(torch.nn.Conv1d(CHANNELS, CHANNELS, 3, dilation=d) for d in DILATIONS)
        self.mix = torch.nn.ModuleList(torch.nn.Conv1d(CHANNELS, CHANNELS, 1, bias=False) for _ in DILATIONS)
        self.out = torch.nn.Conv1d(CHANNELS, 1, 1)
        torch.nn.init.zeros_(self.out.weight)  # starts as y = x: quiet segments would drown in a random output
        torch.nn.init.zeros_(self.out.bias)
        self.skip = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        h = self.lift(x)
        for conv, mix, dilation in zip(self.conv, self.mix, DILATIONS):
            h = h + mix(torch.tanh(conv(torch.nn.functional.pad(h, (2 * dilation, 0)))))
        return self.out(h) + self.skip * x


def load_data(cache: Path | None) -> tuple[torch.Tensor, torch.Tensor]:
    """x and target as float32 [segments, 1, frames], training first; simulates unless `cache` already holds them."""
    if cache and cache.exists():
        arrays = np.load(cache)
        x, target = arrays['x'], arrays['target']
    else:
        rngs = {part: np.random.default_rng(SEEDS[part]) for part in SEGMENTS}
        x = np.array([training_segment(SEGMENT_S, RATE_HZ, rngs[part])
                      for part, count in SEGMENTS.items() for _ in range(count)], dtype=np.float32).astype(float)
        start = time.time()
        target = tape_magnet.simulate(x, RATE_HZ)
        print(f'tape: {x.size / RATE_HZ:.0f} s of audio in {time.time() - start:.0f} s, '
              f'peak {np.abs(target).max():.3f}', flush=True)
        if cache:
            np.savez(cache, x=x, target=target)
    return tuple(torch.tensor(a, dtype=torch.float32)[:, None] for a in (x, target))


def train(model: TapeTcn, x, target, updates: int, batch: int = 8, length: int = 3072) -> float:
    """Random windows; the first look-behind of a window counts only at the start of a segment. Returns seconds."""
    rng = np.random.default_rng(SEEDS['train'] + 100)
    optimiser = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=updates, pct_start=0.1)
    start, losses = time.time(), []
    for update in range(updates):
        at_start = update % 8 == 0
        begins = np.zeros(batch, int) if at_start else rng.integers(0, x.shape[2] - length - LOOK_BEHIND, batch)
        rows = rng.integers(0, len(x), batch)
        sound, wanted = (torch.stack([part[row, :, begin:begin + length + LOOK_BEHIND]
                                      for row, begin in zip(rows, begins)]) for part in (x, target))
        output = model(sound)
        skip = 0 if at_start else LOOK_BEHIND
        loss = training.loss_of(output[..., skip:].mT, wanted[..., skip:].mT)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (update + 1) % 100 == 0:
            print(f'update {update + 1}/{updates}: loss {np.mean(losses[-100:]):.5f}, {time.time() - start:.0f} s',
                  flush=True)
    return time.time() - start


CARD = '''
# Tape machine, TCN

A causal convolutional network that records and plays back tape: it rounds peaks softly, thickens and darkens.

| | |
|---|---|
| file | `tape-tcn.onnx`, any block, added latency 0 samples |
| native sample rate | 48,000 Hz, mono |
| audio | `x` [1, 1, N] → `y` [1, 1, N] |
| params | none: the input's level is the drive |
| states | `past_<i>_in` → `past_<i>_out` [1, 16, 2·2^i], i = 0…7, zero at the start |
| licence | BSD-3-Clause, as this repository, whose scripts make data, target and weights |

**Target.** Simulated tape, `../make/tape_magnet.py`: Jiles–Atherton hysteresis with AC bias at 96 kHz, integrated
at 768 kHz by Runge–Kutta of order four in float64, then spacing, coating and gap loss of the playback head at 15
inches per second as a minimum-phase filter, after Jatin Chowdhury, "Real-time physical modelling for analog tape
machines" (DAFx-19). Full scale in is a field of 160 kA/m. Quiet sound comes out 2 dB louder than it went in, full
scale 3.5 dB quieter. No wow, flutter or hiss. It was not measured on any real machine.

**Data.** Synthesised by `../make/synth.py` from a seed: plucked notes and chords (70 %), sweeps, noise and tones,
peaks from −30 to 0 dBFS. Held-out: the same generators, another seed.

**Network.** Eight dilated causal convolutions, kernel 3, 16 channels, dilation 1…128, tanh, residual; look-behind
510 frames.

**Loss.** Error-to-signal ratio behind the pre-emphasis 1 − 0.85 z⁻¹, half the plain one, and a DC term (after
Wright et al., 2020), per segment and with a floor at −40 dBFS.

**Limits.** Hysteresis remembers without end, the network 11 ms. Loud sweeps and noise above several kHz carry most
of the error (1 % ESR in the worst segment). Full-band input near 20 kHz was not trained; without oversampling, loud
high notes may alias.

**Again.** `python notebooks/gallery/make/train_tape_tcn.py` (torch 2.13, numpy, scipy, onnx). Another kind of CPU
may round differently, so new weights can differ in their last digits.
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--updates', type=int, default=900)
    parser.add_argument('--cache', type=Path, help='an .npz file for the simulated target, made when missing')
    parser.add_argument('--out', type=Path, default=MODELS, help='folder for the model and its card')
    options = parser.parse_args()
    training.seed_all(4)
    x, target = load_data(options.cache)
    split = SEGMENTS['train']
    model = TapeTcn()
    seconds = train(model, x[:split], target[:split], options.updates)
    with torch.no_grad():
        output = torch.cat([model(row[None]) for row in x[split:]])
        quiet = model(torch.zeros(1, 1, RATE_HZ))
    figures = training.figures_of(output[:, 0].numpy(), target[split:, 0].numpy())
    figures['Start in silence, peak (dBFS)'] = 20 * np.log10(float(quiet.abs().max()) + 1e-12)
    figures['Idle output after 1 s (dBFS)'] = 20 * np.log10(float(quiet[0, 0, -1].abs()) + 1e-12)
    path = options.out / 'tape-tcn.onnx'
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    size = export_onnx.write_tcn(path, weights, DILATIONS, {
        'name': 'Tape machine TCN', 'licence': 'BSD-3-Clause', 'source': 'notebooks/gallery/make/train_tape_tcn.py',
        'description': 'Magnetic tape with AC bias, trained on a simulated hysteresis; see tape-tcn.md.'})
    training.write_card(path.with_suffix('.md'), CARD, figures, {
        'training audio': f'{split * SEGMENT_S:.0f} s in {split} segments, seed {SEEDS["train"]}',
        'held-out audio': f'{SEGMENTS["held-out"] * SEGMENT_S:.0f} s in {SEGMENTS["held-out"]} segments, '
                          f'seed {SEEDS["held-out"]}',
        'updates': options.updates, 'weights': sum(w.size for w in weights.values()), 'file size (bytes)': size})
    print(f'trained in {seconds:.0f} s; {path.name}: {size} bytes')
    for name, value in figures.items():
        print(f'  {name}: {value:.3g}')


if __name__ == '__main__':
    main()
