"""Reference numbers for test/nodes/stft.test.ts: scipy.signal.stft in f64.

Run by hand (needs numpy and scipy): writes test/nodes/fixtures/stft.json. The sound is a whole-number hash that the test writes
down again. scipy's segment j begins at frame j·hop; item k of the node ends at frame (k+1)·hop, so j = k + 1 − window/hop.
"""
import json
from pathlib import Path

import numpy as np
from scipy.signal import stft
from scipy.signal.windows import hann

FRAMES, RATE = 3000, 48000
CASES = [
    {'window': 256, 'hop': 128, 'shape': 'root-hann', 'form': 'periodic', 'scaling': 'amplitude'},
    {'window': 512, 'hop': 64, 'shape': 'hann', 'form': 'symmetric', 'scaling': 'power'},
    {'window': 1024, 'hop': 100, 'shape': 'none', 'form': 'periodic', 'scaling': 'unitary'},
    {'window': 64, 'hop': 32, 'shape': 'hann', 'form': 'periodic', 'scaling': 'none'},
]


def hashed(count: int, seed: int) -> np.ndarray:
    """Numbers in −1…1, exact in f32: the upper 24 bits of n·(n·747796405 + 2891336453 + seed) mod 2³²."""
    n = np.arange(count, dtype=np.uint64)
    mixed = (n * ((n * 747796405 + 2891336453 + seed) % 2**32)) % 2**32
    mixed = ((mixed ^ (mixed >> 15)) * 2246822519) % 2**32
    return ((mixed ^ (mixed >> 13)) >> 8).astype(float) / 2**23 - 1


def main() -> None:
    x = hashed(FRAMES, 5)
    results = []
    for case in CASES:
        size, hop = case['window'], case['hop']
        window = np.ones(size) if case['shape'] == 'none' else hann(size, sym=case['form'] == 'symmetric')
        if case['shape'] == 'root-hann':
            window = np.sqrt(window)
        # In front of the sound as many zeros as make segment 0 end with the first hop.
        padded = np.concatenate([np.zeros(size - hop), x])
        z = stft(padded, RATE, window, size, size - hop, detrend=False, boundary=None, padded=False,
                 scaling='psd' if case['scaling'] == 'power' else 'spectrum')[2]
        if case['scaling'] == 'unitary':
            z = z * window.sum() / np.sqrt(size)
        if case['scaling'] == 'none':
            z = z * window.sum()
        items = np.unique(np.linspace(0, z.shape[1] - 1, 5).astype(int))
        bins = np.unique(np.linspace(0, size // 2, 9).astype(int))
        values = [[[float(f'{part:.10g}') for part in (z[b, k].real, z[b, k].imag)] for b in bins] for k in items]
        results.append({**case, 'items': items.tolist(), 'bins': bins.tolist(), 'values': values})
    path = Path(__file__).parent / 'fixtures' / 'stft.json'
    path.write_text(json.dumps(results) + '\n')


if __name__ == '__main__':
    main()
