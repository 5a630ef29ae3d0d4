"""Signals as arrays [channels, frames] of float32: their form, the rule for channels, and conversion of rates.

Owns what every door of the package accepts as audio. Must not know bundles or patches.
"""

from math import gcd

import numpy as np

from .errors import fail

CHANNELS_MAX = 32
RATIO_MAX = 1000


def as_signal(audio: np.ndarray, name: str = "audio") -> np.ndarray:
    """The signal as float32 [channels, frames]; a flat array or list is one channel.

    Floats of any width are taken, in arrays or lists, also NaN and infinity as they are. Integers are refused, since
    only the caller knows what is full scale in them.

    Raises:
        PatchError: E-INPUT for what is no array of floats, E-CHANNELS for a shape that is not [channels, frames].

    >>> as_signal(np.array([0.5, -0.5])).shape
    (1, 2)
    """
    try:
        array = np.asarray(audio)
    except ValueError:
        fail("E-CHANNELS", f"{name}: expected channels of one length, got several lengths. Pad the shorter ones.", name)
    if not np.issubdtype(array.dtype, np.floating):
        fail("E-INPUT", f"{name}: expected floats of ±1 for full scale, got {array.dtype}. "
                        "Divide 16-bit integers by 32768.", name)
    if array.ndim == 1:
        array = array[np.newaxis]
    if array.ndim != 2 or not 1 <= array.shape[0] <= CHANNELS_MAX:
        fail("E-CHANNELS", f"{name}: expected an array [channels, frames] of 1–{CHANNELS_MAX} channels, "
                           f"got shape {list(array.shape)}. Transpose [frames, channels].", name)
    return np.ascontiguousarray(array, dtype=np.float32)


def map_channels(signal: np.ndarray, channels: int, name: str = "audio") -> np.ndarray:
    """The product's rule: one channel is copied to all, several become one as their mean, equal numbers stay.

    Raises:
        PatchError: E-CHANNELS for anything else.

    >>> map_channels(np.array([[1.0, 0.5], [0.0, 0.5]], np.float32), 1)
    array([[0.5, 0.5]], dtype=float32)
    """
    if signal.shape[0] == channels:
        return signal
    if signal.shape[0] == 1:
        return np.repeat(signal, channels, axis=0)
    if channels == 1:
        return signal.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    fail("E-CHANNELS", f"{name}: expected 1 or {channels} channels, got {signal.shape[0]}. Choose the channels to play.", name)


def convert_rate(signal: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """The whole signal at another rate, without added latency; `ceil(frames · to / from)` frames.

    A windowed sinc (Kaiser, 110 dB) of 48 zero crossings a side, flat to 0.42 of the lower rate. Needs SciPy, which is
    no dependency of the package.

    Args:
        signal: [channels, frames] float32.
        from_hz, to_hz: Whole rates in Hz.

    Raises:
        PatchError: E-RATE without SciPy, E-RATE-PAIR when the rates have no simple ratio.
    """
    if from_hz == to_hz:
        return signal
    divisor = gcd(from_hz, to_hz)
    up, down = to_hz // divisor, from_hz // divisor
    if max(up, down) > RATIO_MAX:
        fail("E-RATE-PAIR", f"audio: expected rates with a simple ratio, got {from_hz} and {to_hz} Hz. "
                            "Convert the audio before.")
    try:
        from scipy.signal import firwin, resample_poly
    except ImportError:
        fail("E-RATE", f"audio: expected {to_hz} Hz, got {from_hz} Hz. Convert the audio before, "
                       "or install SciPy (`pip install neuropatch[resample]`), which then converts it here.")
    crossings, transition = 48, 0.148
    taps = firwin(2 * crossings * max(up, down) + 1, (1 - transition / 2) / max(up, down), window=("kaiser", 11.2))
    return resample_poly(signal.astype(np.float64), up, down, axis=1, window=taps).astype(np.float32)
