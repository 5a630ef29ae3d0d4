"""What the training scripts share: loss, held-out figures, and the card's frame.

Owns loss and measures after Wright, Damskägg, Juvela & Välimäki, "Real-time guitar amplifier emulation with deep
learning" (Applied Sciences 10(3), 2020): error-to-signal ratio behind a pre-emphasis, plus a DC term. Knows no model.
"""
from pathlib import Path

import numpy as np
import torch

PRE_EMPHASIS = 0.85
#: Mean square below which a stretch of sound stops weighing more as it gets quieter: −40 dBFS.
ENERGY_FLOOR = 1e-4


def emphasise(y):
    """Pre-emphasis 1 − 0.85 z⁻¹ along frames of [segments, frames, …], a tensor or an array; one frame shorter."""
    return y[:, 1:] - PRE_EMPHASIS * y[:, :-1]


def loss_of(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean over segments of emphasised ESR plus DC error, with an energy floor; tensors [segments, frames, 1]."""
    def power(y):
        return y.pow(2).mean((1, 2))

    bright = power(emphasise(output - target)) / (power(emphasise(target)) + ENERGY_FLOOR * (1 - PRE_EMPHASIS))
    plain = power(output - target) / (power(target) + ENERGY_FLOOR)
    dc = (output - target).mean((1, 2)).pow(2) / (power(target) + ENERGY_FLOOR)
    return (bright + 0.5 * plain + dc).mean()


def figures_of(output: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Held-out figures of [segments, frames] pairs: ESR in per cent in four ways, RMS and DC error, peaks."""
    output, target = output.astype(float), target.astype(float)
    error = output - target

    def ratio(a, b):
        return 100 * float((a ** 2).sum() / (b ** 2).sum())

    loud = np.sqrt((target ** 2).mean(1)) > 1e-3
    each = 100 * (error ** 2).sum(1)[loud] / (target ** 2).sum(1)[loud]
    return {
        'ESR, all held-out audio (%)': ratio(error, target),
        'ESR with pre-emphasis (%)': ratio(emphasise(error), emphasise(target)),
        'ESR, median segment above −60 dBFS (%)': float(np.median(each)),
        'ESR, worst tenth of those segments, at least (%)': float(np.quantile(each, 0.9)),
        'RMS error (dBFS)': 10 * np.log10((error ** 2).mean()),
        'DC error (dBFS)': 20 * np.log10(abs(error.mean()) + 1e-12),
        'Peak of the target': float(np.abs(target).max()),
        'Peak of the model': float(np.abs(output).max()),
    }


def write_card(path: Path, text: str, figures: dict[str, float], run: dict[str, object]) -> None:
    """Writes a model card: `text`, then the measured figures and the facts of the run that made them."""
    lines = [text.strip(), '', '## Held-out figures', '', 'Measured and written by the training script.', '',
             '| figure | value |', '|---|---|']
    lines += [f'| {name} | {value:.3g} |' for name, value in figures.items()]
    lines += ['', '## The run', '', '| | |', '|---|---|']
    lines += [f'| {name} | {value} |' for name, value in run.items()]
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def seed_all(seed: int) -> None:
    """Makes a run repeatable on the same kind of CPU; one thread, since layers this small gain nothing from more."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
