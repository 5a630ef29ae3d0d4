"""The ten effects in pedalboard (JUCE, C++): seconds at a time in blocks of 128, so that calls from Python cost nothing."""

import numpy as np
from pedalboard import (
    Compressor, Delay, Distortion, Gain, HighpassFilter, HighShelfFilter, Limiter, LowpassFilter, LowShelfFilter, PeakFilter,
    Pedalboard)

BLOCK = 128
RATE_HZ = 48000


def board():
    return Pedalboard([
        Gain(-3), HighpassFilter(80), Distortion(6), LowpassFilter(6000), Delay(0.25, 0.3, 0.3), Compressor(-20, 4),
        PeakFilter(1000, 3, 1), LowShelfFilter(200, 2), HighShelfFilter(5000, -2), Limiter()])


class Work:
    def __init__(self):
        self.board = board()
        noise = np.random.default_rng(0).standard_normal((2, 1500 * BLOCK))
        self.input = (0.1 * noise).astype(np.float32)

    def run(self, units):
        most = self.input.shape[1] // BLOCK
        while units > 0:
            blocks = min(units, most)
            self.board(self.input[:, :blocks * BLOCK], RATE_HZ, buffer_size=BLOCK, reset=False)
            units -= blocks

    def sound(self, channels):
        return board()(np.stack(channels), RATE_HZ, buffer_size=BLOCK)
