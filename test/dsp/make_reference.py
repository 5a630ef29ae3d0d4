"""Writes the fixtures of test/dsp from numpy, scipy and the standard library, none of which share code with src/dsp.

Run: python test/dsp/make_reference.py   (needs numpy and scipy; the fixtures are committed, so the tests need neither)
"""

import json
import pathlib
import struct
import wave

import numpy as np
from scipy import signal, special
from scipy.io import wavfile

HERE = pathlib.Path(__file__).parent / "fixtures"
HERE.mkdir(exist_ok=True)


def write_json(name, value):
    def plain(x):
        if isinstance(x, np.ndarray):
            return x.tolist()
        raise TypeError(type(x))

    (HERE / name).write_text(json.dumps(value, default=plain, separators=(",", ":")) + "\n")


def windows():
    xs = np.array([0, 0.1, 1, 2.5, 5, 9.3, 12.26, 15.57, 20])
    return {
        "i0": {"x": xs, "y": special.i0(xs)},
        "hann": signal.get_window("hann", 16, fftbins=True),
        "kaiser": {"beta": 12.26, "w": np.kaiser(33, 12.26)},
    }


def ffts(rng):
    cases = []
    for size in (2, 4, 8, 16, 32, 64, 128):
        x = rng.uniform(-1, 1, size)
        spectrum = np.fft.rfft(x)
        cases.append({"x": x, "re": spectrum.real, "im": spectrum.imag})
    return cases


def rbj(kind, cutoff, q, gain_db, rate):
    """Robert Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"."""
    A = 10 ** (gain_db / 40)
    w0 = 2 * np.pi * cutoff / rate
    c, alpha = np.cos(w0), np.sin(w0) / (2 * q)
    r = 2 * np.sqrt(A) * alpha
    return {
        "low": ([(1 - c) / 2, 1 - c, (1 - c) / 2], [1 + alpha, -2 * c, 1 - alpha]),
        "high": ([(1 + c) / 2, -(1 + c), (1 + c) / 2], [1 + alpha, -2 * c, 1 - alpha]),
        "band": ([alpha, 0, -alpha], [1 + alpha, -2 * c, 1 - alpha]),
        "notch": ([1, -2 * c, 1], [1 + alpha, -2 * c, 1 - alpha]),
        "peak": ([1 + alpha * A, -2 * c, 1 - alpha * A], [1 + alpha / A, -2 * c, 1 - alpha / A]),
        "low-shelf": (
            [A * ((A + 1) - (A - 1) * c + r), 2 * A * ((A - 1) - (A + 1) * c), A * ((A + 1) - (A - 1) * c - r)],
            [(A + 1) + (A - 1) * c + r, -2 * ((A - 1) + (A + 1) * c), (A + 1) + (A - 1) * c - r],
        ),
        "high-shelf": (
            [A * ((A + 1) + (A - 1) * c + r), -2 * A * ((A - 1) + (A + 1) * c), A * ((A + 1) + (A - 1) * c - r)],
            [(A + 1) - (A - 1) * c + r, 2 * ((A - 1) - (A + 1) * c), (A + 1) - (A - 1) * c - r],
        ),
    }[kind]


def filters(rng):
    x = rng.uniform(-1, 1, 64).astype(np.float32)
    frequencies = np.array([20, 200, 900, 1000, 1100, 4000, 9000, 15000, 20000, 23000])
    cases = []
    for kind in ("low", "high", "band", "notch", "peak", "low-shelf", "high-shelf"):
        for cutoff, q, gain_db in ((1000, 0.7071, 6), (60, 4, -12), (15000, 0.5, 9)):
            b, a = rbj(kind, cutoff, q, gain_db, 48000)
            _, h = signal.freqz(b, a, frequencies, fs=48000)
            cases.append({
                "kind": kind, "cutoffHz": cutoff, "q": q, "gainDb": gain_db,
                "magnitude": np.abs(h), "y": signal.lfilter(b, a, x.astype(np.float64)),
            })
    return {"rateHz": 48000, "frequenciesHz": frequencies, "x": x.astype(np.float64), "cases": cases}


def resamplers(rng):
    """The prototype at the rate A·b, sampled from the formula, run through scipy's own polyphase engine."""
    cases = []
    x = rng.uniform(-1, 1, 200).astype(np.float32)
    for a_hz, b_hz, zeros, attenuation, cutoff, quality, fraction in (
        (44100, 48000, 10, 66, 0.5, "low-latency", 0),
        (48000, 44100, 32, 120, 0.485, "standard", 0),
        (16000, 48000, 32, 120, 0.485, "standard", 0),
        (88200, 48000, 10, 66, 0.5, "low-latency", 0),
        (44100, 48000, 88, 140, 0.4735, "best", 0.1875),
        (8000, 11025, 32, 120, 0.485, "standard", 0.75),
        (176400, 48000, 10, 66, 0.5, "low-latency", 0.5),
    ):
        patch, low = 48000, min(a_hz, b_hz)
        g = np.gcd(a_hz, b_hz)
        down, up = a_hz // g, b_hz // g
        latency = -(-zeros * patch // low) - fraction
        delay = latency * a_hz / patch
        n = np.arange(int(np.ceil(2 * delay)) * up)
        u = n / up - delay
        beta = signal.kaiser_beta(attenuation)
        scale = 2 * cutoff * low / a_hz
        h = np.sinc(scale * u) * special.i0(beta * np.sqrt(np.maximum(0, 1 - (u / delay) ** 2))) / special.i0(beta)
        h[np.abs(u) >= delay] = 0
        for phase in range(up):
            h[phase::up] /= h[phase::up].sum()
        y = signal.upfirdn(h, x.astype(np.float64), up, down)
        frames = -(-len(x) * b_hz // a_hz)
        cases.append({
            "inRateHz": a_hz, "outRateHz": b_hz, "patchRateHz": patch, "quality": quality,
            "arrivalFraction": fraction, "latencyPatchSamples": latency, "y": y[:frames],
        })
    return {"x": x.astype(np.float64), "cases": cases}


def sound_files(rng):
    expected = {}
    for bits in (8, 16, 24, 32):
        for channels in (1, 2, 6):
            if bits == 32 and channels != 2:
                continue
            frames = 5
            low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
            values = rng.integers(low, high, (frames, channels), endpoint=True)
            values[0, 0], values[1, 0] = low, high
            raw = b"".join(
                struct.pack("B", v + 128) if bits == 8 else int(v).to_bytes(bits // 8, "little", signed=True)
                for v in values.flatten()
            )
            name = f"pcm{bits}-{channels}ch.wav"
            with wave.open(str(HERE / name), "wb") as file:
                file.setnchannels(channels)
                file.setsampwidth(bits // 8)
                file.setframerate(44100)
                file.writeframes(raw)
            expected[name] = {"sampleRateHz": 44100, "channels": (values / 2.0 ** (bits - 1)).T}
    for dtype in (np.float32, np.float64):
        values = rng.uniform(-1.5, 1.5, (7, 3)).astype(dtype)
        name = f"{np.dtype(dtype).name}-3ch.wav"
        wavfile.write(HERE / name, 48000, values)
        expected[name] = {"sampleRateHz": 48000, "channels": values.astype(np.float64).T}
    # WAVE_FORMAT_EXTENSIBLE, an odd LIST chunk with its padding byte before the data (RIFF, by hand).
    values = rng.integers(-(2**23), 2**23, (4, 6))
    guid = struct.pack("<IHH", 1, 0, 0x10) + bytes([0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71])
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 6, 96000, 96000 * 18, 18, 24, 22, 24, 0x3F) + guid
    data = b"".join(int(v).to_bytes(3, "little", signed=True) for v in values.flatten())
    odd = b"LIST" + struct.pack("<I", 5) + b"INFOx" + b"\0"
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + odd + b"data" + struct.pack("<I", len(data)) + data
    (HERE / "extensible24-6ch.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    expected["extensible24-6ch.wav"] = {"sampleRateHz": 96000, "channels": (values / 2.0**23).T}
    return expected


if __name__ == "__main__":
    rng = np.random.default_rng(20261122)
    write_json("window.json", windows())
    write_json("fft.json", ffts(rng))
    write_json("svf.json", filters(rng))
    write_json("resampler.json", resamplers(rng))
    write_json("wav.json", sound_files(rng))
