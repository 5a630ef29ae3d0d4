"""Plucked strings and other seeded sounds: the raw material of the gallery's audio and of the models' training.

Owns signal synthesis in numpy only. Knows nothing of files, models or training. All randomness comes in as a numpy
Generator, so equal seeds give equal samples.
"""
import numpy as np


def _loop_taps(delay: float, damping: float) -> tuple[int, np.ndarray]:
    """Whole delay in samples and the FIR taps of a string loop whose total delay is `delay` samples.

    A cubic Lagrange interpolator sets the fraction (Laakso et al., "Splitting the unit delay", IEEE SPM 1996); a
    symmetric three-tap average, `damping` 0–1, makes high partials die first. Its own delay of one sample is deducted.
    """
    whole = int(np.floor(delay - 1 - 1))
    d = delay - 1 - whole
    lagrange = np.array([np.prod([(d - m) / (k - m) for m in range(4) if m != k]) for k in range(4)])
    return whole, np.convolve(lagrange, [damping / 4, 1 - damping / 2, damping / 4])


def pluck(f0_hz: float, seconds: float, rate_hz: int, rng: np.random.Generator, *, decay_s: float = 3.0,
          damping: float = 0.5, position: float = 0.18, brightness: float = 0.6, pickup: float = 0.27) -> np.ndarray:
    """A plucked string of peak 1, by extended Karplus–Strong (Jaffe & Smith, Computer Music Journal 7(2), 1983).

    `decay_s` is the time to −60 dB of the fundamental, `position` and `pickup` are fractions of the string's length,
    `brightness` 0–1 opens the low-pass on the burst that excites the string. Returns float64 [seconds · rate_hz].
    """
    count = int(round(seconds * rate_hz))
    period = rate_hz / f0_hz
    whole, taps = _loop_taps(period, damping)
    taps = taps * 10 ** (-3 / (decay_s * f0_hz))
    burst = rng.uniform(-1, 1, int(period))
    smooth = np.exp(-2.2 * brightness) * 0.9
    for _ in range(2):  # two one-pole low-passes as a truncated convolution: the burst is short
        burst = np.convolve(burst, (1 - smooth) * smooth ** np.arange(64))[:burst.size]
    excitation = np.zeros(count + 1)
    head = min(count, burst.size)
    excitation[:head] = (burst - burst.mean())[:head]
    comb = max(1, int(round(position * period)))
    excitation[comb:] -= excitation[:-comb].copy()
    # The loop only reaches back `whole` samples or more, so a whole period can be computed at once.
    reach = whole + taps.size
    y = np.zeros(reach + count)
    for start in range(0, count, whole):
        stop = min(count, start + whole)
        piece = excitation[start:stop].copy()
        for k, tap in enumerate(taps):
            piece += tap * y[reach + start - whole - k:reach + stop - whole - k]
        y[reach + start:reach + stop] = piece
    y = y[reach:]
    seen = max(1, int(round(pickup * period)))
    y[seen:] -= 0.8 * y[:-seen].copy()
    release = min(count, int(0.012 * rate_hz))
    y[count - release:] *= np.linspace(1, 0, release)
    return y / max(1e-9, np.abs(y).max())


def strum(notes_hz: list[float], seconds: float, rate_hz: int, rng: np.random.Generator, *, spread_s: float = 0.012,
          **string) -> np.ndarray:
    """A chord of plucked strings, one after the other by `spread_s`, of peak 1."""
    count = int(round(seconds * rate_hz))
    y = np.zeros(count)
    for order, f0 in enumerate(notes_hz):
        start = int(order * spread_s * rate_hz)
        if start < count - 64:
            y[start:] += pluck(f0, (count - start) / rate_hz, rate_hz, rng, **string)[:count - start]
    return y / np.abs(y).max()


def midi_hz(note: float) -> float:
    """Frequency in Hz of a MIDI note number, A4 = 69 = 440 Hz, equal temperament."""
    return 440.0 * 2 ** ((note - 69) / 12)


def _sweep(count: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    low, high = np.sort(np.exp(rng.uniform(np.log(40), np.log(12000), 2)))
    if rng.random() < 0.3:
        low, high = high, low
    frequency = low * (high / low) ** (np.arange(count) / count)
    return np.sin(2 * np.pi * np.cumsum(frequency) / rate_hz + rng.uniform(0, 6.28))


def _noise(count: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / rate_hz)
    cutoff = np.exp(rng.uniform(np.log(300), np.log(12000)))
    y = np.fft.irfft(spectrum / (1 + (frequency / cutoff) ** 4) * (frequency > 30), count)
    return y * (0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(1, 8) * np.arange(count) / rate_hz))


def _tones(count: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    time = np.arange(count) / rate_hz
    y = sum(np.sin(2 * np.pi * f * time + rng.uniform(0, 6.28))
            for f in np.exp(rng.uniform(np.log(50), np.log(4000), rng.integers(1, 4))))
    return y * 10 ** (rng.uniform(-30, 0) / 20 * time / time[-1])


def _phrase(count: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    y = np.zeros(count)
    start = 0
    while start < count - rate_hz // 20:
        root = rng.integers(40, 72)
        shape = [[0], [0], [0, 7], [0, 7, 12], [0, 4, 7], [0, 7, 12, 16, 19], [0, 3, 7, 10]][rng.integers(7)]
        notes = [midi_hz(root + step) for step in shape]
        sound = strum(notes, (count - start) / rate_hz, rate_hz, rng, spread_s=rng.uniform(0.002, 0.02),
                      decay_s=np.exp(rng.uniform(np.log(0.4), np.log(5))), damping=rng.uniform(0.15, 0.9),
                      position=rng.uniform(0.08, 0.45), brightness=rng.uniform(0.2, 1))
        fade = min(start, rate_hz // 200)
        y[start - fade:start] *= np.linspace(1, 0, fade)
        y[start:] = sound * rng.uniform(0.3, 1)
        start += int(rng.uniform(0.12, 0.7) * rate_hz)
    return y


def training_segment(seconds: float, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    """One segment of peak −30…0 dBFS that starts silent: mostly plucked notes and chords, else sweep, noise, tones."""
    count = int(round(seconds * rate_hz))
    kind = rng.choice([_phrase, _sweep, _noise, _tones], p=[0.7, 0.1, 0.1, 0.1])
    y = kind(count, rate_hz, rng)
    y *= 10 ** (-30 * rng.random() ** 1.5 / 20) / np.abs(y).max()
    silent, fade = int(0.002 * rate_hz), int(0.003 * rate_hz)
    y[:silent] = 0
    y[silent:silent + fade] *= np.linspace(0, 1, fade)
    return y
