"""The manifest of a bundle, bundle.json: checked, and as records that the player uses.

Owns what a player must know of the format; its source is `src/compile/manifest.ts`. Must not know the runtime.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import fail

MANIFEST_NAME, MODEL_NAME, PATCH_NAME = "bundle.json", "model.onnx", "patch.json"
FORMAT, VERSION = "neuropatch-bundle", 1
STATE_ELEMENTS_MAX = 64 * 2**20
CHANNELS_MAX = 256
DTYPES = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "bool": np.bool_}


@dataclass(frozen=True)
class Terminal:
    """A named input or output: an f32 tensor [channels, frames]."""

    id: str
    label: str
    tensor: str
    channels: int


@dataclass(frozen=True)
class Param:
    """A param of a bundle.

    Attributes:
        id: `<node>.<param>`, e.g. "gain.level".
        label: Name for people.
        unit: Unit of the value, e.g. "dB"; "" for a bare number or a choice.
        min, max: The range; players keep values in it.
        default: Value in the exported patch.
        scale: "linear" or "log": how a knob spreads the range.
        rate: "a" glides to a new value, "event" jumps.
        choices: The words of a choice, whose value is the index, a whole number from 0; empty for a number.
    """

    id: str
    label: str
    tensor: str
    unit: str
    min: float
    max: float
    default: float
    scale: str
    rate: str
    choices: tuple[str, ...] = ()

    @property
    def range_text(self) -> str:
        """The values that it takes, for people."""
        return " | ".join(self.choices) if self.choices else f"{self.min:g} to {self.max:g} {self.unit}".rstrip()

    def number(self, value: float | str) -> float:
        """The number that the graph takes for a value or a word, kept in the range. Raises PatchError E-PARAM."""
        if isinstance(value, str):
            if value in self.choices:
                return float(self.choices.index(value))
        elif _is_number(value):
            # A choice is a whole index, rounded as in the engine: halves go up.
            number = math.floor(value + 0.5) if self.choices else value
            return min(self.max, max(self.min, float(number)))
        fail("E-PARAM", f"{self.id}: expected a value of {self.range_text}, got {value!r}. Change the value.", self.id)


@dataclass(frozen=True)
class State:
    """A state: feed `input`, take `output` for the next call. `init`: one number, all numbers, or {"param": id}."""

    input: str
    output: str
    shape: tuple[int, ...]
    dtype: type
    init: float | Sequence[float] | Mapping[str, str]

    def start(self, values: Mapping[str, float]) -> np.ndarray:
        """The tensor of the first call; `values` has the params by id."""
        start = values[self.init["param"]] if isinstance(self.init, Mapping) else self.init
        if isinstance(start, (int, float)):
            return np.full(self.shape, start, self.dtype)
        return np.asarray(start, self.dtype).reshape(self.shape).copy()


@dataclass(frozen=True)
class Contract:
    """What the player reads from a manifest. `latency_samples` has a fraction where a model of another rate has one."""

    sample_rate_hz: int
    latency_samples: float
    inputs: tuple[Terminal, ...]
    outputs: tuple[Terminal, ...]
    frames_input: str
    params: Mapping[str, Param]
    states: tuple[State, ...]


def read_manifest(text: bytes, name: str) -> tuple[dict[str, Any], Contract]:
    """The manifest as it is and as records.

    Args:
        text: Bytes of bundle.json.
        name: What to call the bundle in messages.

    Raises:
        PatchError: E-BUNDLE-FORMAT, saying what was expected.
    """

    def refuse(wanted: str):
        fail("E-BUNDLE-FORMAT", f"{name}: expected {wanted} in {MANIFEST_NAME}, got something else. "
                                "Export the bundle again, or update Neuropatch.", name)

    try:
        json_ = json.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        refuse("JSON")
    if not isinstance(json_, dict) or json_.get("format") != FORMAT:
        refuse(f'"format": "{FORMAT}"')
    if json_.get("version") != VERSION:
        refuse(f"version {VERSION}")
    rate = json_.get("sampleRateHz")
    if not _is_number(rate) or not 8000 <= rate <= 192000 or rate != int(rate):
        refuse("a sample rate of 8–192 kHz")
    latency = json_.get("latencySamples")
    if not _is_number(latency) or latency < 0:
        refuse("latencySamples of 0 or more")
    try:
        contract = Contract(
            sample_rate_hz=int(rate),
            latency_samples=int(latency) if latency == int(latency) else float(latency),
            inputs=tuple(map(_terminal, json_["inputs"])),
            outputs=tuple(map(_terminal, json_["outputs"])),
            frames_input=_text(json_.get("framesInput", "")),
            params={param.id: param for param in map(_param, json_["params"])},
            states=tuple(map(_state, json_["states"])),
        )
        _text(json_["sha256"][MODEL_NAME]), _text(json_["sha256"][PATCH_NAME])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        refuse(f"inputs, outputs, params, states and sha256 of a known form ({error})")
    if not contract.outputs or not (contract.inputs or contract.frames_input):
        refuse("an output, and an input or framesInput")
    starts = [state.init.get("param") for state in contract.states if isinstance(state.init, Mapping)]
    if not all(isinstance(start, str) and start in contract.params for start in starts):
        refuse("states that start at a param of the bundle")
    return json_, contract


def _is_number(value: Any) -> bool:
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON has integers that no float holds
        return False


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} where a word belongs")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError(f"{value!r} where a name belongs")
    return value


def _number(value: Any) -> float:
    if not _is_number(value):
        raise ValueError(f"{value!r} where a number belongs")
    return float(value)


def _terminal(json_: Mapping[str, Any]) -> Terminal:
    channels = json_["channels"]
    if not _is_count(channels) or not 1 <= channels <= CHANNELS_MAX:
        raise ValueError(f"{channels!r} channels")
    return Terminal(_name(json_["id"]), _text(json_.get("label", "")), _name(json_["tensor"]), int(channels))


def _param(json_: Mapping[str, Any]) -> Param:
    low, high, default = (_number(json_[key]) for key in ("min", "max", "default"))
    if low > high:
        raise ValueError(f"a range of {low}–{high}")
    return Param(
        id=_name(json_["id"]), tensor=_name(json_["tensor"]), min=low, max=high, default=default,
        label=_text(json_.get("label", "")), unit=_text(json_.get("unit", "")), scale=_text(json_.get("scale", "linear")),
        rate=_text(json_.get("rate", "a")), choices=tuple(map(_text, json_.get("choices", ()))),
    )


def _state(json_: Mapping[str, Any]) -> State:
    shape = json_["shape"]
    if not isinstance(shape, list) or not all(map(_is_count, shape)) or math.prod(shape) > STATE_ELEMENTS_MAX:
        raise ValueError(f"a state of shape {shape!r}")
    init = json_["init"]
    if isinstance(init, list):
        if len(init) != math.prod(shape) or not all(map(_is_number, init)):
            raise ValueError("a state whose start does not fit its shape")
    elif not isinstance(init, dict):
        _number(init)
    return State(_name(json_["input"]), _name(json_["output"]), tuple(map(int, shape)), DTYPES[json_["dtype"]], init)
