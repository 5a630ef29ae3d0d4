"""Measures our resampler beside soxr and libsamplerate, 44.1 <-> 48 kHz: tables, and test-results/resampler.csv.

Run by hand: python test/bench/resampler.py [--no-speed]
Needs Node on the path, and numpy, soxr, samplerate in an environment of its own.
All get the same f32 tones and give f32. SNR: the tone's power against all that is left of the output without its least-squares
fit. Level: of the fit. Alias: the loudest output of tones from half the lower rate to 23.95 kHz, and of the one at 22.5 kHz.
Image: the loudest rest beside tones from 20 kHz up. Speed: seconds of sound per second of one core, native for the peers; ours
is TypeScript in blocks of 128. Owns the measurement; what each converter does is theirs.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import samplerate
import soxr
from results import write_rows

HERE = Path(__file__).parent
AMPLITUDE = 0.9


def ours(quality):
    def convert(x, in_hz, out_hz):
        command = ["node", str(HERE / "resampler.ts"), str(in_hz), str(out_hz), quality]
        done = subprocess.run(command, input=x.tobytes(), capture_output=True, check=True)
        return np.frombuffer(done.stdout, np.float32), json.loads(done.stderr.splitlines()[-1])
    return convert


def peer(function):
    def convert(x, in_hz, out_hz):
        start = time.perf_counter()
        y = function(x, in_hz, out_hz)
        return y, {"seconds": time.perf_counter() - start, "latencyMs": None}
    return convert


CONVERTERS = {
    **{f"ours {quality}": ours(quality) for quality in ("low-latency", "standard", "best")},
    **{f"soxr {quality}": peer(lambda x, a, b, q=quality: soxr.resample(x, a, b, quality=q)) for quality in ("HQ", "VHQ")},
    **{f"libsamplerate {kind}": peer(lambda x, a, b, k=kind: samplerate.resample(x, b / a, f"sinc_{k}"))
       for kind in ("fastest", "medium", "best")},
}


def tone(hz, rate_hz, seconds):
    """A tone with soft ends, so that only what lies in the middle is judged."""
    n = np.arange(int(seconds * rate_hz))
    fade = np.minimum(1, np.minimum(n, n[::-1]) / (0.1 * rate_hz))
    return (AMPLITUDE * np.sin(2 * np.pi * hz * n / rate_hz) * (0.5 - 0.5 * np.cos(np.pi * fade))).astype(np.float32)


def middle(y, rate_hz):
    return y[int(0.2 * rate_hz):int(0.5 * rate_hz)].astype(np.float64)


def decibels(power):
    return 10 * np.log10(max(power, 1e-30) / (AMPLITUDE ** 2 / 2))


def fit(y, hz, rate_hz):
    """Level of the tone in y and what is left beside it, both in dB of the tone that went in."""
    angle = 2 * np.pi * hz * np.arange(len(y)) / rate_hz
    basis = np.stack([np.sin(angle), np.cos(angle)], 1)
    part = np.linalg.lstsq(basis, y, rcond=None)[0]
    return decibels(part @ part / 2), decibels(np.mean((y - basis @ part) ** 2))


def measure(convert, in_hz, out_hz):
    def heard(hz):
        return middle(convert(tone(hz, in_hz, 0.7), in_hz, out_hz)[0], out_hz)
    row = {}
    for hz in (1000, 10000, 18000):
        level, rest = fit(heard(hz), hz, out_hz)
        row[f"SNR {hz // 1000}k"] = f"{level - rest:.1f}"
    for hz in (18000, 20000):
        row[f"level {hz // 1000}k"] = f"{fit(heard(hz), hz, out_hz)[0]:.4f}"
    if in_hz > out_hz:
        row["alias 22.5k"] = f"{decibels(np.mean(heard(22500) ** 2)):.1f}"
        row["alias worst"] = f"{max(decibels(np.mean(heard(hz) ** 2)) for hz in np.arange(22060, 23960, 95)):.1f}"
    else:
        row["image worst"] = f"{max(fit(heard(hz), hz, out_hz)[1] for hz in np.arange(20000, 22040, 102)):.1f}"
    latency_ms = convert(tone(1000, in_hz, 0.7), in_hz, out_hz)[1]["latencyMs"]
    row["latency ms"] = "" if latency_ms is None else f"{latency_ms:.2f}"
    if "--no-speed" in sys.argv:
        return row
    seconds = 30
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, seconds * in_hz).astype(np.float32)
    runs = sorted((convert(noise, in_hz, out_hz)[1] for _ in range(3)), key=lambda run: run["seconds"])
    row["x real time"] = f"{seconds / runs[1]['seconds']:.0f}"
    return row


if __name__ == "__main__":
    rows_of_all = []
    for rates in ((44100, 48000), (48000, 44100)):
        rows = {name: measure(convert, *rates) for name, convert in CONVERTERS.items()}
        rows_of_all += [{"from": rates[0], "to": rates[1], "converter": name, **row} for name, row in rows.items()]
        names = list(next(iter(rows.values())))
        print(f"\n| {rates[0]} -> {rates[1]} Hz (dB) | " + " | ".join(names) + " |")
        print("|---" * (len(names) + 1) + "|")
        for name, row in rows.items():
            print(f"| {name} | " + " | ".join(row[column] for column in names) + " |", flush=True)
    write_rows("resampler", rows_of_all, "soxr", "samplerate")
