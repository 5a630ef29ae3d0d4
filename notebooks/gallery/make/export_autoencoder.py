"""The layers of the gallery's autoencoder, and its two files: encoder and decoder as ONNX, node by node.

Owns the shape of both networks and the file format: tensor names, states, operators. Knows weights as numpy arrays
only, nothing of torch or training. One block of 2048 frames a call; each convolution's past is a state.
"""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import helper

from export_onnx import tensor, write_model

RATE_HZ, BLOCK_FRAMES, LATENTS, HOP = 48000, 2048, 4, 128
STEPS = BLOCK_FRAMES // HOP
#: Slope of what bends the layers, for negative values. No layer has a bias: twice as loud in is twice as loud out.
SLOPE = 0.2


@dataclass(frozen=True)
class Layer:
    """A causal convolution: `stride` frames become one, or one becomes `rise`; a residual layer adds its input."""
    name: str
    before: int
    after: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    rise: int = 1
    is_residual: bool = False
    is_bent: bool = True

    @property
    def past(self) -> int:
        """Frames of its input that the layer remembers."""
        return (self.kernel - 1) * self.dilation + 1 - self.stride

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the weights; with a rise, output channel c · rise + r is channel c at place r of the new frames."""
        return self.after * self.rise, self.before, self.kernel


def _residual(name: str, channels: int, kernel: int, dilation: int) -> Layer:
    return Layer(name, channels, channels, kernel, dilation=dilation, is_residual=True)


ENCODER = [
    Layer('fall_8', 1, 16, 32, stride=8), Layer('fall_32', 16, 32, 8, stride=4), _residual('shape_32', 32, 3, 1),
    Layer('fall_128', 32, 48, 4, stride=4), _residual('shape_128', 48, 3, 1),
    Layer('latent', 48, LATENTS, 1, is_bent=False),
]
DECODER = [
    Layer('latent', LATENTS, 48, 3), _residual('shape_128a', 48, 3, 1), _residual('shape_128b', 48, 3, 2),
    Layer('rise_32', 48, 32, 1, rise=4), _residual('shape_32a', 32, 3, 1), _residual('shape_32b', 32, 3, 3),
    Layer('rise_8', 32, 16, 1, rise=4), _residual('shape_8a', 16, 3, 1), _residual('shape_8b', 16, 3, 3),
    _residual('shape_8c', 16, 3, 9), Layer('rise_1', 16, 8, 2, rise=8), _residual('shape_1', 8, 5, 1),
    Layer('out', 8, 1, 9, is_bent=False),
]


def _layer_nodes(layer: Layer, source: str, frames: int) -> tuple[list, dict, str, int]:
    """Nodes and constants of a layer on the tensor `source` of so many frames; the tensor it makes, and its frames."""
    make, name = helper.make_node, layer.name
    nodes, constants, at = [], {f'{name}_weight': None}, source
    if layer.past:
        constants |= {f'{name}_start': np.array([frames]), f'{name}_end': np.array([frames + layer.past]),
                      'frame_axis': np.array([2])}
        nodes += [make('Concat', [f'{name}_past_in', at], [f'{name}_context'], axis=2),
                  make('Slice', [f'{name}_context', f'{name}_start', f'{name}_end', 'frame_axis'],
                       [f'{name}_past_out'])]
        at = f'{name}_context'
    nodes.append(make('Conv', [at, f'{name}_weight'], [f'{name}_sum'], kernel_shape=[layer.kernel],
                      strides=[layer.stride], dilations=[layer.dilation]))
    at, frames = f'{name}_sum', frames // layer.stride
    if layer.rise > 1:
        constants |= {f'{name}_parts': np.array([1, layer.after, layer.rise, frames]),
                      f'{name}_whole': np.array([1, layer.after, layer.rise * frames])}
        nodes += [make('Reshape', [at, f'{name}_parts'], [f'{name}_apart']),
                  make('Transpose', [f'{name}_apart'], [f'{name}_woven'], perm=[0, 1, 3, 2]),
                  make('Reshape', [f'{name}_woven', f'{name}_whole'], [f'{name}_risen'])]
        at, frames = f'{name}_risen', frames * layer.rise
    if layer.is_bent:
        nodes.append(make('LeakyRelu', [at], [f'{name}_bent'], alpha=SLOPE))
        at = f'{name}_bent'
    if layer.is_residual:
        nodes.append(make('Add', [source, at], [f'{name}_added']))
        at = f'{name}_added'
    return nodes, constants, at, frames


def write_half(path: Path, layers: list[Layer], weights: dict[str, np.ndarray], card: dict[str, str]) -> int:
    """Writes one half: ENCODER, x [1,1,2048] → z [1,4,16], or DECODER, z → y [1,1,2048]. Returns bytes.

    `weights` holds an array of `layer.shape` for each layer's name. A state `<name>_past_in` → `<name>_past_out`
    [1, channels, past] is the end of that layer's input.
    """
    is_encoder = layers is ENCODER
    at, frames = ('x', BLOCK_FRAMES) if is_encoder else ('z', STEPS)
    inputs, outputs = [tensor(at, [1, layers[0].before, frames])], []
    nodes, constants, states = [], {}, []
    for layer in layers:
        more, named, at, frames = _layer_nodes(layer, at, frames)
        nodes += more
        constants |= named | {f'{layer.name}_weight': weights[layer.name]}
        if layer.past:
            shape = [1, layer.before, layer.past]
            inputs.append(tensor(f'{layer.name}_past_in', shape))
            outputs.append(tensor(f'{layer.name}_past_out', shape))
            states.append({'input': f'{layer.name}_past_in', 'output': f'{layer.name}_past_out', 'shape': shape,
                           'dtype': 'f32'})
    nodes[-1].output[0] = 'z' if is_encoder else 'y'
    outputs.insert(0, tensor(nodes[-1].output[0], [1, layers[-1].after, frames]))
    contract = {'sampleRateHz': RATE_HZ, 'blockFrames': BLOCK_FRAMES, 'latencySamples': 0, 'params': [],
                'states': states}
    return write_model(path, nodes, inputs, outputs, constants, contract, card)
