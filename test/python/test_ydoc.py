"""The shared document's twin writes what the editor writes, byte for byte, and speaks the same Yjs.

Fixtures are written by hand (test/fixtures/patches); test/core/patch-file.fixtures.test.ts holds the editor to the same.
"""

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from jupyter_ydoc import ydocs
from neuropatch.engine import node_path
from neuropatch.json_text import number_text, stringify
from neuropatch.ydoc import YPatch
from pycrdt import Map

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "test" / "fixtures" / "patches"
NOTEBOOKS = ROOT / "notebooks"
CANONICAL = [*sorted(FIXTURES.glob("*.npatch")), *sorted(NOTEBOOKS.rglob("*.npatch"))]
RAW = sorted((FIXTURES / "raw").glob("*.npatch"))


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def run_node(program: str, given: str) -> str:
    """Runs a module in the clone, where yjs lies; `given` is its standard input, `text` in the program."""
    program = f"import {{ readFileSync }} from 'node:fs';\nconst text = readFileSync(0, 'utf8');\n{program}"
    command = [node_path(), "--input-type=module", "-e", program]
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def through_the_wire(doc: YPatch) -> YPatch:
    """Another server's document with the same content."""
    other = YPatch()
    other.ydoc.apply_update(doc.ydoc.get_update())
    return other


@pytest.mark.parametrize("path", CANONICAL, ids=lambda path: path.stem)
def test_a_patch_file_comes_back_byte_for_byte(path: Path) -> None:
    doc = YPatch()
    doc.set(text_of(path))
    assert doc.get() == text_of(path)
    assert through_the_wire(doc).get() == text_of(path)


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_other_spellings_are_brought_into_the_one_form(path: Path) -> None:
    doc = YPatch()
    doc.set(text_of(path))
    assert doc.get() == text_of(FIXTURES / path.name)


@pytest.mark.parametrize("path", CANONICAL, ids=lambda path: path.stem)
def test_yjs_reads_what_the_twin_shares_and_the_twin_what_yjs_shares(path: Path) -> None:
    """Through the real yjs: numbers stay numbers (never bigint), and a document made there gives the same file."""
    doc = YPatch()
    doc.set(text_of(path))
    program = """
        import * as Y from 'yjs';
        const doc = new Y.Doc(), made = new Y.Doc();
        Y.applyUpdate(doc, Buffer.from(text, 'base64'));
        const copy = value => {
          if (typeof value === 'bigint') throw new Error(`a bigint: ${value}`);
          return value instanceof Y.Map ? new Y.Map([...value].map(([key, inner]) => [key, copy(inner)])) : value;
        };
        const deep = value => (Object(value) === value ? Object.values(value).forEach(deep) : copy(value));
        for (const root of ['patch', 'nodes', 'connections', 'frames', 'notes', 'subpatches']) {
          deep(doc.getMap(root).toJSON());
          for (const [key, value] of doc.getMap(root)) made.getMap(root).set(key, copy(value));
        }
        process.stdout.write(Buffer.from(Y.encodeStateAsUpdate(made)).toString('base64'));
    """
    update = run_node(program, base64.b64encode(doc.ydoc.get_update()).decode())
    other = YPatch()
    other.ydoc.apply_update(base64.b64decode(update))
    assert other.get() == text_of(path)


def test_jupyterlabs_server_finds_the_twin_by_the_models_content_type() -> None:
    model = (ROOT / "extension" / "document" / "patch-model.ts").read_text("utf-8")
    names = [name for name, kind in ydocs.items() if kind is YPatch]
    assert len(names) == 1 and f"CONTENT_TYPE = '{names[0]}'" in model


def test_two_people_turn_two_knobs_of_one_node() -> None:
    first = YPatch()
    first.set('{"format": "neuropatch-patch", "nodes": [{"id": "gain", "type": "dynamics/gain"}]}')
    second = through_the_wire(first)
    first.ydoc.get("nodes", type=Map)["gain"]["params"]["level"] = -6.0
    second.ydoc.get("nodes", type=Map)["gain"]["params"]["other"] = 3.0
    first.ydoc.apply_update(second.ydoc.get_update())
    second.ydoc.apply_update(first.ydoc.get_update())
    assert first.get() == second.get()
    assert json.loads(first.get())["nodes"][0]["params"] == {"level": -6, "other": 3}


def test_a_file_that_changed_on_disk_changes_only_what_differs() -> None:
    doc = YPatch()
    text = text_of(FIXTURES / "many-nodes.npatch")
    doc.set(text)
    events: list[str] = []
    doc.observe(lambda root, event: events.append(root))
    doc.set(text)
    assert events == []
    size = len(doc.ydoc.get_update())
    document = json.loads(text)
    document["nodes"][100]["params"]["b"] = 0.5
    doc.set(json.dumps(document))
    assert events == ["nodes"]
    assert len(doc.ydoc.get_update()) < size + 100
    doc.set("")
    assert json.loads(doc.get()) == {
        "format": "neuropatch-patch", "version": 1, "sampleRateHz": 48000, "nodes": [], "connections": []}


NO_PATCHES = ['{"format": "neuropatch-patch", "nodes": [', "hello", "[]", '{"format": "other"}', '{"a": NaN}', "[" * 100000]


@pytest.mark.parametrize("text", NO_PATCHES, ids=lambda text: text[:20])
def test_text_that_is_no_patch_is_written_back_as_it_was(text: str) -> None:
    doc = YPatch()
    doc.set(text_of(CANONICAL[0]))
    doc.set(text)
    assert doc.get() == text
    doc.set(text_of(CANONICAL[0]))
    assert doc.get() == text_of(CANONICAL[0])


def test_half_surrogates_become_the_replacement_character_as_in_the_browser() -> None:
    doc = YPatch()
    doc.set('{"format": "neuropatch-patch", "name": "a\\ud800b"}')
    assert json.loads(doc.get())["name"] == "a\ufffdb"


def spoil(rng: np.random.Generator, value):
    """The value with something wrong or odd somewhere in it."""
    odd = [None, True, False, -0.0, 1e21, 1e-7, "", "x", "gain", "gain-2", "Not An Id", "a.b", "a.b>c.d", ".a", [], {}, [0, 1],
           {"b": 1, "2": {}, "a": ""}, "constructor", "\U0001d11e", "n" * 70]
    if rng.random() < 0.03:
        return odd[rng.integers(len(odd))]
    if isinstance(value, dict):
        spoilt = {key: spoil(rng, item) for key, item in value.items() if rng.random() > 0.02}
        if rng.random() < 0.1:
            spoilt[["later", "5", "__proto__", "constructor", "label", "extra"][rng.integers(6)]] = odd[rng.integers(len(odd))]
        return spoilt
    if isinstance(value, list):
        spoilt = [spoil(rng, item) for item in value]
        return spoilt + spoilt[:1] if rng.random() < 0.3 else spoilt
    return value


def test_spoilt_patches_are_mended_as_the_editor_mends_them() -> None:
    rng = np.random.default_rng(7)
    whole = [json.loads(text_of(path)) for path in CANONICAL if path.stem != "many-nodes"]
    spoilt = [{key: spoil(rng, value) for key, value in whole[n % len(whole)].items()} for n in range(400)]
    texts = [json.dumps({**patch, "format": "neuropatch-patch"}) for patch in spoilt]
    program = """
        import { parsePatch, serializePatch } from './src/core/patch-file.ts';
        process.stdout.write(JSON.stringify(JSON.parse(text).map(one => serializePatch(parsePatch(one).patch))));
    """
    editor = json.loads(run_node(program, json.dumps(texts)))
    for text, wanted in zip(texts, editor, strict=True):
        doc = YPatch()
        doc.set(text)
        assert doc.get() == wanted, text


def test_numbers_are_written_as_javascript_writes_them() -> None:
    """2,000 doubles of every size against the real thing."""
    rng = np.random.default_rng(20261122)
    bits = rng.integers(0, 2**64, 1500, dtype=np.uint64).view(np.float64)
    plain = np.round(rng.uniform(-1e6, 1e6, 500), 3)
    powers = [*(10.0 ** np.arange(-25, 25)), *(2.0 ** np.arange(-60, 70))]
    values = [float(value) for value in (*bits[np.isfinite(bits)], *plain, *powers)]
    program = """
        const bytes = Uint8Array.from(Buffer.from(text, 'hex'));
        process.stdout.write(JSON.stringify([...new Float64Array(bytes.buffer)].map(String)));
    """
    given = np.array(values, "<f8").tobytes().hex()
    assert [number_text(value) for value in values] == json.loads(run_node(program, given))


def test_values_are_written_as_javascript_writes_them() -> None:
    value = {"b": [1, {}, [], "\u2028\x7f\x00\"\\/", True, None, {"10": 1, "9": [[]], "x": -0.0}], "a": "\ud800\U0001f600"}
    program = "process.stdout.write(JSON.stringify(JSON.parse(text), null, 2))"
    assert stringify(value) == run_node(program, json.dumps(value))
