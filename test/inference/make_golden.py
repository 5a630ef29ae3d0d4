"""Makes the small seeded ONNX models of the inference tests and what native ONNX Runtime computes with them.

Run: python test/inference/make_golden.py   (needs numpy, onnx and onnxruntime)
Writes test/inference/models/*.onnx and, as raw little-endian float32, test/golden/inference/*.f32.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
MODELS = HERE / "models"
GOLDEN = HERE.parent / "golden" / "inference"
SAMPLES = 8192
BLOCK = 128
OPSET = 17


def value(name, shape, dtype=TensorProto.FLOAT):
    """A graph input or output; a string in the shape is a free axis."""
    return helper.make_tensor_value_info(name, dtype, shape)


def save(name, nodes, inputs, outputs, weights=None):
    """Checks and writes one model."""
    initializers = [numpy_helper.from_array(array, key) for key, array in (weights or {}).items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    (MODELS / f"{name}.onnx").write_bytes(model.SerializeToString())


def node(op, inputs, outputs, **attributes):
    """One graph node; inputs and outputs are names separated by one space (two: none given)."""
    return helper.make_node(op, inputs.split(" "), outputs.split(" "), **attributes)


def make_gru(rng, hidden=32):
    """y = x + 0.5 * linear(GRU(x)), layout bcn, state [1, 1, hidden]."""

    def uniform(*shape):
        return rng.uniform(-0.4, 0.4, shape).astype(np.float32)

    save(
        "gru",
        [
            node("Transpose", "x", "steps", perm=[2, 0, 1]),
            node("GRU", "steps W R B  h", "all h_out", hidden_size=hidden, linear_before_reset=1),
            node("Squeeze", "all one", "seq"),
            node("MatMul", "seq V", "mixed"),
            node("Transpose", "mixed", "wet", perm=[1, 2, 0]),
            node("Mul", "wet half", "scaled"),
            node("Add", "x scaled", "y"),
        ],
        [value("x", [1, 1, "n"]), value("h", [1, 1, hidden])],
        [value("y", [1, 1, "n"]), value("h_out", [1, 1, hidden])],
        {
            "W": uniform(1, 3 * hidden, 1),
            "R": uniform(1, 3 * hidden, hidden),
            "B": uniform(1, 6 * hidden),
            "V": uniform(hidden, 1),
            "one": np.array([1], np.int64),
            "half": np.array([0.5], np.float32),
        },
    )


def make_conv(rng, channels=8, taps=3, dilations=(1, 4, 16)):
    """Causal dilated convolutions with tanh and a skip; one state per layer: its input's last samples."""
    nodes, weights = [], {}
    inputs, outputs = [value("x", [1, 1, "n"])], [value("y", [1, 1, "n"])]
    source, source_channels = "x", 1
    weights["axis_to"] = np.array([2**31 - 1], np.int64)
    weights["axis"] = np.array([2], np.int64)
    for i, dilation in enumerate(dilations):
        past = (taps - 1) * dilation
        weights[f"w{i}"] = rng.normal(0, 0.6 / np.sqrt(source_channels * taps), (channels, source_channels, taps)).astype(
            np.float32
        )
        weights[f"b{i}"] = rng.normal(0, 0.1, channels).astype(np.float32)
        weights[f"from{i}"] = np.array([-past], np.int64)
        nodes += [
            node("Concat", f"c{i} {source}", f"cat{i}", axis=2),
            node("Slice", f"cat{i} from{i} axis_to axis", f"c{i}_out"),
            node("Conv", f"cat{i} w{i} b{i}", f"conv{i}", dilations=[dilation]),
            node("Tanh", f"conv{i}", f"act{i}"),
        ]
        inputs.append(value(f"c{i}", [1, source_channels, past]))
        outputs.append(value(f"c{i}_out", [1, source_channels, past]))
        source, source_channels = f"act{i}", channels
    weights["wy"] = rng.normal(0, 0.3, (1, channels, 1)).astype(np.float32)
    nodes += [node("Conv", f"{source} wy", "wet"), node("Add", "wet x", "y")]
    save("conv", nodes, inputs, outputs, weights)


def make_edge_cases():
    """Models that each have one awkward trait; their right answers are closed forms in the tests."""
    save("identity", [node("Identity", "x", "y")], [value("x", [1, 1, "n"])], [value("y", [1, 1, "n"])])
    save("block64", [node("Neg", "x", "y")], [value("x", [1, 1, 64])], [value("y", [1, 1, 64])])
    # Half as many samples come out as go in.
    save(
        "halves",
        [node("Slice", "x zero end axis two", "y")],
        [value("x", [1, 1, "n"])],
        [value("y", [1, 1, "m"])],
        {
            "zero": np.array([0], np.int64),
            "end": np.array([2**31 - 1], np.int64),
            "axis": np.array([2], np.int64),
            "two": np.array([2], np.int64),
        },
    )
    # The right number of samples with one axis less, by an operator that shares its input's memory.
    save(
        "flat",
        [node("Squeeze", "x first", "y")],
        [value("x", [1, 1, "n"])],
        [value("y", [1, "n"])],
        {"first": np.array([0], np.int64)},
    )
    # An output that is a constant after optimisation, with a length of its own.
    save(
        "constant",
        [node("Mul", "a b", "y")],
        [value("x", [1, 1, "n"])],
        [value("y", [1, 1, 100])],
        {"a": np.full((1, 1, 100), 2, np.float32), "b": np.full((1, 1, 100), 3, np.float32)},
    )
    # Two inputs, two outputs, every kind of param and state. Counts calls (i64) and sums the last sample (f64).
    save(
        "many",
        [
            node("Transpose", "side", "side_cn", perm=[0, 2, 1]),  # [1, n, 2] -> [1, 2, n]
            node("Squeeze", "side_cn first", "side_2n"),
            node("Mul", "main gain", "loud"),
            node("Mul", "loud curve", "shaped"),
            node("Add", "shaped side_2n", "sum"),
            node("Add", "count unit", "count_out"),
            node("Slice", "mono minus_one end axis1", "last"),  # mono [1, n] -> [1, 1]
            node("Cast", "last", "last64", to=TensorProto.DOUBLE),
            node("Add", "total last64", "total_out"),
            node("Cast", "count_out", "count32", to=TensorProto.FLOAT),
            node("Cast", "total_out", "total32", to=TensorProto.FLOAT),
            node("Add", "count32 total32", "both"),
            node("Mul", "mono offset", "scaled"),
            node("Add", "scaled both", "meter"),
        ],
        [
            value("main", [2, "n"]),
            value("side", [1, "n", 2]),
            value("mono", [1, "n"]),
            value("gain", []),
            value("offset", [1]),
            value("curve", [1, "n"]),
            value("count", [1], TensorProto.INT64),
            value("total", [1, 1], TensorProto.DOUBLE),
        ],
        [
            value("sum", [2, "n"]),
            value("meter", [1, "n"]),
            value("count_out", [1], TensorProto.INT64),
            value("total_out", [1, 1], TensorProto.DOUBLE),
        ],
        {
            "first": np.array([0], np.int64),
            "unit": np.array([1], np.int64),
            "minus_one": np.array([-1], np.int64),
            "end": np.array([2**31 - 1], np.int64),
            "axis1": np.array([1], np.int64),
        },
    )


def render(name, x, states):
    """Native ONNX Runtime, block by block. `states`: {input name: (output name, shape)}."""
    session = onnxruntime.InferenceSession(str(MODELS / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    kept = {key: np.zeros(shape, np.float32) for key, (_, shape) in states.items()}
    out = []
    for start in range(0, len(x), BLOCK):
        names = ["y", *(output for output, _ in states.values())]
        y, *new = session.run(names, {"x": x[None, None, start : start + BLOCK], **kept})
        kept = dict(zip(kept, new))
        out.append(y.ravel())
    np.concatenate(out).astype("<f4").tofile(GOLDEN / f"{name}.f32")


def main():
    MODELS.mkdir(parents=True, exist_ok=True)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    make_gru(np.random.default_rng(1))
    make_conv(np.random.default_rng(2))
    make_edge_cases()
    x = np.random.default_rng(3).uniform(-0.5, 0.5, SAMPLES).astype("<f4")
    x.tofile(GOLDEN / "noise.f32")
    render("gru", x, {"h": ("h_out", (1, 1, 32))})
    render(
        "conv",
        x,
        {"c0": ("c0_out", (1, 1, 2)), "c1": ("c1_out", (1, 8, 8)), "c2": ("c2_out", (1, 8, 32))},
    )


if __name__ == "__main__":
    main()
