"""Writes the model inside the cases of nodes/neural/neural-model.ts: y[n] = gain · x[n − 1], one state. Needs onnx.

Run by hand; prints the file in hexadecimal and its SHA-256.
"""
import hashlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper


def tensor(name: str, shape: list[int | str]):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def index(name: str, value: int):
    return numpy_helper.from_array(np.array([value], np.int64), name)


graph = helper.make_graph(
    [
        helper.make_node('Concat', ['z', 'x'], ['q'], axis=2),
        helper.make_node('Slice', ['q', '0', 'L', '2'], ['d']),
        helper.make_node('Slice', ['q', 'L', 'E', '2'], ['z_out']),
        helper.make_node('Mul', ['d', 'gain'], ['y']),
    ],
    'g',
    [tensor('x', [1, 1, 'N']), tensor('gain', [1]), tensor('z', [1, 1, 1])],
    [tensor('y', [1, 1, 'N']), tensor('z_out', [1, 1, 1])],
    [index('0', 0), index('L', -1), index('2', 2), index('E', 2**31 - 1)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
checker.check_model(model, full_check=True)
data = model.SerializeToString()
print(data.hex())
print(len(data), hashlib.sha256(data).hexdigest())
