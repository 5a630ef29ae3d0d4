"""Plays model bundles in Python with onnxruntime: the graph holds everything, the player feeds frames, params and states.

Owns what the format asks of a player (src/check/bundle-player.ts is the same in TypeScript). Must not know how bundles
are made; needs neither Node nor the engine.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from .archive import read_archive
from .errors import fail
from .manifest import MANIFEST_NAME, MODEL_NAME, PATCH_NAME, Contract, Param, read_manifest
from .signals import as_signal, convert_rate, map_channels

BLOCK_DEFAULT = 1024
Event = tuple[int, str, float | str]


def load(path: str | os.PathLike[str]) -> "Bundle":
    """Opens a bundle (`.npbundle`).

    Nothing is unpacked to disk; the archive, the manifest and both checksums are checked before the runtime sees the
    model. A checksum tells damage, not malice: play bundles of people you trust.

    Args:
        path: The file.

    Raises:
        PatchError: E-INPUT (no file), E-BUNDLE-FORMAT (no bundle, or damaged), E-BUNDLE-HASH (changed after the
            export), E-MODEL-RUN (the runtime refuses the graph).
    """
    file = Path(path)
    files = read_archive(file, (MODEL_NAME, MANIFEST_NAME, PATCH_NAME))
    manifest, contract = read_manifest(files[MANIFEST_NAME], file.name)
    for name in (MODEL_NAME, PATCH_NAME):
        wanted, got = manifest["sha256"][name], hashlib.sha256(files[name]).hexdigest()
        if got != wanted:
            fail("E-BUNDLE-HASH", f"{file.name}: expected {name} with SHA-256 {wanted[:12]}…, got {got[:12]}…. "
                                  "It was changed after the export; get a fresh copy.", name)
    return Bundle(manifest, contract, files)


class Bundle:
    """A patch as a portable model: audio in, audio out, with its params.

    Sound goes on from call to call (streaming): `process` continues where the last call ended, `reset` starts afresh.

    >>> from neuropatch import Patch
    >>> echo = load(Patch.example("impulse-echo").compile("echo.npbundle"))
    >>> echo.sample_rate_hz
    48000
    >>> echo.params["echo.feedback"].unit, echo.params["echo.feedback"].max
    ('×', 0.99)
    >>> first = echo.process(frames=24000)                 # this patch has a source of its own, and no input
    >>> second = echo.process(frames=24000, block=37)      # continues; the block never changes the sound
    >>> echo.reset()
    >>> whole = echo.process(frames=48000)
    >>> bool(np.allclose(whole, np.concatenate([first, second], axis=1), atol=1e-6))
    True
    """

    def __init__(self, manifest: Mapping[str, Any], contract: Contract, files: Mapping[str, bytes]):
        self._manifest, self._contract = manifest, contract
        self._files = MappingProxyType(dict(files))
        self._session = _open_session(files[MODEL_NAME], contract)
        self._values = {param.id: param.default for param in contract.params.values()}
        self._names = [output.tensor for output in contract.outputs] + [state.output for state in contract.states]
        self.reset()

    def __repr__(self) -> str:
        title = f'Bundle "{self._manifest.get("name")}" at {self.sample_rate_hz} Hz, latency {self.latency_samples} samples'
        ways = [f"  {kind}  {name} [{channels}, frames]" for kind, side in (("in ", self.inputs), ("out", self.outputs))
                for name, channels in side.items()]
        values = [f"  {id_} = {self._values[id_]:g}  ({param.range_text})" for id_, param in self.params.items()]
        return "\n".join([title, *ways, *values])

    @property
    def manifest(self) -> Mapping[str, Any]:
        """bundle.json as it is: names, licences, models inside, declared tolerances."""
        return self._manifest

    @property
    def files(self) -> Mapping[str, bytes]:
        """Entries of the archive by name; `golden/…` are the engine's own performance that any player can be held to."""
        return self._files

    @property
    def sample_rate_hz(self) -> int:
        """Rate of inputs and outputs."""
        return self._contract.sample_rate_hz

    @property
    def latency_samples(self) -> float:
        """How much later the output comes, in samples of the bundle's rate. The output is not shifted back.

        A whole number is an int; there is a fraction where a model of another rate has a latency of its own.
        """
        return self._contract.latency_samples

    @property
    def inputs(self) -> Mapping[str, int]:
        """Channels of each input by name."""
        return {terminal.id: terminal.channels for terminal in self._contract.inputs}

    @property
    def outputs(self) -> Mapping[str, int]:
        """Channels of each output by name."""
        return {terminal.id: terminal.channels for terminal in self._contract.outputs}

    @property
    def params(self) -> Mapping[str, Param]:
        """Params by id with label, unit, range, default, scale and rate."""
        return MappingProxyType(dict(self._contract.params))

    @property
    def values(self) -> Mapping[str, float]:
        """What each param is set to now, by id; a choice is its index."""
        return MappingProxyType(dict(self._values))

    @property
    def position(self) -> int:
        """Frames played since the start or the last `reset`."""
        return self._position

    def reset(self) -> None:
        """Back to frame 0: echoes, filters and models forget what they heard, and waiting events are dropped.

        Params keep their values and start there, without a glide.
        """
        # Made at the first call, so that params given with it are where the sound starts.
        self._states: dict[str, np.ndarray] | None = None
        self._position = 0
        self._events: list[Event] = []

    def process(
        self,
        audio: np.ndarray | Mapping[str, np.ndarray] | None = None,
        *,
        frames: int | None = None,
        sample_rate: float | None = None,
        block: int | Sequence[int] | None = None,
        params: Mapping[str, float | str] | None = None,
        events: Sequence[Event] | None = None,
    ) -> np.ndarray | dict[str, np.ndarray]:
        """Plays the next stretch.

        Args:
            audio: [channels, frames] of floats (an array or lists; flat is one channel; integers are refused), ±1 is full
                scale; a dict of name → array for several inputs (those that
                are left out are silent). One channel is copied to all, several become one as their mean.
            frames: Length to play; without it, the length of `audio`. Beyond the end of `audio` it is silent.
            sample_rate: Rate of `audio` in Hz, and of the result; the bundle's without it. Another rate is converted
                around the whole call, so stream at the bundle's rate. Needs SciPy: `pip install neuropatch[resample]`.
            block: Frames per call of the model, or a schedule of them, repeated. It never changes the sound.
            params: Values by id, e.g. {"gain.level": -6}: from the first frame of this call on. At frame 0 the sound
                starts there; later, what glides glides from where it is. Values are kept in the param's range.
            events: (frame, id, value): params that move at a frame, counted at the bundle's rate from the last
                `reset`. They wait for their frame, in a later call if need be.

        Returns:
            [channels, frames] float32; a dict of name → array where there are several outputs.

        Raises:
            PatchError: E-PARAM, E-INPUT, E-CHANNELS, E-RATE, E-RATE-PAIR: nothing was played then. E-MODEL-RUN when the
                runtime fails in the middle; reset before going on.
        """
        signals, given = self._signals(audio, frames, sample_rate)
        blocks = _schedule(block)
        values = {id_: self._param(id_).number(value) for id_, value in (params or {}).items()}
        self._enqueue(events or ())
        self._values.update(values)
        if self._states is None:
            self._states = {state.input: state.start(self._values) for state in self._contract.states}
        rate = _whole_rate(sample_rate, self.sample_rate_hz)
        length = given if rate == self.sample_rate_hz else -(-given * self.sample_rate_hz // rate)
        outputs = self._play(signals, length, blocks)
        for name, signal in outputs.items():
            outputs[name] = convert_rate(signal, self.sample_rate_hz, rate)[:, :given]
        return outputs if len(outputs) > 1 else next(iter(outputs.values()))

    def _param(self, id_: str) -> Param:
        if id_ not in self._contract.params:
            have = ", ".join(self._contract.params) or "none"
            fail("E-PARAM", f"{id_}: expected a param of the bundle, got no such name. It has {have}.", str(id_))
        return self._contract.params[id_]

    def _signals(self, audio, frames: int | None, sample_rate: float | None) -> tuple[dict[str, np.ndarray], int]:
        """Inputs by name at the bundle's rate and channels, and the frames to play at the caller's rate."""
        terminals = {terminal.id: terminal for terminal in self._contract.inputs}
        if audio is not None and not isinstance(audio, Mapping):
            if len(terminals) != 1:
                have = ", ".join(terminals) or "none"
                fail("E-INPUT", f"audio: expected a dict by input, got one array. The inputs are: {have}.")
            audio = {next(iter(terminals)): audio}
        given: dict[str, np.ndarray] = {}
        for name, array in (audio or {}).items():
            if name not in terminals:
                have = ", ".join(terminals) or "none"
                fail("E-INPUT", f"{name}: expected an input of the bundle, got no such name. It has {have}.")
            signal = as_signal(array, name)
            if not np.isfinite(signal).all():
                frame = int(np.argmin(np.isfinite(signal).all(axis=0)))
                fail("E-INPUT", f"{name}: expected numbers, got {signal[:, frame].tolist()} at frame {frame}. "
                                "It would stay in filters and models: replace it first.", name)
            given[name] = map_channels(signal, terminals[name].channels, name)
        lengths = {signal.shape[1] for signal in given.values()}
        if len(lengths) > 1:
            fail("E-INPUT", f"audio: expected inputs of one length, got {sorted(lengths)} frames. Pad the shorter ones.")
        if frames is None and not lengths:
            fail("E-INPUT", "audio: expected audio or a number of frames, got neither. Say process(frames=48000).")
        length = int(frames) if frames is not None else lengths.pop()
        if length < 0:
            fail("E-INPUT", f"frames: expected 0 or more, got {frames}. Say how many frames to play.")
        rate = _whole_rate(sample_rate, self.sample_rate_hz)
        return {name: convert_rate(signal[:, :length], rate, self.sample_rate_hz) for name, signal in given.items()}, length

    def _enqueue(self, events: Sequence[Event]) -> None:
        checked = [(int(frame), id_, self._param(id_).number(value)) for frame, id_, value in events]
        for frame, id_, _ in checked:
            if frame < self._position:
                fail("E-PARAM", f"{id_}: expected a frame from {self._position} on, got {frame}, which was played. "
                                "Reset first.", id_)
        self._events = sorted([*self._events, *checked], key=lambda event: event[0])

    def _play(self, signals: Mapping[str, np.ndarray], length: int, blocks: Sequence[int]) -> dict[str, np.ndarray]:
        """Call by call, split where a param moves: a param is constant within a call."""
        outputs = {terminal.id: np.zeros((terminal.channels, length), np.float32) for terminal in self._contract.outputs}
        done, turn = 0, 0
        while done < length:
            end = min(length, done + blocks[turn % len(blocks)])
            turn += 1
            while done < end:
                while self._events and self._events[0][0] <= self._position:
                    _, id_, value = self._events.pop(0)
                    self._values[id_] = value
                until = self._events[0][0] - self._position + done if self._events else end
                stop = min(end, until)
                for name, heard in self._run(signals, done, stop).items():
                    outputs[name][:, done:stop] = heard
                self._position += stop - done
                done = stop
        return outputs

    def _run(self, signals: Mapping[str, np.ndarray], start: int, stop: int) -> dict[str, np.ndarray]:
        """One call of the graph; the states move on."""
        feeds = dict(self._states)
        for terminal in self._contract.inputs:
            feed = np.zeros((terminal.channels, stop - start), np.float32)
            if terminal.id in signals:
                part = signals[terminal.id][:, start:stop]
                feed[:, :part.shape[1]] = part
            feeds[terminal.tensor] = feed
        for param in self._contract.params.values():
            feeds[param.tensor] = np.array([self._values[param.id]], np.float64)
        if self._contract.frames_input:
            feeds[self._contract.frames_input] = np.array([stop - start], np.int64)
        try:
            results = dict(zip(self._names, self._session.run(self._names, feeds)))
        except Exception as error:  # the runtime's exceptions have no common class
            fail("E-MODEL-RUN", f"{MODEL_NAME}: expected a call of {stop - start} frames to run, got {error}. "
                                "Export the bundle again.")
        self._states = {state.input: results[state.output] for state in self._contract.states}
        return {terminal.id: results[terminal.tensor] for terminal in self._contract.outputs}


def _open_session(model: bytes, contract: Contract):
    """One thread on the CPU: results do not depend on the machine's cores. Raises PatchError E-MODEL-RUN."""
    import onnxruntime  # here, because importing it takes a while and not everybody plays bundles

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it says is in the exception
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions have no common class
        fail("E-MODEL-RUN", f"{MODEL_NAME}: expected a model that onnxruntime {onnxruntime.__version__} runs, got {error}. "
                            "Update it.")
    terminals, states = (*contract.inputs, *contract.params.values()), contract.states
    wanted_in = {*(t.tensor for t in terminals), *(state.input for state in states), contract.frames_input} - {""}
    wanted_out = {*(output.tensor for output in contract.outputs), *(state.output for state in states)}
    got_in, got_out = ({tensor.name for tensor in side} for side in (session.get_inputs(), session.get_outputs()))
    if wanted_in != got_in or not wanted_out <= got_out:
        odd = ", ".join(sorted((wanted_in ^ got_in) | (wanted_out - got_out)))
        fail("E-BUNDLE-FORMAT", f"{MODEL_NAME}: expected the tensors that {MANIFEST_NAME} names, got others ({odd}). "
                                "Export the bundle again.")
    return session


def _schedule(block: int | Sequence[int] | None) -> Sequence[int]:
    blocks = [BLOCK_DEFAULT] if block is None else [block] if isinstance(block, (int, np.integer)) else list(block)
    if not blocks or any(frames < 1 for frames in blocks):
        fail("E-INPUT", f"block: expected 1 frame or more, got {block}. Say for example 128.")
    return blocks


def _whole_rate(sample_rate: float | None, own_hz: int) -> int:
    rate = own_hz if sample_rate is None else sample_rate
    if rate != int(rate) or not 1000 <= rate <= 768000:
        fail("E-RATE-PAIR", f"sample_rate: expected a whole rate of 1–768 kHz, got {sample_rate}. Say the rate of the audio.")
    return int(rate)
