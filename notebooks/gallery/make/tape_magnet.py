"""The tape model's target: magnetic recording with AC bias, and the playback head's losses, in float64.

Owns the physics: Jiles–Atherton hysteresis with the tape constants and loss terms of Jatin Chowdhury, "Real-time
physical modelling for analog tape machines" (DAFx-19). Knows nothing of training or networks.
"""
import numpy as np
from scipy.signal import fftconvolve, resample_poly

OVERSAMPLING = 16
#: Field in A/m at the record head for a sample of 1.0; the tape's anhysteretic curve bends from about 40 kA/m.
FIELD_PER_UNIT = 160e3
#: AC bias: its peak field in A/m, and its frequency as steps of the simulation per period (96 kHz at 48 kHz).
BIAS_FIELD, BIAS_STEPS = 60e3, 8
#: Silence under bias before the sound, which takes fresh tape to its steady cycle.
LEAD_FRAMES = 96
#: Output samples per unit of relative magnetisation M / saturation.
UNITS_PER_SATURATION = 0.8

SATURATION, SHAPE, COUPLING, COERCIVITY, REVERSIBLE = 3.5e5, 22e3, 1.6e-3, 27e3, 1.7e-1
TAPE_SPEED, COATING, SPACING, GAP = 0.381, 8e-6, 1e-6, 3e-6  # m/s (15 inches per second), m, m, m


def slope(magnetisation, field, rising):
    """dM/dH of the Jiles–Atherton model at M, H in A/m; `rising` is +1 or −1 as H grows or falls."""
    q = (field + COUPLING * magnetisation) / SHAPE
    q = np.where(np.abs(q) < 1e-3, 1e-3, q)  # coth q − 1/q loses its digits near zero
    coth, inverse = 1 / np.tanh(q), 1 / q
    gap = SATURATION * (coth - inverse) - magnetisation
    reversible = REVERSIBLE * SATURATION / SHAPE * (inverse * inverse - coth * coth + 1)
    pinned = (1 - REVERSIBLE) * gap / ((1 - REVERSIBLE) * rising * COERCIVITY - COUPLING * gap)
    return (np.where(rising * gap > 0, pinned, 0) + reversible) / (1 - COUPLING * reversible)


def playback_response(frequency_hz: np.ndarray) -> np.ndarray:
    """Magnitude of spacing, coating thickness and gap loss at 15 inches per second, behind an ideal integrator."""
    k = np.maximum(2 * np.pi * np.abs(frequency_hz) / TAPE_SPEED, 1e-3)
    return np.exp(-k * SPACING) * (1 - np.exp(-k * COATING)) / (k * COATING) * np.abs(np.sinc(k * GAP / 2 / np.pi))


def playback_filter(rate_hz: int, taps: int = 128) -> np.ndarray:
    """The playback losses as a minimum-phase FIR, by the folded cepstrum, so that the model needs no latency."""
    size = 4096
    cepstrum = np.fft.ifft(np.log(playback_response(np.fft.fftfreq(size, 1 / rate_hz)))).real
    cepstrum[1:size // 2] *= 2
    cepstrum[size // 2 + 1:] = 0
    return np.fft.ifft(np.exp(np.fft.fft(cepstrum))).real[:taps]


def simulate(x: np.ndarray, rate_hz: int) -> np.ndarray:
    """Records x [segments, frames] and plays it back; returns float64 of x's shape.

    Hysteresis does not depend on speed, so M is integrated over H, not over time: one Runge–Kutta step of order four
    per step of 16 · rate_hz, with the field linear in between.
    """
    x = np.pad(x, ((0, 0), (LEAD_FRAMES, 0)))
    fine = resample_poly(x, OVERSAMPLING, 1, axis=1, window=('kaiser', 10.0)).T * FIELD_PER_UNIT
    magnetisation = np.zeros(x.shape[0])
    field = np.zeros(x.shape[0])
    out = np.empty_like(fine)
    bias = BIAS_FIELD * np.sin(2 * np.pi * np.arange(BIAS_STEPS) / BIAS_STEPS)
    for n in range(fine.shape[0]):
        following = fine[n] + bias[n % BIAS_STEPS]
        move = following - field
        rising = np.where(move >= 0, 1.0, -1.0)
        middle = field + move / 2
        k1 = slope(magnetisation, field, rising)
        k2 = slope(magnetisation + move / 2 * k1, middle, rising)
        k3 = slope(magnetisation + move / 2 * k2, middle, rising)
        k4 = slope(magnetisation + move * k3, following, rising)
        magnetisation = magnetisation + move / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        field = following
        out[n] = magnetisation
    flux = resample_poly(out, 1, OVERSAMPLING, axis=0, window=('kaiser', 10.0)).T / SATURATION * UNITS_PER_SATURATION
    return fftconvolve(flux, playback_filter(rate_hz)[None], axes=1)[:, LEAD_FRAMES:x.shape[1]]
