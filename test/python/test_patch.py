"""Patches in Python: rendered, checked and compiled by the one engine, against closed forms; shown, saved, interrupted."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from helpers import EXAMPLES, GALLERY, ROOT, null_db
from neuropatch import Patch, PatchError, engine, load, read_wav, write_wav
from neuropatch.patch import MIME
from neuropatch.performance import make_log
from scipy.io import wavfile

RATE = 48000


def gain_patch(level_db: float = -6.0, smoothing_ms: float | None = None, outputs: int = 1) -> Patch:
    """input → gain → one or two outputs."""
    gain = {"id": "gain", "type": "dynamics/gain", "params": {"level": level_db}}
    if smoothing_ms is not None:
        gain["smoothingMs"] = {"level": smoothing_ms}
    ends = [{"id": f"out-{n}", "type": "output/audio-output"} for n in range(1, outputs + 1)]
    wires = [{"from": "gain.out", "to": f"{end['id']}.in"} for end in ends]
    return Patch.from_json({
        "format": "neuropatch-patch", "sampleRateHz": RATE,
        "nodes": [{"id": "input", "type": "source/audio-input"}, gain, *ends],
        "connections": [{"from": "input.out", "to": "gain.in"}, *wires],
    })


def noise(frames: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (1, frames)).astype(np.float32)


def test_a_gain_renders_as_its_formula_says() -> None:
    x = noise(10000)
    heard = gain_patch(-12.5).render({"input": x})
    assert (heard.shape, heard.dtype) == (x.shape, np.float32)
    assert null_db(heard, x * 10 ** (-12.5 / 20)) < -120
    assert null_db(gain_patch().render({"input": x}, params={"gain.level": 3}, block=[1, 37, 128]), x * 10 ** (3 / 20)) < -120


def test_several_outputs_come_by_name_and_seconds_pad_with_silence() -> None:
    x = noise(4800)
    heard = gain_patch(0, outputs=2).render({"input": x}, seconds=0.2)
    assert sorted(heard) == ["out-1", "out-2"]
    for sound in heard.values():
        assert sound.shape == (1, 9600)
        np.testing.assert_array_equal(sound[:, :4800], x)
        np.testing.assert_array_equal(sound[:, 4800:], 0)


def test_a_list_of_moves_is_a_performance() -> None:
    """Without smoothing the level steps at the very frame; with 20 ms it glides as a one-pole does."""
    x = np.ones((1, 9600), np.float32)
    moves = [(4801, "gain.level", -20.0)]
    stepped = gain_patch(0, smoothing_ms=0).render({"input": x}, automation=moves)[0]
    assert np.all(stepped[:4801] == 1) and np.allclose(stepped[4801:], 0.1, atol=1e-7)
    glided = gain_patch(0, smoothing_ms=20).render({"input": x}, automation=moves, block=480)[0]
    level_db = -20 * (1 - np.exp(-np.arange(1, 9600 - 4801 + 1) / (0.02 * RATE)))
    np.testing.assert_allclose(glided[4801:], 10 ** (level_db / 20), atol=1e-6)


def test_a_list_of_moves_plays_at_another_rate_and_from_other_values() -> None:
    x, moves = np.ones((1, 4410), np.float32), [(2001, "gain.level", -20.0)]
    patch = gain_patch(0, smoothing_ms=0)
    heard = patch.render({"input": x}, automation=moves, rate=44100, params={"gain.level": 6})[0]
    assert heard.shape == (4410,)
    np.testing.assert_allclose(heard[:2001], 10 ** (6 / 20), rtol=1e-6)
    np.testing.assert_allclose(heard[2001:], 0.1, rtol=1e-6)
    assert patch.render(automation=moves, rate=44100, seconds=0.5).shape == (1, 22050)
    with pytest.raises(PatchError) as error:
        patch.render(automation=moves, rate=32001, seconds=0.1)
    assert error.value.code == "E-SCHEMA"


def test_a_recorded_log_plays_its_own_patch_at_its_own_rate() -> None:
    recorded = make_log([(100, "gain.level", 0.0)], gain_patch(-6, smoothing_ms=0).text, RATE, None, 0.01)
    heard = gain_patch(-40).render({"input": np.ones((1, 480), np.float32)}, automation=recorded)[0]
    np.testing.assert_allclose(heard[:100], 10 ** (-6 / 20), rtol=1e-6)
    np.testing.assert_array_equal(heard[100:], 1)
    with pytest.raises(ValueError, match="--rate: expected no other rate"):
        gain_patch().render(automation=recorded, rate=44100)
    swapped = {**recorded, "entries": [{"frame": 10, "kind": "patch", "patch": gain_patch().text}]}
    with pytest.raises(ValueError, match="--param: expected no values"):
        gain_patch().render(automation=swapped, params={"gain.level": 1})


def test_render_and_bundle_are_the_same_while_params_move(tmp_path: Path) -> None:
    x, moves = noise(20000), [(700, "gain.level", -30.0), (9001, "gain.level", 6.0)]
    patch = gain_patch(-3)
    bundle = load(patch.compile(tmp_path / "gain.npbundle"))
    rendered = patch.render({"input": x}, automation=moves)
    assert null_db(bundle.process(x, events=moves, block=37), rendered) < -120


def test_a_wav_file_plays_in_the_place_of_a_players_file(tmp_path: Path) -> None:
    x = noise(2400)
    write_wav(tmp_path / "x.wav", x, RATE)
    patch = Patch.example("filter-drums")
    by_file = patch.render({"drums": tmp_path / "x.wav"}, seconds=0.1)
    np.testing.assert_array_equal(by_file, patch.render({"drums": x}, seconds=0.1))
    assert not np.array_equal(by_file, patch.render(seconds=0.1))


def test_relative_files_lie_in_the_patchs_folder_also_when_it_was_changed(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", noise(480), RATE)
    nodes = [{"id": "player", "type": "source/audio-file-player", "resources": {"audio": "x.wav"}, "params": {"loop": "off"}},
             {"id": "gain", "type": "dynamics/gain"}, {"id": "out", "type": "output/audio-output"}]
    wires = [{"from": "player.out", "to": "gain.in"}, {"from": "gain.out", "to": "out.in"}]
    document = {"format": "neuropatch-patch", "sampleRateHz": RATE, "nodes": nodes, "connections": wires}
    patch = Patch.from_json(document, folder=tmp_path).save(tmp_path / "patch.npatch")
    before = sorted(file.name for file in tmp_path.iterdir())
    changed = patch.with_params({"gain.level": 6.0})
    np.testing.assert_allclose(changed.render(seconds=0.01), patch.render(seconds=0.01) * 10 ** 0.3, rtol=1e-6)
    assert sorted(file.name for file in tmp_path.iterdir()) == before, "nothing is left behind"
    assert Patch.open(tmp_path / "patch.npatch").text == patch.text


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_have_no_errors_and_sound(name: str) -> None:
    patch = Patch.example(name)
    assert [problem for problem in patch.check() if problem.severity == "error"] == []
    sound = patch.render(seconds=0.5)
    assert 0.01 < np.abs(sound).max() <= 1


def test_problems_have_codes_places_and_words() -> None:
    node = {"id": "a", "type": "no/such"}
    wrong = Patch.from_json({"format": "neuropatch-patch", "nodes": [node, node]})
    assert {problem.code for problem in wrong.check()} >= {"E-NODE-TYPE", "E-ID-DUPLICATE"}
    with pytest.raises(PatchError) as error:
        wrong.render(seconds=0.1)
    assert error.value.problems and all(problem.message for problem in error.value.problems)


@pytest.mark.parametrize(("call", "code"), [
    (lambda folder: Patch.open(folder / "nobody.npatch"), "E-INPUT"),
    (lambda folder: Patch.from_json("{"), "E-JSON"),
    (lambda folder: Patch.from_json("[]"), "E-SCHEMA"),
    (lambda folder: Patch.example("nobody"), "E-INPUT"),
    (lambda folder: gain_patch().with_params({"nobody.level": 1}), "E-PARAM"),
    (lambda folder: gain_patch().render(params={"nobody.level": 1}), "E-PARAM"),
    (lambda folder: gain_patch().render({"nobody": np.zeros(10)}), "E-INPUT"),
    (lambda folder: gain_patch().render({"input": np.zeros(10, int)}), "E-INPUT"),
    (lambda folder: gain_patch().save(), "E-INPUT"),
    (lambda folder: gain_patch().compile(folder / "no folder" / "x.npbundle"), "E-INPUT"),
    (lambda folder: Patch.from_json({"format": "other"}).render(seconds=1), "E-SCHEMA"),
    (lambda folder: read_wav(ROOT / "setup.cfg"), "E-AUDIO-FORMAT"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_wrong_use_is_refused_with_a_code(call, code: str, tmp_path: Path) -> None:
    with pytest.raises(PatchError) as error:
        call(tmp_path)
    assert error.value.code == code


def test_a_patch_renders_at_any_of_the_rates() -> None:
    """A gain of −6 dB is one at each of them, and no frame is lost."""
    for rate in (8000, 22050, 192000):
        sound = np.sin(np.arange(rate // 10, dtype=np.float32))[None]
        heard = gain_patch().render({"input": sound}, rate=rate)
        assert heard.shape == sound.shape
        assert np.abs(heard - sound * 10 ** (-6 / 20)).max() < 1e-6


def test_arguments_that_the_engine_does_not_take_are_value_errors() -> None:
    with pytest.raises(ValueError, match="176400 or 192000 Hz"):
        gain_patch().render(seconds=0.1, rate=32001)


def test_an_interrupt_stops_the_engine_and_leaves_nothing(tmp_path: Path) -> None:
    """Work of minutes ends within seconds of Ctrl-C, and there is neither a file nor a half of one."""
    patch = Patch.example("tube-amp")
    for work in (lambda: patch.render(seconds=600), lambda: patch.compile(tmp_path / "amp.npbundle")):
        before = time.monotonic()
        threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            work()
            pytest.fail("the work was done before the interrupt came")
        assert time.monotonic() - before < 8
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_gets_the_patch_and_its_values() -> None:
    patch = Patch.open(GALLERY / "impulse-echo.npatch")
    shown = patch._repr_mimebundle_()
    assert shown[MIME] == json.loads(patch.text)
    assert "feedback=0.6" in shown["text/plain"] and "click.out > echo.in" in shown["text/plain"]
    drawn = ElementTree.fromstring(shown["image/svg+xml"])
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    told = set(drawn.itertext())
    assert told >= {"Patch Impulse echo with 6 nodes", "Delay", "Feedback", "0.60\u2009×", "Oscilloscope"}


def test_a_picture_shows_html_in_names_as_text() -> None:
    evil = '<script>alert("1")</script>&<img src=x onerror=alert(1)>'
    document = gain_patch().json
    document["name"] = document["nodes"][1]["label"] = evil
    document["notes"] = [{"id": "note", "text": evil, "position": [0, 200], "size": [400, 100]}]
    picture = Patch.from_json(document)._repr_mimebundle_()["image/svg+xml"]
    drawn = ElementTree.fromstring(picture)
    tags = {element.tag.rpartition("}")[2] for element in drawn.iter()}
    assert not tags & {"script", "img", "foreignObject"}
    assert not any(name.lower().startswith("on") for element in drawn.iter() for name in element.attrib)
    assert "<script>" in "".join(drawn.itertext()), "the label is there, as text"


def test_wav_files_keep_every_float_and_read_what_scipy_writes(tmp_path: Path) -> None:
    x = np.array([[0.1, -3.5, 1e-30, 0], [1, 2, 3, 4]], np.float32)
    write_wav(tmp_path / "a.wav", x, 44100)
    rate, by_scipy = wavfile.read(tmp_path / "a.wav")
    assert rate == 44100
    np.testing.assert_array_equal(by_scipy.T, x)
    for dtype, scale in ((np.int16, 2**15), (np.int32, 2**31), (np.uint8, 2**7), (np.float64, 1)):
        samples = (noise(1001, 3)[0].astype(float) * scale + (128 if dtype is np.uint8 else 0)).astype(dtype)
        wavfile.write(tmp_path / "b.wav", 22050, samples)
        read, rate = read_wav(tmp_path / "b.wav")
        wanted = (samples.astype(float) - (128 if dtype is np.uint8 else 0)) / scale
        assert rate == 22050
        np.testing.assert_allclose(read[0], wanted, atol=1e-7)


def test_every_kind_of_wav_is_read_as_the_engine_reads_it(tmp_path: Path) -> None:
    """One patch with a player and an output for each file."""
    nodes, wires, read = [], [], {}
    for path in sorted((ROOT / "test" / "dsp" / "fixtures").glob("*.wav")):
        content, id_ = bytearray(path.read_bytes()), path.stem
        # All at the patch's rate, so that the engine converts none.
        struct.pack_into("<I", content, content.index(b"fmt ") + 12, RATE)
        (tmp_path / path.name).write_bytes(content)
        read[f"out-{id_}"], rate = read_wav(tmp_path / path.name)
        assert rate == RATE
        player = {"id": f"in-{id_}", "type": "source/audio-file-player", "resources": {"audio": path.name}}
        nodes += [{**player, "params": {"loop": "off"}}, {"id": f"out-{id_}", "type": "output/audio-output"}]
        wires += [{"from": f"in-{id_}.out", "to": f"out-{id_}.in"}]
    document = {"format": "neuropatch-patch", "sampleRateHz": RATE, "nodes": nodes, "connections": wires}
    heard = Patch.from_json(document, folder=tmp_path).render(seconds=max(x.shape[1] for x in read.values()) / RATE)
    assert len(read) > 10 and heard.keys() == read.keys()
    for id_, samples in read.items():
        np.testing.assert_array_equal(heard[id_][:, :samples.shape[1]], samples, id_)
        assert not heard[id_][:, samples.shape[1]:].any()


def test_the_command_line_is_the_engine(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "neuropatch"]
    told = subprocess.run([*command, "--help"], capture_output=True, encoding="utf-8")
    assert told.returncode == 0 and "neuropatch render PATCH" in told.stdout
    assert subprocess.run([*command, "dance"], capture_output=True).returncode == 2
    command += ["check", str(tmp_path / "nobody.npatch"), "--json"]
    missing = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert missing.returncode == 1 and json.loads(missing.stdout)["problems"][0]["code"] == "E-INPUT"


def test_without_the_built_engine_the_words_say_what_to_do(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "PROGRAM", tmp_path / "cli.mjs")
    with pytest.raises(RuntimeError, match="./dev build"):
        gain_patch().check()


def test_a_file_recorder_is_a_track_by_its_name() -> None:
    x = noise(4800)
    document = gain_patch(-20).json
    document["nodes"].append({"id": "rec", "type": "output/file-recorder"})
    document["connections"].append({"from": "input.out", "to": "rec.in"})
    heard = Patch.from_json(document).render({"input": x})
    assert sorted(heard) == ["out-1", "rec"]
    np.testing.assert_array_equal(heard["rec"], x)
    assert null_db(heard["out-1"], x * 0.1) < -120


def test_aligned_sound_begins_where_its_input_begins():
    """There and back between two rates: late as it is reported, or not at all; a sine says both to the sample."""
    nodes = [("input", "source/audio-input", {}), ("down", "rate/resampler", {"to": "44100"}),
             ("up", "rate/resampler", {"to": "48000"}), ("out", "output/audio-output", {})]
    wires = [("input", "down"), ("down", "up"), ("up", "out")]
    patch = Patch.from_json({
        "format": "neuropatch-patch", "sampleRateHz": 48000,
        "nodes": [{"id": id_, "type": type_, "params": params} for id_, type_, params in nodes],
        "connections": [{"from": f"{a}.out", "to": f"{b}.in"} for a, b in wires],
    })
    x = 0.5 * np.sin(2 * np.pi * 440 * np.arange(9600) / 48000)[np.newaxis]
    late, aligned = patch.render({"input": x}), patch.render({"input": x}, aligned=True)
    assert late.shape == aligned.shape == (1, 9600)
    inner = slice(500, 9100)
    assert null_db(aligned[:, inner], x[:, inner]) < -100 < null_db(late[:, inner], x[:, inner])
    double = patch.render({"input": x}, aligned=True, out_rate=96000)
    assert double.shape == (1, 19200) and null_db(double[:, ::2][:, inner], x[:, inner]) < -100
    with pytest.raises(ValueError):
        patch.render({"input": x}, out_rate=12345)


def test_a_file_of_moves_is_automation(tmp_path):
    x = np.full((1, 4800), 0.5, np.float32)
    moves = tmp_path / "moves.csv"
    moves.write_text("seconds,param,value\n0.05,gain.level,-20\n")
    for automation in (moves, {"format": "neuropatch-moves", "version": 1,
                               "moves": [{"frame": 2400, "param": "gain.level", "value": -20}]}):
        heard = gain_patch(0, smoothing_ms=0).render({"input": x}, automation=automation)[0]
        np.testing.assert_allclose(heard[:2400], 0.5, rtol=1e-6)
        np.testing.assert_allclose(heard[2400:], 0.05, rtol=1e-6)


def nested_patch() -> Patch:
    """input → Subpatch (in → Subpatch (in → gain, turned by a knob → out) → Audio Output): two deep, and it ends inside."""
    quiet = {
        "name": "Quiet",
        "nodes": [{"id": "in", "type": "structure/inlet"}, {"id": "gain", "type": "dynamics/gain"},
                  {"id": "level", "type": "control/knob", "params": {"min": -60, "max": 0, "value": -12, "unit": "dB"}},
                  {"id": "out", "type": "structure/outlet"}],
        "connections": [{"from": "in.out", "to": "gain.in"}, {"from": "level.out", "to": "gain.level"},
                        {"from": "gain.out", "to": "out.in"}],
    }
    ending = {
        "nodes": [{"id": "in", "type": "structure/inlet"}, {"id": "ear", "type": "output/audio-output"},
                  {"id": "quiet", "type": "structure/subpatch", "params": {"patch": "quiet", "level": -6}}],
        "connections": [{"from": "in.out", "to": "quiet.in"}, {"from": "quiet.out", "to": "ear.in"}],
    }
    return Patch.from_json({
        "format": "neuropatch-patch", "sampleRateHz": RATE,
        "nodes": [{"id": "input", "type": "source/audio-input"},
                  {"id": "end", "type": "structure/subpatch", "params": {"patch": "ending"}}],
        "connections": [{"from": "input.out", "to": "end.in"}],
        "subpatches": {"quiet": quiet, "ending": ending},
    })


def test_a_patch_in_a_patch_is_checked_rendered_and_compiled(tmp_path: Path) -> None:
    patch, x = nested_patch(), noise(4800)
    assert patch.check() == []
    rendered = patch.render(inputs={"input": x})
    assert null_db(rendered, x * 10 ** (-6 / 20)) < -120
    bundle = load(patch.compile(tmp_path / "nested.npbundle"))
    assert null_db(bundle.process(x, block=37), rendered) < -120
    moves = [(2400, "end/quiet/level.value", -30.0)]
    moved = patch.render(inputs={"input": x}, automation=moves)
    bundle.reset()
    assert null_db(bundle.process(x, events=moves, block=480), moved) < -120
    assert np.abs(moved - rendered).max() > 0.1


def test_a_subpatch_that_contains_itself_is_told_and_looked_through_once() -> None:
    document = nested_patch().json
    document["subpatches"]["quiet"]["nodes"].append(
        {"id": "again", "type": "structure/subpatch", "params": {"patch": "ending"}})
    patch = Patch.from_json(document)
    assert "E-SUBPATCH" in [problem.code for problem in patch.check()]
    with pytest.raises(PatchError):
        patch.render(inputs={"input": noise(480)})
