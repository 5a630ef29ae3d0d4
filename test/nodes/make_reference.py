"""Reference numbers for the cases in nodes/filter/biquad-filter.ts and nodes/rate/resampler.ts, from scipy and numpy alone.

Run by hand (needs numpy and scipy): prints one JSON line per case; the numbers are pasted into the node files.
Biquads: R. Bristow-Johnson's cookbook (bilinear transform), filtered by scipy.signal.lfilter in f64.
Resampler: the windowed sinc written down again with numpy.kaiser and numpy.sinc, applied as the defining double sum.
"""
import json
import math

import numpy as np
from scipy.signal import lfilter

IMPULSE = np.array([1.0, 0, 0, 0, 0, 0, 0, 0])


def cookbook(kind: str, cutoff_hz: float, q: float, gain_db: float, rate_hz: float) -> tuple[list[float], list[float]]:
    """Coefficients (b, a) of one cookbook filter."""
    amplitude = 10 ** (gain_db / 40)
    w0 = 2 * math.pi * cutoff_hz / rate_hz
    cos, alpha = math.cos(w0), math.sin(w0) / (2 * q)
    plain = [1 + alpha, -2 * cos, 1 - alpha]
    if kind == 'low-pass':
        return [(1 - cos) / 2, 1 - cos, (1 - cos) / 2], plain
    if kind == 'high-pass':
        return [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2], plain
    if kind == 'band-pass':
        return [alpha, 0, -alpha], plain
    if kind == 'notch':
        return [1, -2 * cos, 1], plain
    if kind == 'peak':
        up, down = alpha * amplitude, alpha / amplitude
        return [1 + up, -2 * cos, 1 - up], [1 + down, -2 * cos, 1 - down]
    root = 2 * math.sqrt(amplitude) * alpha
    up, down = amplitude + 1, amplitude - 1
    if kind == 'low-shelf':
        return (
            [amplitude * (up - down * cos + root), 2 * amplitude * (down - up * cos), amplitude * (up - down * cos - root)],
            [up + down * cos + root, -2 * (down + up * cos), up + down * cos - root],
        )
    return (
        [amplitude * (up + down * cos + root), -2 * amplitude * (down + up * cos), amplitude * (up + down * cos - root)],
        [up - down * cos + root, 2 * (down - up * cos), up - down * cos - root],
    )


def resample(
    x: np.ndarray, in_hz: int, out_hz: int, patch_hz: int, crossings: int, attenuation_db: float, cutoff: float
) -> np.ndarray:
    """Output k = sum over j of x[j]·h(k·in/out − delay − j), every phase normalised to the sum 1."""
    lower = min(in_hz, out_hz)
    delay = math.ceil(crossings * patch_hz / lower) * in_hz / patch_hz
    beta = 0.1102 * (attenuation_db - 8.7)
    out = np.zeros(-(-len(x) * out_hz // in_hz))
    for k in range(len(out)):
        j = np.arange(math.floor(k * in_hz / out_hz - 2 * delay) - 1, k * in_hz // out_hz + 1)
        u = k * in_hz / out_hz - delay - j
        window = np.where(np.abs(u) < delay, np.i0(beta * np.sqrt(np.clip(1 - (u / delay) ** 2, 0, 1))) / np.i0(beta), 0)
        h = np.sinc(2 * cutoff * lower / in_hz * u) * window
        h = np.where(j <= k * in_hz // out_hz, h, 0)
        heard = np.where((j >= 0) & (j < len(x)), x[np.clip(j, 0, len(x) - 1)], 0)
        out[k] = (h / h.sum()) @ heard
    return out


def rounded(values: np.ndarray) -> list[float]:
    return [float(f'{v:.10g}') for v in values]


if __name__ == '__main__':
    for kind, cutoff_hz, q, gain_db in [
        ('low-pass', 1000, 0.7071067811865476, 0), ('high-pass', 1000, 2, 0), ('band-pass', 3000, 5, 0), ('notch', 6000, 1, 0),
        ('peak', 2500, 1.5, 9), ('low-shelf', 300, 0.7, -12), ('high-shelf', 8000, 0.7, 6),
    ]:
        b, a = cookbook(kind, cutoff_hz, q, gain_db, 48000)
        print(json.dumps({'type': kind, 'cutoff': cutoff_hz, 'q': q, 'gain': gain_db, 'out': rounded(lfilter(b, a, IMPULSE))}))
    for in_hz, out_hz, frames in [(48000, 24000, 48), (44100, 48000, 24), (24000, 48000, 22)]:
        x = np.zeros(frames)
        x[:2] = [1, -0.5]
        patch_hz = in_hz if in_hz != 24000 else 48000
        out = rounded(resample(x, in_hz, out_hz, patch_hz, 10, 66, 0.5))
        print(json.dumps({'in': in_hz, 'to': out_hz, 'patch': patch_hz, 'frames': frames, 'out': out}))
