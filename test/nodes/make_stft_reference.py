"""Reference numbers for test/nodes/stft.test.ts: scipy.signal.stft in f64, and the denoiser of the gallery between them.

Run by hand (needs numpy, scipy and onnxruntime): writes test/nodes/fixtures/stft.json and
denoiser.json. The sound is a whole-number hash that the test writes
down again. scipy's segment j begins at frame j·hop; item k of the node ends at frame (k+1)·hop, so j = k + 1 − window/hop.
"""
import json
from pathlib import Path

import numpy as np
import onnxruntime
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


def denoise(frames: int) -> dict:
    """Hashed noise that swells, at 16 kHz: frames of rfft, the model in onnxruntime, irfft and overlap-add."""
    size, hop = 512, 256
    x = (hashed(frames, 21) * 0.25 * np.linspace(0, 1, frames) ** 2).astype(np.float32)
    model = Path(__file__).parents[2] / 'notebooks/gallery/models/speech-denoiser-gru48.onnx'
    session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
    window = np.sqrt(hann(size, sym=False))
    state = np.zeros((1, 1, 48), np.float32)
    padded, y = np.concatenate([np.zeros(size - hop), x]), np.zeros(frames + size)
    for first in range(0, frames - hop + 1, hop):
        bins = np.fft.rfft(padded[first:first + size] * window)
        spectrum = np.stack([bins.real, bins.imag], -1)[None].astype(np.float32)
        enhanced, state = session.run(['enhanced', 'h_out'], {'spectrum': spectrum, 'h_in': state})
        y[first:first + size] += np.fft.irfft(enhanced[0, :, 0] + 1j * enhanced[0, :, 1], size) * window
    at = np.unique(np.linspace(0, frames - size, 200).astype(int))
    return {'frames': frames, 'at': at.tolist(), 'out': [float(f'{v:.10g}') for v in y[at + size - hop]]}


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
    folder = Path(__file__).parent / 'fixtures'
    (folder / 'stft.json').write_text(json.dumps(results) + '\n')
    (folder / 'denoiser.json').write_text(json.dumps(denoise(16000)) + '\n')


if __name__ == '__main__':
    main()
