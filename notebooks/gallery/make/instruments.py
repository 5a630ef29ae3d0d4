"""Seeded notes, chords, drums and noises at any rate: the material of the autoencoder's training.

Owns what is played and how the sounds are made; strings are synth.py's. Knows nothing of models or training.
"""
import numpy as np
from scipy.signal import lfilter

from synth import midi_hz, pluck, strum


def harmonic_note(f0_hz: float, seconds: float, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    """A tone of partials of peak 1: sawtooth, square or organ-like, with vibrato, a moving brightness, an envelope."""
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    vibrato = rng.uniform(0, 0.008) * np.sin(2 * np.pi * rng.uniform(3, 7) * time)
    glide = 2 ** (rng.normal(0, 0.15) * np.exp(-time / 0.05)) if rng.random() < 0.2 else 1
    phase = 2 * np.pi * np.cumsum(f0_hz * (1 + vibrato) * glide) / rate_hz
    fall, odd = rng.uniform(0.5, 2), rng.random() < 0.25
    organ = rng.uniform(0, 1, 400) ** 3 if rng.random() < 0.3 else np.ones(400)
    cutoff = np.exp(rng.uniform(np.log(400), np.log(9000)))
    cutoff = cutoff * 2 ** (rng.normal(0, 1.2) * np.exp(-time / rng.uniform(0.05, 0.6)))
    y = np.zeros(time.size)
    for k in range(1, int(min(16000 / f0_hz, 80)) + 1):
        if not (odd and k % 2 == 0):
            y += k ** -fall * organ[k] * np.sin(k * phase) / (1 + (k * f0_hz / cutoff) ** 4)
    attack, decay = rng.choice([0.002, 0.01, 0.08]), np.exp(rng.uniform(np.log(0.15), np.log(4)))
    y *= np.minimum(1, time / attack) * np.exp(-time / decay) * np.minimum(1, (time[-1] - time) / 0.02)
    return y / (np.abs(y).max() + 1e-9)


def drum(rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    """A kick, tom, snare or hi-hat of peak 1: a falling sine, a filtered burst, or both."""
    time = np.arange(int(0.4 * rate_hz)) / rate_hz
    kind = rng.choice(['kick', 'tom', 'snare', 'hat'])
    base = {'kick': 50, 'tom': 110, 'snare': 180, 'hat': 0}[kind] * rng.uniform(0.8, 1.4)
    drop = rng.uniform(1, 3) * base * 0.025
    body = np.sin(2 * np.pi * (base * time + drop * (1 - np.exp(-time / 0.025))))
    body *= np.exp(-time / rng.uniform(0.06, 0.2))
    burst = rng.standard_normal(time.size)
    zero = {'kick': 0.2, 'tom': 0.3, 'snare': 0.7, 'hat': 0.95}[kind]
    burst = lfilter([1, -zero], [1, -rng.uniform(-0.4, 0.6)], burst)
    burst *= np.exp(-time / {'kick': 0.004, 'tom': 0.01, 'snare': 0.1, 'hat': rng.uniform(0.02, 0.15)}[kind])
    share = {'kick': 0.1, 'tom': 0.15, 'snare': 1.2, 'hat': 1}[kind] * rng.uniform(0.5, 1.5)
    y = body * (kind != 'hat') + share * burst / np.abs(burst).max()
    return y / np.abs(y).max() * np.minimum(1, (time[-1] - time) / 0.01)


def _breath(count: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    spectrum, f = np.fft.rfft(rng.standard_normal(count)), np.fft.rfftfreq(count, 1 / rate_hz)
    centre, width = np.exp(rng.uniform(np.log(200), np.log(9000))), rng.uniform(0.2, 1.5)
    y = np.fft.irfft(spectrum * np.exp(-(np.log2(np.maximum(f, 20) / centre) / width) ** 2), count)
    swell = np.interp(np.arange(count), np.linspace(0, count, 9), rng.uniform(0, 1, 9) ** 2)
    return y / np.abs(y).max() * swell


def _line(count: int, rate_hz: int, rng: np.random.Generator, make) -> np.ndarray:
    """Notes one after the other, or over each other, from `make(seconds)`."""
    y, at = np.zeros(count), int(rng.uniform(0, 0.1) * rate_hz)
    while at < count - rate_hz // 20:
        sound = make(min(rng.uniform(0.2, 1.2), (count - at) / rate_hz))[:count - at]
        y[at:at + sound.size] += sound * rng.uniform(0.3, 1)
        at += int(rng.uniform(0.1, 0.6) * rate_hz)
    return y


def passage(seconds: float, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    """One passage [frames] of RMS 0.1, of one kind or of two at once: tones, strings, chords, drums, noise."""
    count = int(round(seconds * rate_hz))

    def string(length):
        return pluck(midi_hz(rng.uniform(36, 79)), length, rate_hz, rng, decay_s=rng.uniform(0.5, 5),
                     damping=rng.uniform(0.15, 0.9), brightness=rng.uniform(0.2, 1))

    def chord(length):
        shape = [[0, 7, 12], [0, 4, 7], [0, 3, 7, 10], [0, 5, 9]][rng.integers(4)]
        root = rng.integers(40, 67)
        if rng.random() < 0.5:
            return strum([midi_hz(root + step) for step in shape], length, rate_hz, rng, brightness=rng.uniform(0.2, 1))
        return sum(harmonic_note(midi_hz(root + step), length, rate_hz, rng) for step in shape) / 2

    def tone(length):
        return harmonic_note(midi_hz(rng.uniform(33, 84)), length, rate_hz, rng)

    makers = {
        'tone': lambda: _line(count, rate_hz, rng, tone),
        'string': lambda: _line(count, rate_hz, rng, string), 'chord': lambda: _line(count, rate_hz, rng, chord),
        'drums': lambda: _line(count, rate_hz, rng, lambda _: drum(rate_hz, rng)),
        'noise': lambda: _breath(count, rate_hz, rng),
    }
    kinds = rng.choice(list(makers), p=[0.4, 0.22, 0.13, 0.17, 0.08], size=2 if rng.random() < 0.2 else 1)
    y = sum(makers[kind]() for kind in kinds)
    return 0.1 * y / np.sqrt((y ** 2).mean() + 1e-12)
