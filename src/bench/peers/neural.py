"""A net in native onnxruntime, one thread: bound inputs and outputs, states that change places, so that nothing is copied.

`model` is a path.
"""

import numpy as np
import onnxruntime as ort

BLOCK = 128


class Work:
    def __init__(self, model):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
        rng = np.random.default_rng(0)
        self.blocks = [(0.3 * rng.uniform(-1, 1, (1, 1, BLOCK))).astype(np.float32) for _ in range(64)]
        self.x = ort.OrtValue.ortvalue_from_numpy(np.zeros((1, 1, BLOCK), np.float32))
        self.y = ort.OrtValue.ortvalue_from_numpy(np.zeros((1, 1, BLOCK), np.float32))
        shapes = {i.name: i.shape for i in self.session.get_inputs() if i.name != 'x'}
        pairs = [[ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32)) for shape in shapes.values()]
                 for _ in range(2)]
        # A binding does not keep what it binds.
        self.states = pairs
        self.bindings = []
        for old, new in (pairs, pairs[::-1]):
            binding = self.session.io_binding()
            binding.bind_ortvalue_input('x', self.x)
            binding.bind_ortvalue_output('y', self.y)
            for name, before, after in zip(shapes, old, new):
                binding.bind_ortvalue_input(name, before)
                binding.bind_ortvalue_output(f'{name}_out', after)
            self.bindings.append(binding)
        self.at = 0

    def sound(self, channels):
        # Both bindings read and write the states of `pairs`: the one that runs first finds its states at zero.
        for values in self.states:
            for value in values:
                value.update_inplace(np.zeros(value.shape(), np.float32))
        self.at = 0
        heard = []
        for block in channels[0].reshape(-1, 1, 1, BLOCK):
            self.x.update_inplace(np.ascontiguousarray(block))
            self.session.run_with_iobinding(self.bindings[self.at % 2])
            heard.append(self.y.numpy().ravel().copy())
            self.at += 1
        return [np.concatenate(heard)]

    def run(self, units):
        for _ in range(units):
            self.x.update_inplace(self.blocks[self.at % 64])
            self.session.run_with_iobinding(self.bindings[self.at % 2])
            self.at += 1
