"""Measures on neutone-sdk 1.5.2 what test/nodes/resampler-pitch.test.ts measures on ours: a model that makes its own 1000 Hz.

Run by hand, in the environment that neutone_grid.py names:
    python test/bench/neutone_pitch.py
Hosts of 44.1 and 48 kHz, models of every rate, buffers of 32 to 2048 frames; the model takes any block. The pitch is the slope
of the phase over the second half of two seconds. Writes test-results/neutone-pitch.csv.
"""
import numpy as np
import torch
from neutone_grid import Model
from neutone_sdk import SampleQueueWrapper
from results import write_rows

TONE_HZ, SECONDS = 1000, 2
HOSTS_HZ = [44100, 48000]
MODELS_HZ = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000]
BUFFERS = [32, 64, 128, 256, 512, 1024, 2048]


class Tone(Model):
    """Makes 1000 Hz at its own rate, whatever comes in."""

    def __init__(self, rate_hz):
        super().__init__(rate_hz, 0, 0)
        self.frame = 0

    def get_native_buffer_sizes(self): return []

    def do_forward_pass(self, x, params):
        n = self.frame + torch.arange(x.shape[1], dtype=torch.float64)
        self.frame += x.shape[1]
        return (0.5 * torch.sin(2 * torch.pi * TONE_HZ * n / self.rate_hz)).to(torch.float32)[None]


def cents_off(y, rate_hz):
    """How far the loudest tone is from 1000 Hz: a peak of the spectrum, then its phase in 32 windows, a line through them."""
    rough_hz = np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) * rate_hz / len(y)
    hop = len(y) // 33
    window = np.hanning(2 * hop + 1)[:-1]
    turned = y * np.exp(-2j * np.pi * rough_hz * np.arange(len(y)) / rate_hz)
    phases = np.unwrap([np.angle(np.sum(window * turned[w * hop:w * hop + 2 * hop])) for w in range(32)])
    slope = np.polyfit(np.arange(32) * hop, phases, 1)[0]
    return 1200 * np.log2((rough_hz + slope * rate_hz / (2 * np.pi)) / TONE_HZ)


def hear(host_hz, model_hz, buffer):
    """Cents off; a string says why it can't play."""
    try:
        wrapper = SampleQueueWrapper(Tone(model_hz), daw_sr=host_hz, daw_bs=buffer)
        wrapper.prepare_for_inference()
        silence = torch.zeros((1, buffer))
        with torch.no_grad():
            heard = [wrapper.forward(silence.clone()).clone() for _ in range(SECONDS * host_hz // buffer)]
    except (AssertionError, ZeroDivisionError, RuntimeError, IndexError) as error:
        return f'refused: {type(error).__name__}'
    y = torch.cat(heard, dim=1)[0].numpy().astype(np.float64)
    return f'{cents_off(y[len(y) // 2:], host_hz):.4f}'


def main():
    torch.set_num_threads(1)
    write_rows('neutone-pitch', [
        {'modelRateHz': model_hz, 'patchRateHz': host_hz, 'buffer': buffer, 'cents': hear(host_hz, model_hz, buffer)}
        for host_hz in HOSTS_HZ for model_hz in MODELS_HZ for buffer in BUFFERS
    ], 'neutone-sdk', 'torch')


if __name__ == '__main__':
    main()
