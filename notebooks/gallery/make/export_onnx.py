"""Writes the gallery's models as ONNX, node by node, with their contract and card in the metadata.

Owns the frame of every model file (stock operators, opset 18, deterministic bytes) and the format of the two that take
any number of frames N ≥ 1 per call: tensor names, shapes. Knows weights as numpy arrays only, nothing of torch.
"""
import json
import math
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper

OPSET, IR_VERSION = 18, 8


def _constant(name: str, value) -> TensorProto:
    array = np.ascontiguousarray(value)
    array = array.astype('<i8' if array.dtype.kind == 'i' else '<f4')
    kind = TensorProto.INT64 if array.dtype.kind == 'i' else TensorProto.FLOAT
    return helper.make_tensor(name, kind, array.shape, array.tobytes(), raw=True)


def tensor(name: str, shape: list):
    """What a graph says of a float32 input or output."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def write_model(path: Path, nodes, inputs, outputs, constants, contract: dict, card: dict) -> int:
    """Checks and writes a model of these nodes; `constants` are arrays by name. Returns bytes."""
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, [_constant(k, v) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION,
                              producer_name='neuropatch')
    helper.set_model_props(model, {'neuropatch.contract': json.dumps(contract, separators=(',', ':')), **card})
    checker.check_model(model, full_check=True)
    data = model.SerializeToString(deterministic=True)
    path.write_bytes(data)
    return len(data)


def to_onnx_gates(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """W, R and B of an ONNX GRU from torch's gru.weight_ih_l0 and its kin.

    torch orders its gates reset, update, new; ONNX wants update, reset, hidden.
    """
    def regate(name):
        reset, update, new = np.split(weights[name], 3)
        return np.concatenate([update, reset, new])

    bias = np.concatenate([regate('gru.bias_ih_l0'), regate('gru.bias_hh_l0')])
    return {'W': regate('gru.weight_ih_l0')[None], 'R': regate('gru.weight_hh_l0')[None], 'B': bias[None]}


def write_gru_amp(path: Path, weights: dict[str, np.ndarray], rest: np.ndarray, card: dict[str, str]) -> int:
    """Writes the drive-controlled GRU amplifier: x, drive [1,1,N] and h_in [1,1,H] → y [1,1,N], h_out. Returns bytes.

    `weights` holds torch's names: gru.weight_ih_l0, gru.weight_hh_l0, gru.bias_ih_l0, gru.bias_hh_l0, out.weight,
    out.bias, skip. The state is the GRU's distance from `rest` [1,1,H], its state in silence, so that the usual start
    at zero makes no click.
    """
    hidden = weights['gru.weight_hh_l0'].shape[1]
    constants = {
        'decibel': np.float32(math.log(10) / 20), 'quarter': np.float32(0.25), 'drive_span': np.float32(1 / 24),
        **to_onnx_gates(weights), 'h_rest': rest, 'direction_axis': np.array([1]),
        'out_weight': weights['out.weight'].T, 'out_bias': weights['out.bias'], 'skip': weights['skip'],
    }
    make = helper.make_node
    nodes = [
        make('Mul', ['drive', 'decibel'], ['log_gain']), make('Exp', ['log_gain'], ['gain']),
        make('Mul', ['x', 'gain'], ['amplified']), make('Mul', ['amplified', 'quarter'], ['driven']),
        make('Mul', ['drive', 'drive_span'], ['drive_unit']),
        make('Concat', ['driven', 'drive_unit'], ['features'], axis=1),
        make('Transpose', ['features'], ['sequence'], perm=[2, 0, 1]),
        make('Add', ['h_in', 'h_rest'], ['h_first']),
        make('GRU', ['sequence', 'W', 'R', 'B', '', 'h_first'], ['hidden_all', 'h_last'], hidden_size=hidden,
             direction='forward', linear_before_reset=1),
        make('Sub', ['h_last', 'h_rest'], ['h_out']),
        make('Squeeze', ['hidden_all', 'direction_axis'], ['hidden']),
        make('MatMul', ['hidden', 'out_weight'], ['mixed']), make('Add', ['mixed', 'out_bias'], ['levelled']),
        make('Transpose', ['levelled'], ['wet'], perm=[1, 2, 0]),
        make('Mul', ['x', 'skip'], ['skipped']), make('Add', ['wet', 'skipped'], ['y']),
    ]
    drive = {'tensor': 'drive', 'id': 'drive', 'label': 'Drive', 'unit': 'dB', 'min': 0, 'max': 24, 'default': 9,
             'scale': 'linear', 'rate': 'a'}
    inputs = [tensor('x', [1, 1, 'N']), tensor('drive', [1, 1, 'N']), tensor('h_in', [1, 1, hidden])]
    return write_model(path, nodes, inputs, [tensor('y', [1, 1, 'N']), tensor('h_out', [1, 1, hidden])], constants,
                       {'sampleRateHz': 44100, 'blockFrames': 0, 'latencySamples': 0, 'params': [drive]}, card)


def write_tcn(path: Path, weights: dict[str, np.ndarray], dilations: list[int], card: dict[str, str]) -> int:
    """Writes the causal TCN: x [1,1,N] and past_<i>_in [1,C,2·dilation] → y [1,1,N], past_<i>_out. Returns bytes.

    `weights` holds torch's names: lift.weight, conv.<i>.weight, conv.<i>.bias, mix.<i>.weight, out.weight, out.bias,
    skip. A layer's state is the last 2·dilation frames of its input.
    """
    channels = weights['lift.weight'].shape[0]
    constants = {'lift_weight': weights['lift.weight'], 'to_end': np.array([np.iinfo(np.int64).max]),
                 'frame_axis': np.array([2])}
    make = helper.make_node
    nodes = [make('Conv', ['x', 'lift_weight'], ['h_0'], kernel_shape=[1])]
    inputs, outputs = [tensor('x', [1, 1, 'N'])], [tensor('y', [1, 1, 'N'])]
    for i, dilation in enumerate(dilations):
        past = 2 * dilation
        constants |= {f'conv_{i}_weight': weights[f'conv.{i}.weight'], f'conv_{i}_bias': weights[f'conv.{i}.bias'],
                      f'mix_{i}_weight': weights[f'mix.{i}.weight'], f'past_{i}_start': np.array([-past])}
        nodes += [
            make('Concat', [f'past_{i}_in', f'h_{i}'], [f'context_{i}'], axis=2),
            make('Slice', [f'context_{i}', f'past_{i}_start', 'to_end', 'frame_axis'], [f'past_{i}_out']),
            make('Conv', [f'context_{i}', f'conv_{i}_weight', f'conv_{i}_bias'], [f'z_{i}'], kernel_shape=[3],
                 dilations=[dilation]),
            make('Tanh', [f'z_{i}'], [f'a_{i}']),
            make('Conv', [f'a_{i}', f'mix_{i}_weight'], [f'm_{i}'], kernel_shape=[1]),
            make('Add', [f'h_{i}', f'm_{i}'], [f'h_{i + 1}']),
        ]
        inputs.append(tensor(f'past_{i}_in', [1, channels, past]))
        outputs.append(tensor(f'past_{i}_out', [1, channels, past]))
    constants |= {'out_weight': weights['out.weight'], 'out_bias': weights['out.bias'], 'skip': weights['skip']}
    nodes += [make('Conv', [f'h_{len(dilations)}', 'out_weight', 'out_bias'], ['wet'], kernel_shape=[1]),
              make('Mul', ['x', 'skip'], ['skipped']), make('Add', ['wet', 'skipped'], ['y'])]
    return write_model(path, nodes, inputs, outputs, constants,
                       {'sampleRateHz': 48000, 'blockFrames': 0, 'latencySamples': 0, 'params': []}, card)
