"""Reference numbers for test/nodes/convolution.test.ts: scipy.signal.fftconvolve in f64.

Run by hand (needs numpy and scipy): writes test/nodes/fixtures/convolution.json. Sounds and responses come from a whole-number
hash that the test writes down again, so that the file holds results only: some frames of each channel of each case.
"""
import json
from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve

CASES = [
    {'name': 'a cabinet, mono', 'taps': 1500, 'responses': 1, 'channels': 2, 'frames': 6000},
    {'name': 'a room of 2 s, stereo', 'taps': 96000, 'responses': 2, 'channels': 2, 'frames': 120000},
]


def hashed(count: int, seed: int) -> np.ndarray:
    """Numbers in −1…1, exact in f32: the upper 24 bits of n·(n·747796405 + 2891336453 + seed) mod 2³²."""
    n = np.arange(count, dtype=np.uint64)
    mixed = (n * ((n * 747796405 + 2891336453 + seed) % 2**32)) % 2**32
    mixed = ((mixed ^ (mixed >> 15)) * 2246822519) % 2**32
    return ((mixed ^ (mixed >> 13)) >> 8).astype(float) / 2**23 - 1


def main() -> None:
    results = []
    for case in CASES:
        taps, frames = case['taps'], case['frames']
        fade = (1 - np.arange(taps) / taps) ** 4
        frame = np.unique(np.linspace(0, frames - 1, 60).astype(int))
        out = []
        for channel in range(case['channels']):
            h = (hashed(taps, 7 + min(channel, case['responses'] - 1)) * fade * 0.125).astype(np.float32).astype(float)
            y = fftconvolve(0.5 * hashed(frames, 100 + channel), h)[:frames]
            out.append([float(f'{v:.10g}') for v in y[frame]])
        results.append({**case, 'at': frame.tolist(), 'out': out})
    path = Path(__file__).parent / 'fixtures' / 'convolution.json'
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + '\n')


if __name__ == '__main__':
    main()
