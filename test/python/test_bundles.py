"""Every example's bundle plays in Python as in the engine, for every block; bad bundles and bad calls are refused."""

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers import EXAMPLES, GALLERY, ROOT, null_db
from neuropatch import Bundle, Param, Patch, PatchError, load

LIMIT_DB, LIMIT_DB_MODEL, LIMIT_DB_WORST = -120.0, -100.0, -80.0
SHORT_FRAMES = 1500
ECHO = "impulse-echo"

Signals = dict[str, np.ndarray]


@pytest.fixture(scope="session")
def bundle_of(tmp_path_factory):
    """Name of an example → its exported bundle, exported once."""
    folder = tmp_path_factory.mktemp("bundles")

    def export(name: str) -> Path:
        path = folder / f"{name}.npbundle"
        return path if path.exists() else Patch.open(GALLERY / f"{name}.npatch").compile(path)

    return export


class Golden:
    """The engine's performance inside a bundle: inputs, moves of params, schedule, outputs."""

    def __init__(self, bundle: Bundle):
        self.index = json.loads(bundle.files["golden/golden.json"])
        self.frames = self.index["frames"]
        self.inputs = self.signals(bundle, "inputs", bundle.inputs)
        self.outputs = self.signals(bundle, "outputs", bundle.outputs)
        self.events = [(move["frame"], move["param"], move["value"]) for move in self.index["events"]]
        declared = [tolerance["db"] for tolerance in bundle.manifest["tolerances"]]
        base = LIMIT_DB_MODEL if bundle.manifest["models"] else LIMIT_DB
        self.limit_db = min(LIMIT_DB_WORST, max(base, *declared, self.index["selfNoiseDb"] + 12))

    def signals(self, bundle: Bundle, kind: str, channels: dict[str, int]) -> Signals:
        return {name: np.frombuffer(bundle.files[file], "<f4").reshape(channels[name], self.frames)
                for name, file in self.index[kind].items()}

    def play(self, bundle: Bundle, block, frames: int) -> Signals:
        self.start(bundle)
        return self.stretch(bundle, block, 0, frames)

    def start(self, bundle: Bundle) -> None:
        """To frame 0 with the patch's values; the moves wait for their frames."""
        bundle.reset()
        defaults = {param.id: param.default for param in bundle.params.values()}
        bundle.process(frames=0, params=defaults, events=self.events)

    def stretch(self, bundle: Bundle, block, first: int, last: int) -> Signals:
        heard = bundle.process({name: signal[:, first:last] for name, signal in self.inputs.items()},
                               frames=last - first, block=block)
        return heard if isinstance(heard, dict) else {next(iter(bundle.outputs)): heard}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_golden_nulls_in_python_for_every_block(name: str, bundle_of) -> None:
    bundle = load(bundle_of(name))
    golden = Golden(bundle)
    assert max(np.abs(signal).max() for signal in golden.outputs.values()) > 0.01, "a silent golden proves nothing"
    for block in (golden.index["schedule"], 37, 128, 480, 2048):
        for output, heard in golden.play(bundle, block, golden.frames).items():
            assert heard.dtype == np.float32
            assert null_db(heard, golden.outputs[output]) <= golden.limit_db, (output, block)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_golden_nulls_frame_by_frame_while_the_first_params_move(name: str, bundle_of) -> None:
    """The start, and a stretch around the first moves, in calls of one frame; what lies between in large ones."""
    bundle = load(bundle_of(name))
    golden = Golden(bundle)
    assert golden.events, "a golden without moves proves little"
    first = golden.events[0][0] - SHORT_FRAMES // 2
    assert first > SHORT_FRAMES
    golden.start(bundle)
    for block, start, stop in ((1, 0, SHORT_FRAMES), (480, SHORT_FRAMES, first), (1, first, first + SHORT_FRAMES)):
        for output, heard in golden.stretch(bundle, block, start, stop).items():
            assert null_db(heard, golden.outputs[output][:, start:stop]) <= golden.limit_db, (output, start)


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_performances_after_reset_are_the_same_to_the_bit(name: str, bundle_of) -> None:
    bundle = load(bundle_of(name))
    golden = Golden(bundle)
    first, second = (golden.play(bundle, 480, 4800) for _ in range(2))
    assert all(np.array_equal(first[output], second[output]) for output in first)


def test_the_gallery_is_all_patches_in_its_folder() -> None:
    assert len(EXAMPLES) == len(list((ROOT / "notebooks" / "gallery").glob("*.npatch"))) >= 8
    assert EXAMPLES == Patch.examples()


def test_sound_goes_on_from_call_to_call_and_events_wait_for_their_frame(bundle_of) -> None:
    whole, parts = load(bundle_of(ECHO)), load(bundle_of(ECHO))
    moves = [(5000, "echo.feedback", 0.1), (9001, "mix.mix", 1.0)]
    expected = whole.process(frames=12000, events=moves)
    heard = [parts.process(frames=frames, events=moves if frames == 100 else None) for frames in (100, 0, 5900, 6000)]
    assert parts.position == 12000
    np.testing.assert_allclose(np.concatenate(heard, axis=1), expected, atol=1e-6)
    assert parts.values["mix.mix"] == 1.0


def test_params_start_at_their_value_and_stay_in_their_range(bundle_of) -> None:
    """A mix of 0 from frame 0 is the dry impulse alone; glided from 0.5 it would not be."""
    bundle = load(bundle_of(ECHO))
    heard = bundle.process(frames=20000, params={"mix.mix": -7})
    assert bundle.values["mix.mix"] == bundle.params["mix.mix"].min == 0
    assert np.count_nonzero(heard) == 1
    bundle.reset()
    assert np.count_nonzero(bundle.process(frames=20000)) == 1, "params keep their values"


def gain_bundle(folder: Path, channels: str = "mono") -> Bundle:
    """A gain of −6.0206 dB between an audio input and an output, exported by the engine."""
    nodes = [{"id": "input", "type": "source/audio-input", "params": {"channels": channels}},
             {"id": "gain", "type": "dynamics/gain", "params": {"level": -6.020599913279624}},
             {"id": "output", "type": "output/audio-output"}]
    wires = [{"from": "input.out", "to": "gain.in"}, {"from": "gain.out", "to": "output.in"}]
    patch = Patch.from_json({"format": "neuropatch-patch", "sampleRateHz": 48000, "nodes": nodes, "connections": wires})
    return load(patch.compile(folder / f"gain-{channels}.npbundle"))


@pytest.fixture(scope="module")
def gains(tmp_path_factory) -> dict[str, Bundle]:
    folder = tmp_path_factory.mktemp("gains")
    return {channels: gain_bundle(folder, channels) for channels in ("mono", "stereo")}


def test_one_channel_is_copied_and_several_become_their_mean(gains) -> None:
    mono, stereo = gains["mono"], gains["stereo"]
    x = np.random.default_rng(1).uniform(-1, 1, (2, 1000)).astype(np.float32)
    np.testing.assert_allclose(stereo.process(x), x / 2, atol=1e-7)
    np.testing.assert_allclose(stereo.process(x[0]), np.stack([x[0], x[0]]) / 2, atol=1e-7)
    np.testing.assert_allclose(mono.process(x), x.mean(axis=0, keepdims=True) / 2, atol=1e-7)
    np.testing.assert_allclose(mono.process({"input": x[:1]}, frames=1200)[:, 1000:], 0)


def test_floats_come_in_any_form_and_one_dimension_is_mono(gains) -> None:
    x = np.array([0.5, -0.25, 1.0, 0.0])
    for audio in (x, x.astype(np.float16), x.astype(np.float32), x.tolist(), [x.tolist()], x[np.newaxis]):
        heard = gains["mono"].process(audio)
        assert (heard.shape, heard.dtype) == ((1, 4), np.float32)
        np.testing.assert_allclose(heard[0], x / 2, atol=1e-7)


def test_another_rate_is_converted_around_the_whole(gains) -> None:
    """A 1 kHz sine at 44.1 kHz comes back at half the level, without delay: −100 dB against the closed form."""
    x = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(44100) / 44100)
    heard = gains["mono"].process(x, sample_rate=44100)
    assert heard.shape == (1, 44100)
    middle = slice(2000, -2000)
    assert null_db(heard[0, middle], x[middle] / 2) < -100


def test_without_scipy_another_rate_is_refused(gains, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.signal", None)
    with pytest.raises(PatchError, match=r"pip install neuropatch\[resample\]") as error:
        gains["mono"].process(np.zeros(100), sample_rate=44100)
    assert error.value.code == "E-RATE"


BAD_CALLS = {
    "unknown param": ({"params": {"gain.loud": 1}}, "E-PARAM"),
    "a param that is no number": ({"params": {"gain.level": float("nan")}}, "E-PARAM"),
    "a word for a number": ({"params": {"gain.level": "loud"}}, "E-PARAM"),
    "an event of an unknown param": ({"events": [(0, "gain.loud", 1)]}, "E-PARAM"),
    "an event in the past": ({"events": [(-1, "gain.level", 1)]}, "E-PARAM"),
    "unknown input": ({"audio": {"guitar": np.zeros(10)}}, "E-INPUT"),
    "integers": ({"audio": np.zeros(10, np.int16)}, "E-INPUT"),
    "a list of integers": ({"audio": [0, 1]}, "E-INPUT"),
    "what is no number": ({"audio": np.full((2, 100), np.nan)}, "E-INPUT"),
    "what is infinite": ({"audio": np.full((2, 100), np.inf)}, "E-INPUT"),
    "channels of several lengths": ({"audio": [[0.5], [0.5, 0.5]]}, "E-CHANNELS"),
    "nothing to play": ({"audio": None}, "E-INPUT"),
    "no block": ({"block": 0}, "E-INPUT"),
    "frames before channels": ({"audio": np.zeros((100, 2))}, "E-CHANNELS"),
    "three dimensions": ({"audio": np.zeros((1, 1, 100))}, "E-CHANNELS"),
    "three channels into two": ({"audio": np.zeros((3, 100))}, "E-CHANNELS"),
    "rates without a simple ratio": ({"sample_rate": 44101}, "E-RATE-PAIR"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_calls_are_refused_with_a_code_and_change_nothing(name: str, gains) -> None:
    words, code = BAD_CALLS[name]
    bundle = gains["stereo"]
    bundle.reset()
    with pytest.raises(PatchError) as error:
        bundle.process(**{"audio": np.zeros((2, 100)), **words})
    assert (error.value.code, bundle.position) == (code, 0)
    assert ": expected " in error.value.problems[0].message and ", got " in error.value.problems[0].message


def amp_bundle(folder: Path) -> Bundle:
    """A 44.1 kHz model that says it has 10 samples of latency, between two resamplers of a 48 kHz patch."""
    (folder / "model.onnx").write_bytes((ROOT / "test" / "fixtures" / "models" / "gain-param.onnx").read_bytes())
    amp = {"id": "amp", "type": "neural/neural-model", "resources": {"model": "model.onnx"},
           "contract": {"sampleRateHz": 44100, "latencySamples": 10}}
    nodes = [{"id": "input", "type": "source/audio-input"}, amp, {"id": "output", "type": "output/audio-output"},
             {"id": "down", "type": "rate/resampler", "params": {"to": "44100"}},
             {"id": "up", "type": "rate/resampler", "params": {"to": "48000"}}]
    wires = [("input.out", "down.in"), ("down.out", "amp.in"), ("amp.out", "up.in"), ("up.out", "output.in")]
    document = {"format": "neuropatch-patch", "sampleRateHz": 48000, "nodes": nodes,
                "connections": [{"from": start, "to": end} for start, end in wires]}
    return load(Patch.from_json(document, folder).compile(folder / "amp.npbundle"))


def test_the_latency_of_a_model_of_another_rate_is_made_whole_by_the_way_back(tmp_path: Path, bundle_of) -> None:
    """10 samples at 44.1 kHz are 10.884… at 48 kHz; the Resampler back is shorter by that fraction: 70 + 10."""
    resamplers = load(bundle_of("tube-amp")).latency_samples
    assert (resamplers, type(resamplers)) == (70, int)
    latency = amp_bundle(tmp_path).latency_samples
    assert latency == pytest.approx(80, abs=1e-9)


def test_a_choice_takes_a_word_or_the_nearest_index_halves_up() -> None:
    choice = Param("osc.shape", "Shape", "osc_shape", "", 0, 3, 0, "linear", "event", ("sine", "saw", "square", "triangle"))
    given = ["saw", 0.49, 0.5, 1.5, 2.5, 2.4, -0.6, 7.2, np.float32(1.7)]
    assert [choice.number(value) for value in given] == [1, 0, 1, 2, 3, 2, 0, 3, 2]
    for bad in ("round", "1", True, None, float("inf"), 10**400):
        with pytest.raises(PatchError) as error:
            choice.number(bad)
        assert error.value.code == "E-PARAM"


def changed(path: Path, target: Path, change=lambda entries: None, compression=zipfile.ZIP_STORED) -> Path:
    """The bundle with changed entries."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target


def edit_manifest(**fields):
    def change(entries: dict[str, bytes]) -> None:
        entries["bundle.json"] = json.dumps({**json.loads(entries["bundle.json"]), **fields}).encode()
    return change


def flip_weight(entries: dict[str, bytes]) -> None:
    entries["model.onnx"] = entries["model.onnx"][:-1] + bytes([entries["model.onnx"][-1] ^ 1])


BAD_BUNDLES = {
    "changed model": (flip_weight, "E-BUNDLE-HASH"),
    "changed patch": (lambda entries: entries.update({"patch.json": b"{}"}), "E-BUNDLE-HASH"),
    "no manifest": (lambda entries: entries.pop("bundle.json"), "E-BUNDLE-FORMAT"),
    "manifest of text": (lambda entries: entries.update({"bundle.json": b"hello"}), "E-BUNDLE-FORMAT"),
    "newer version": (edit_manifest(version=2), "E-BUNDLE-FORMAT"),
    "negative latency": (edit_manifest(latencySamples=-0.5), "E-BUNDLE-FORMAT"),
    "latency of words": (edit_manifest(latencySamples="70"), "E-BUNDLE-FORMAT"),
    "latency that is no number": (edit_manifest(latencySamples=float("nan")), "E-BUNDLE-FORMAT"),
    "latency that no float holds": (edit_manifest(latencySamples=10**400), "E-BUNDLE-FORMAT"),
    "a state that starts at nothing": (edit_manifest(states=[
        {"input": "a", "output": "b", "shape": [1], "dtype": "f32", "init": {"param": []}}]), "E-BUNDLE-FORMAT"),
    "rate of words": (edit_manifest(sampleRateHz="fast"), "E-BUNDLE-FORMAT"),
    "huge state": (edit_manifest(states=[{"input": "a", "output": "b", "shape": [1 << 40], "dtype": "f32", "init": 0}]),
                   "E-BUNDLE-FORMAT"),
    "tensors that are not there": (edit_manifest(framesInput="frames_of_nobody"), "E-BUNDLE-FORMAT"),
    "path that leaves the folder": (lambda entries: entries.update({"../evil.txt": b""}), "E-BUNDLE-FORMAT"),
    "absolute path": (lambda entries: entries.update({"/etc/evil": b""}), "E-BUNDLE-FORMAT"),
    "backslash": (lambda entries: entries.update({"..\\evil": b""}), "E-BUNDLE-FORMAT"),
}


@pytest.mark.parametrize("name", BAD_BUNDLES)
def test_bad_bundles_are_refused_with_a_code(name: str, bundle_of, tmp_path: Path) -> None:
    change, code = BAD_BUNDLES[name]
    with pytest.raises(PatchError) as error:
        load(changed(bundle_of(ECHO), tmp_path / "bad.npbundle", change))
    assert error.value.code == code


def test_what_is_no_stored_zip_is_refused(bundle_of, tmp_path: Path) -> None:
    good = bundle_of(ECHO).read_bytes()
    twice = io.BytesIO(good)
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("bundle.json", b"{}")
    damaged = bytearray(good)
    damaged[good.index(b"neuropatch-bundle")] ^= 1
    contents = {"empty": b"", "text": b"hello", "cut": good[:-100], "damaged": bytes(damaged), "twice": twice.getvalue()}
    for name, content in contents.items():
        path = tmp_path / f"{name}.npbundle"
        path.write_bytes(content)
        with pytest.raises(PatchError) as error:
            load(path)
        assert error.value.code == "E-BUNDLE-FORMAT", name
    with pytest.raises(PatchError) as error:
        load(changed(bundle_of(ECHO), tmp_path / "packed.npbundle", compression=zipfile.ZIP_DEFLATED))
    assert error.value.code == "E-BUNDLE-FORMAT"
    with pytest.raises(PatchError) as error:
        load(tmp_path / "nobody.npbundle")
    assert error.value.code == "E-INPUT"


def test_a_bundle_is_what_the_patch_renders(bundle_of) -> None:
    """Python's runtime against the engine's own render of the same patch, on its own source."""
    patch, bundle = Patch.open(GALLERY / f"{ECHO}.npatch"), load(bundle_of(ECHO))
    assert null_db(bundle.process(frames=48000), patch.render(seconds=1)) < LIMIT_DB
