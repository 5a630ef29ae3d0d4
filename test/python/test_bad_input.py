"""Bad files in Python: each patch, model, path and recording is refused with its code, by check() and by render().

Owns the table of bad patches; what a bad bundle is lies in test_bundles.py. Every code here comes through the real engine.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT
from neuropatch import Patch, PatchError, read_wav, write_wav
from neuropatch.performance import output_ids

MODELS = ROOT / "test" / "fixtures" / "models"
RATE = 48000
Change = Callable[[Path], Patch]


def chain(middle: dict, *more: dict, wires: tuple[tuple[str, str], ...] = (), **fields) -> Change:
    """input → middle → out, with further nodes and wires, in a folder."""
    ends = [{"id": "input", "type": "source/audio-input"}, {"id": "out", "type": "output/audio-output"}]
    both = [("input.out", f"{middle['id']}.in"), (f"{middle['id']}.out", "out.in"), *wires]
    document = {"format": "neuropatch-patch", "sampleRateHz": RATE, "nodes": [*ends, middle, *more],
                "connections": [{"from": start, "to": end} for start, end in both], **fields}
    return lambda folder: Patch.from_json(document, folder)


def gain(**fields) -> dict:
    return {"id": "gain", "type": "dynamics/gain", **fields}


def model(path: str, **fields) -> Change:
    return chain({"id": "amp", "type": "neural/neural-model", "resources": {"model": path}, **fields})


def player(path: str) -> Change:
    nodes = [{"id": "player", "type": "source/audio-file-player", "resources": {"audio": path}},
             {"id": "out", "type": "output/audio-output"}]
    document = {"format": "neuropatch-patch", "nodes": nodes, "connections": [{"from": "player.out", "to": "out.in"}]}
    return lambda folder: Patch.from_json(document, folder)


def large(folder: Path) -> Patch:
    (folder / "large.npatch").write_bytes(b" " * (50 * 2**20))
    return Patch.open(folder / "large.npatch")


LOOP = ({"id": "b", "type": "dynamics/gain"},)
#: What is bad → how it is made in the folder below, the code.
BAD_PATCHES: dict[str, tuple[Change, str]] = {
    "truncated model": (model("truncated.onnx"), "E-MODEL-FORMAT"),
    "text for a model": (model("text.onnx"), "E-MODEL-FORMAT"),
    "empty model": (model("empty.onnx"), "E-MODEL-FORMAT"),
    "custom operator": (model("custom-domain.onnx"), "E-MODEL-OPERATOR"),
    "NaN weights": (model("nan-weights.onnx"), "E-MODEL-WEIGHTS"),
    "states that do not fit": (model("mismatched-states.onnx"), "E-MODEL-CONTRACT"),
    "fixed block": (model("fixed-block-512.onnx", contract={"sampleRateHz": RATE}), "E-BLOCK"),
    "weights in another file": (model("external-data.onnx"), "E-RESOURCE-PATH"),
    "44.1 kHz model in a 48 kHz patch": (model("gain-param.onnx", contract={"sampleRateHz": 44100}), "E-RATE"),
    "missing model": (model("gone.onnx"), "E-RESOURCE-MISSING"),
    "no model": (chain({"id": "amp", "type": "neural/neural-model"}), "E-RESOURCE-MISSING"),
    "URL": (model("https://host/a.onnx"), "E-RESOURCE-PATH"),
    "..": (model("../outside.onnx"), "E-RESOURCE-PATH"),
    "absolute path": (model(str(MODELS / "gain-param.onnx")), "E-RESOURCE-PATH"),
    "link out of the folder": (model("link.onnx"), "E-RESOURCE-PATH"),
    "empty WAV": (player("empty.wav"), "E-AUDIO-FORMAT"),
    "cut WAV": (player("cut.wav"), "E-AUDIO-FORMAT"),
    "cycle": (chain(gain(), *LOOP, wires=(("gain.out", "b.in"), ("b.out", "gain.in"))), "E-CYCLE"),
    "wire to nobody": (chain(gain(), wires=(("gain.out", "nobody.in"),)), "E-CONNECTION"),
    "number where a list belongs": (chain(gain(), frames=7), "E-SCHEMA"),
    "50 MB": (large, "E-SIZE"),
}
#: What plays all the same, at the nearest value or without what is odd, but is told.
ODD_PATCHES: dict[str, tuple[Change, str]] = {
    "param above its range": (chain(gain(params={"level": 99})), "E-PARAM-RANGE"),
    "param that is unknown": (chain(gain(params={"loudness": 1})), "E-PARAM"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A patch's folder with good and bad files, and one outside of it."""
    root = tmp_path_factory.mktemp("bad")
    inside = root / "patch"
    inside.mkdir()
    for file in MODELS.glob("*.onnx"):
        shutil.copy(file, inside)
    shutil.copy(MODELS / "gain-param.onnx", root / "outside.onnx")
    os.symlink(root / "outside.onnx", inside / "link.onnx")
    write_wav(inside / "cut.wav", np.zeros((1, 480)), RATE)
    os.truncate(inside / "cut.wav", 100)
    for name in ("empty.wav", "empty.onnx"):
        (inside / name).touch()
    return inside


@pytest.mark.parametrize("name", BAD_PATCHES)
def test_a_bad_patch_is_told_by_check_and_refused_by_render(name: str, folder: Path) -> None:
    make, code = BAD_PATCHES[name]
    patch = make(folder)
    before = sorted(folder.iterdir())
    errors = [problem for problem in patch.check() if problem.severity == "error"]
    assert errors and errors[0].code == code, errors
    assert ": " in errors[0].message and " expected " in errors[0].message and ", got " in errors[0].message
    with pytest.raises(PatchError) as error:
        patch.render(seconds=0.01)
    assert error.value.code == code
    assert sorted(folder.iterdir()) == before, "nothing is left behind"


@pytest.mark.parametrize("name", ODD_PATCHES)
def test_an_odd_patch_is_told_by_check(name: str, folder: Path) -> None:
    make, code = ODD_PATCHES[name]
    assert [problem.code for problem in make(folder).check()] == [code]


BAD_RENDERS = {
    "a start value above the range": ({"params": {"gain.level": 99}}, "E-PARAM-RANGE"),
    "a start value of an unknown param": ({"params": {"gain.loudness": 1}}, "E-PARAM"),
    "an empty recording": ({"inputs": {"input": "empty.wav"}}, "E-AUDIO-FORMAT"),
    "a cut recording": ({"inputs": {"input": "cut.wav"}}, "E-AUDIO-FORMAT"),
    "a missing recording": ({"inputs": {"input": "gone.wav"}}, "E-INPUT"),
    "a log that is not there": ({"automation": "gone.json"}, "E-INPUT"),
    "a log of something else": ({"automation": {"format": "other"}}, "E-SCHEMA"),
    "a move before the start": ({"automation": [(-1, "gain.level", 0)]}, "E-SCHEMA"),
    "a move to no number": ({"automation": [(0, "gain.level", float("nan"))]}, "E-JSON"),
}


@pytest.mark.parametrize("name", BAD_RENDERS)
def test_a_bad_render_is_refused(name: str, folder: Path, monkeypatch) -> None:
    words, code = BAD_RENDERS[name]
    monkeypatch.chdir(folder)
    with pytest.raises(PatchError) as error:
        chain(gain())(folder).render(**{"seconds": 0.01, **words})
    assert error.value.code == code


@pytest.mark.parametrize("name", ["empty.wav", "cut.wav", "gain-param.onnx"])
def test_a_bad_recording_is_refused_by_the_reader(name: str, folder: Path) -> None:
    with pytest.raises(PatchError) as error:
        read_wav(folder / name)
    assert error.value.code == "E-AUDIO-FORMAT"


STRANGE_VALUES = [7, "word", None, True, [], {}, [7], {"a": 7}, [[]], [{}], [{"id": []}]]


@pytest.mark.parametrize("field", ["nodes", "connections", "params", "resources", "id", "type", "to", "sampleRateHz", "name"])
def test_a_field_of_a_strange_kind_never_breaks_anything(field: str, folder: Path) -> None:
    """Whatever stands in a field: the patch is shown and changed or refused with a code; no other exception comes out."""
    for value in STRANGE_VALUES:
        document = json.loads(chain(gain())(folder).text)
        place = {"params": document["nodes"][2], "resources": document["nodes"][2], "id": document["nodes"][1],
                 "type": document["nodes"][1], "to": document["connections"][0]}.get(field, document)
        place[field] = value
        patch = Patch.from_json(document, folder)
        assert str(patch).startswith("Patch")
        assert patch.sample_rate_hz > 0
        assert isinstance(output_ids(patch.json), list)
        try:
            patch.with_params({"gain.level": 0})
        except PatchError as error:
            assert error.code == "E-PARAM"
    # The last one through the engine as well.
    assert all(problem.code.startswith("E-") and problem.message for problem in patch.check())


def test_a_folder_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(PatchError) as error:
        model("gain-param.onnx")(folder / "nowhere").check()
    assert error.value.code == "E-INPUT"
