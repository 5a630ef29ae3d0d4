"""Makes models that need the whole sound at once, and what numpy says of them.

Owns test/render/fixtures/. Run: python test/render/make_whole_reference.py (needs numpy and onnx)

backwards.onnx  y[n] = level * x[N - 1 - n] / max |x|, any rate: its first sample depends on the last one.
peak.onnx       y[n] = x[n] / max |x| at 24 kHz.
"""
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OUT = Path(__file__).parent / 'fixtures'
FRAMES, LEVEL = 3001, 0.5
NODES = [helper.make_node('Abs', ['x'], ['size']), helper.make_node('ReduceMax', ['size'], ['peak'], keepdims=1),
         helper.make_node('Div', ['x', 'peak_or_less'], ['normal'])]
# Silence, which a runtime may be warmed up with, has no peak to divide by.
FLOOR = helper.make_node('Max', ['peak', 'floor'], ['peak_or_less'])


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def write(name, nodes, inputs, constants, contract):
    sound = [1, 1, 'N']
    constants = {'floor': np.float32([[[1e-9]]])} | constants
    graph = helper.make_graph(nodes, name, [value('x', sound), *inputs], [value('y', sound)],
                              [numpy_helper.from_array(array, key) for key, array in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    helper.set_model_props(model, {'neuropatch.contract': json.dumps({'blockFrames': 'whole'} | contract)})
    checker.check_model(model, full_check=True)
    (OUT / f'{name}.onnx').write_bytes(model.SerializeToString())


def main():
    OUT.mkdir(exist_ok=True)
    normalise = [NODES[0], NODES[1], FLOOR, NODES[2]]
    param = {'tensor': 'level', 'id': 'level', 'label': 'Level', 'unit': '×', 'min': 0, 'max': 2, 'default': 1,
             'scale': 'linear', 'rate': 'event', 'layout': '1'}
    write('backwards', [*normalise, helper.make_node('Slice', ['normal', 'last', 'first', 'axis', 'step'], ['turned']),
                        helper.make_node('Mul', ['turned', 'level'], ['y'])], [value('level', [1])],
          {'last': np.int64([-1]), 'first': np.int64([np.iinfo(np.int64).min]), 'axis': np.int64([2]), 'step': np.int64([-1])},
          {'params': [param]})
    write('peak', [*normalise, helper.make_node('Identity', ['normal'], ['y'])], [], {}, {'sampleRateHz': 24000})
    x = np.random.default_rng(7).uniform(-0.3, 0.3, FRAMES).astype('<f4')
    x.tofile(OUT / 'sound.f32')
    (LEVEL * x[::-1].astype(np.float64) / np.abs(x).max()).astype('<f4').tofile(OUT / 'backwards.f32')


if __name__ == '__main__':
    main()
