"""Runs the latency grid of test/grid on neutone-sdk 1.5.2 and sets it beside ours: test-results/neutone-grid.csv.

Run by hand, after ./dev test --full has written test-results/latency-grid.csv:
    python test/bench/neutone_grid.py [--quick]
Needs, in an environment of its own, numpy<2.3, cffi, soundfile, click, jsonschema<5, requests, tqdm, torch 2.13.0 for the CPU,
and without their dependencies torchaudio 2.11.0 (delete its lib/*.so) and neutone-sdk 1.5.2.

The probe is the same Gaussian, the delay its centre of mass. Both count in samples of the host's rate. Owns the measurement;
what the SDK does is its own code, called as its plugin calls it.
"""
import argparse
import math
import time

import numpy as np
import torch
from neutone_sdk import SampleQueueWrapper, WaveformToWaveformBase
from results import read_rows, write_rows


class Model(WaveformToWaveformBase):
    """y = x, or y[n] = x[n − 1] with a memory, which it says: the two models of our grid."""

    def __init__(self, rate_hz, block, delay):
        self.rate_hz, self.block, self.delay = rate_hz, block, delay
        super().__init__(torch.nn.Identity())
        self.memory = torch.zeros((1, delay))

    def get_model_name(self): return 'grid'
    def get_model_authors(self): return ['grid']
    def get_model_short_description(self): return 'grid'
    def get_model_long_description(self): return 'grid'
    def get_technical_description(self): return 'grid'
    def get_technical_links(self): return {}
    def get_tags(self): return ['grid']
    def get_model_version(self): return '1.0.0'
    def is_experimental(self): return False
    def is_input_mono(self): return True
    def is_output_mono(self): return True
    def get_native_sample_rates(self): return [self.rate_hz]
    def get_native_buffer_sizes(self): return [self.block]
    def calc_model_delay_samples(self): return self.delay

    def do_forward_pass(self, x, params):
        if self.delay == 0:
            return x
        past = torch.cat([self.memory, x], dim=1)
        self.memory = past[:, -self.delay:].clone()
        return past[:, :-self.delay]


def gauss(n, width):
    return np.exp(-0.5 * (n / width) ** 2)


def hear(host_hz, host_block, model_hz, native_block, delay):
    """What the SDK reports and what comes out; a string says why it can't."""
    try:
        wrapper = SampleQueueWrapper(Model(model_hz, native_block, delay), daw_sr=host_hz, daw_bs=host_block)
        wrapper.prepare_for_inference()
    except (AssertionError, ZeroDivisionError, RuntimeError, IndexError) as error:
        return f'refused: {type(error).__name__}'
    reported = wrapper.calc_buffering_delay_samples() + wrapper.calc_model_delay_samples()
    # As test/grid/latency-cell.ts has it.
    width = max(16, host_hz / 3000)
    at, span = math.ceil(12.5 * width), math.ceil(8 * width)
    frames = at + reported + 3 * span + 2 * native_block * host_hz // model_hz
    calls = -(-frames // host_block)
    probe = gauss(np.arange(calls * host_block) - at, width).astype(np.float32)
    try:
        with torch.no_grad():
            blocks = torch.from_numpy(probe).view(1, -1).split(host_block, dim=1)
            heard = torch.cat([wrapper.forward(block.clone()).clone() for block in blocks], dim=1)[0].numpy()
    except (AssertionError, RuntimeError, IndexError) as error:
        return f'failed: {type(error).__name__}'
    if not np.isfinite(heard).all() or heard.max() < 0.1:
        return 'silent'
    peak = int(heard.argmax())
    window = np.arange(max(0, peak - span), min(len(heard), peak + span + 1))
    centre = float((heard[window] * window).sum() / heard[window].sum())
    return {
        'buffering': wrapper.calc_buffering_delay_samples(),
        'reported': reported,
        'measured': round(centre - at, 4),
        'distortion': round(float(np.abs(heard - gauss(np.arange(len(heard)) - centre, width)).max()), 6),
    }


def ours():
    """Cells of our grid in a host that keeps to its block, once each, by what they are."""
    cells = {}
    for row in read_rows('latency-grid'):
        if row['way'] != 'promised' or row['regionRateHz'] != row['patchRateHz']:
            continue
        key = (*(int(row[name]) for name in ('patchRateHz', 'modelRateHz', 'hostBlock', 'nativeBlock')), row['model'])
        cells[key] = {name: float(row[name]) for name in ('buffering', 'filter', 'reported', 'measured')}
    return cells


def main():
    parser = argparse.ArgumentParser(description='The latency grid on neutone-sdk beside ours.')
    parser.add_argument('--quick', action='store_true', help='every seventh cell only')
    step = 7 if parser.parse_args().quick else 1
    torch.set_num_threads(1)
    start, rows = time.monotonic(), []
    for key, mine in list(ours().items())[::step]:
        host_hz, model_hz, host_block, native_block, model = key
        theirs = hear(host_hz, host_block, model_hz, native_block, 0 if model == 'memoryless' else 1)
        row = dict(zip(('hostRateHz', 'modelRateHz', 'hostBlock', 'nativeBlock', 'model'), key))
        row |= {f'our {name}': round(mine[name], 4) for name in ('buffering', 'filter', 'reported', 'measured')}
        row |= {'their state': theirs} if isinstance(theirs, str) else {'their state': 'plays'} | {
            f'their {name}': value for name, value in theirs.items()}
        rows.append(row)
    write_rows('neutone-grid', rows, 'neutone-sdk', 'torch', 'numpy')
    print(f'{len(rows)} cells in {time.monotonic() - start:.0f} s; all of them in test-results/neutone-grid.csv')


if __name__ == '__main__':
    main()
