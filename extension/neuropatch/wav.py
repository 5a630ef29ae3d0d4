"""WAV files ↔ arrays [channels, frames] of float32.

Owns the file format (the same kinds as `src/dsp/wav.ts`; the standard library's `wave` reads no floats). Must not know
patches or bundles.
"""

import os
import struct
from pathlib import Path

import numpy as np

from .errors import fail
from .signals import as_signal

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
_STREAMED = (0, 0xFFFFFFFF)


def write_wav(path: str | os.PathLike[str], signal: np.ndarray, sample_rate: int) -> None:
    """Writes 32-bit float WAV: every value is kept, also above ±1.

    Args:
        path: The file; replaced when it is there.
        signal: [channels, frames] floats, or [frames] for one channel.
        sample_rate: Rate in Hz.
    """
    samples = as_signal(signal, str(path)).astype("<f4")
    channels, frames = samples.shape
    data = samples.T.tobytes()
    # A format other than PCM carries the size of its extension (0) and a fact chunk with the number of frames.
    rate, frame_bytes = int(sample_rate), channels * 4
    chunks = struct.pack("<4sIHHIIHHH", b"fmt ", 18, FLOAT, channels, rate, rate * frame_bytes, frame_bytes, 32, 0)
    chunks += struct.pack("<4sII", b"fact", 4, frames) + struct.pack("<4sI", b"data", len(data))
    Path(path).write_bytes(struct.pack("<4sI4s", b"RIFF", 4 + len(chunks) + len(data), b"WAVE") + chunks + data)


def read_wav(path: str | os.PathLike[str]) -> tuple[np.ndarray, int]:
    """Reads a WAV file of 8- to 32-bit integers or 32- or 64-bit floats.

    Returns:
        The signal [channels, frames] float32 (integers as value / 2^(bits − 1)) and its rate in Hz.

    Raises:
        PatchError: E-INPUT (no file), E-AUDIO-FORMAT (no such WAV, or a cut one).

    >>> write_wav("tone.wav", np.array([[0.5, -2.0], [0.25, 1e-9]]), 48000)
    >>> signal, rate = read_wav("tone.wav")
    >>> signal.shape, rate, float(signal[0, 1])
    ((2, 2), 48000, -2.0)
    """
    name = Path(path).name
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        fail("E-INPUT", f"{name}: expected a file, got {error.strerror!r}. Check the name.", name)

    def refuse(what: str):
        fail("E-AUDIO-FORMAT", f"{name}: expected a WAV file, got {what}. Save it again as WAV, 16-bit or 32-bit float.", name)

    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        refuse("something else")
    form, at = None, 12
    while at + 8 <= len(data):
        kind, size = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8:at + 8 + size]
        if kind == b"data":
            if form is None:
                refuse("sound before its format")
            if size in _STREAMED:
                body = data[at + 8:]
            elif len(body) < size:
                refuse(f"a cut one ({len(body)} of {size} bytes)")
            return _decode(body, form, refuse), form[2]
        if kind == b"fmt ":
            if len(body) < 16:
                refuse("a cut format")
            form = list(struct.unpack_from("<HHIIHH", body))
            if form[0] == EXTENSIBLE and len(body) >= 40:
                form[0] = struct.unpack_from("<H", body, 24)[0]
        at += 8 + size + size % 2
    refuse("one without sound")


def _decode(body: bytes, form: list[int], refuse) -> np.ndarray:
    tag, channels, rate, _, _, bits = form
    if channels < 1 or rate < 1:
        refuse(f"{channels} channels at {rate} Hz")
    size = bits // 8
    body = body[:len(body) // (channels * max(1, size)) * channels * max(1, size)]
    if tag == FLOAT and bits in (32, 64):
        flat = np.frombuffer(body, f"<f{size}").astype(np.float32)
    elif tag == PCM and bits == 8:  # the only unsigned one
        flat = ((np.frombuffer(body, np.uint8).astype(np.float32) - 128) / 128)
    elif tag == PCM and bits in (16, 32):
        flat = (np.frombuffer(body, f"<i{size}") / 2.0 ** (bits - 1)).astype(np.float32)
    elif tag == PCM and bits == 24:
        octets = np.frombuffer(body, np.uint8).reshape(-1, 3)
        # In the upper three of four bytes, so that the sign comes along.
        widened = np.concatenate([np.zeros((len(octets), 1), np.uint8), octets], axis=1).reshape(-1).view("<i4")
        flat = (widened / 2.0**31).astype(np.float32)
    else:
        refuse(f"format {tag} of {bits} bits")
    return np.ascontiguousarray(flat.reshape(-1, channels).T)
