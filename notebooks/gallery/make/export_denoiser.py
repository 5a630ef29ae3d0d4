"""Writes the gallery's speech denoiser as ONNX, node by node, with its contract and card in the metadata.

Owns the file format of this model: the STFT it is fed with, its bands, tensor names, operators. Knows weights as numpy
arrays only, nothing of torch or training. One spectrum frame a call.
"""
from pathlib import Path

import numpy as np
from onnx import helper

from export_onnx import tensor, to_onnx_gates, write_model

RATE_HZ, WINDOW, HOP = 16000, 512, 256
BINS, BANDS = WINDOW // 2 + 1, 32
#: Keeps the logarithm finite in silence; a full-scale sine has a power of about 16,000 in its bin.
POWER_FLOOR = 1e-6


def band_shapes() -> np.ndarray:
    """Triangles [32, 257] over the bins whose sum is 1 in every bin, two bins apart at the bottom, ever wider above."""
    growth = np.linspace(1.001, 1.3, 100_000)
    top = 2 * (growth ** (BANDS - 1) - 1) / (growth - 1)
    ratio = growth[np.argmin(np.abs(top - (BINS - 1)))]
    centres = 2 * (ratio ** np.arange(BANDS) - 1) / (ratio - 1)
    centres *= (BINS - 1) / centres[-1]
    return np.array([np.interp(np.arange(BINS), centres, row) for row in np.eye(BANDS)])


def write_denoiser(path: Path, weights: dict[str, np.ndarray], card: dict[str, str]) -> int:
    """Writes spectrum [1,257,2] and h_in [1,1,H] → enhanced [1,257,2] and h_out [1,1,H]. Returns bytes.

    `weights` holds torch's names: gru.weight_ih_l0 and its kin, out.weight, out.bias; and spread, centre, scale.
    """
    units = weights['gru.weight_hh_l0'].shape[1]
    constants = {
        **to_onnx_gates(weights), 'spread': weights['spread'], 'band_share': 1 / weights['spread'].sum(1),
        'floor': np.float32(POWER_FLOOR), 'centre': weights['centre'], 'scale': weights['scale'],
        'out_weight': weights['out.weight'].T, 'out_bias': weights['out.bias'],
        'first_axis': np.array([0]), 'part_axis': np.array([2]),
    }
    make = helper.make_node
    nodes = [
        make('Mul', ['spectrum', 'spectrum'], ['squares']),
        make('ReduceSum', ['squares', 'part_axis'], ['power'], keepdims=0),
        make('Transpose', ['spread'], ['gather'], perm=[1, 0]),
        make('MatMul', ['power', 'gather'], ['gathered']), make('Mul', ['gathered', 'band_share'], ['band_power']),
        make('Add', ['band_power', 'floor'], ['floored']), make('Log', ['floored'], ['log_power']),
        make('Sub', ['log_power', 'centre'], ['centred']), make('Mul', ['centred', 'scale'], ['features']),
        make('Unsqueeze', ['features', 'first_axis'], ['sequence']),
        make('GRU', ['sequence', 'W', 'R', 'B', '', 'h_in'], ['', 'h_out'], hidden_size=units, direction='forward',
             linear_before_reset=1),
        make('Squeeze', ['h_out', 'first_axis'], ['hidden']),
        make('Concat', ['hidden', 'features'], ['known'], axis=1),
        make('MatMul', ['known', 'out_weight'], ['mixed']), make('Add', ['mixed', 'out_bias'], ['levelled']),
        make('Sigmoid', ['levelled'], ['band_gains']), make('MatMul', ['band_gains', 'spread'], ['gains']),
        make('Unsqueeze', ['gains', 'part_axis'], ['gain']), make('Mul', ['spectrum', 'gain'], ['enhanced']),
    ]
    stft = {'windowFrames': WINDOW, 'hopFrames': HOP, 'window': 'root-hann', 'isPeriodic': True, 'scaling': 'none'}
    contract = {'sampleRateHz': RATE_HZ, 'latencySamples': 0, 'params': [], 'stft': stft,
                'states': [{'input': 'h_in', 'output': 'h_out', 'shape': [1, 1, units], 'dtype': 'f32'}]}
    return write_model(path, nodes, [tensor('spectrum', [1, BINS, 2]), tensor('h_in', [1, 1, units])],
                       [tensor('enhanced', [1, BINS, 2]), tensor('h_out', [1, 1, units])], constants, contract, card)
