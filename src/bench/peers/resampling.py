"""soxr in its high quality, one channel, seconds at a time: one call for each piece, so that calls from Python cost nothing."""

import numpy as np
import soxr

BLOCK = 128
PIECE_BLOCKS = 1500


class Work:
    def __init__(self, inRateHz, outRateHz):
        self.rates = inRateHz, outRateHz
        noise = np.random.default_rng(0).standard_normal(PIECE_BLOCKS * BLOCK)
        self.input = (0.1 * noise).astype(np.float32)

    def run(self, units):
        while units > 0:
            blocks = min(units, PIECE_BLOCKS)
            soxr.resample(self.input[:blocks * BLOCK], *self.rates, 'HQ')
            units -= blocks

    def sound(self, channels):
        return [soxr.resample(channel, *self.rates, 'HQ') for channel in channels]
