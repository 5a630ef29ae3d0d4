"""Patches in Python: opened, changed, checked, rendered and compiled by the one engine.

Owns the document as JSON text with its folder, and the files that pass between Python and the engine. Must not know what
nodes do: that is the engine's.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from . import engine
from .errors import PatchError, Problem, fail
from .json_text import stringify
from .performance import Move, dicts, fields, input_files, logged_patches, longest_seconds, make_log, output_ids
from .wav import read_wav

MIME = "application/vnd.neuropatch.patch+json"
BUILTIN = "builtin:"
RATE_HZ = 48000


class Patch:
    """A patch document. It does not change; `with_params` gives another one.

    >>> patch = Patch.example("impulse-echo")
    >>> patch.check()
    []
    >>> sound = patch.with_params({"echo.time": 250}).render(seconds=1)
    >>> sound.shape, sound.dtype
    ((1, 48000), dtype('float32'))
    """

    def __init__(self, text: str, path: Path | None = None, folder: Path | None = None):
        self._text, self._path = text, path
        self._folder = folder or (path.parent if path else Path.cwd())

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Patch":
        """Opens a patch file (`.npatch`).

        Raises:
            PatchError: E-INPUT (no file), E-JSON (not text in UTF-8 or no JSON object). All else is told by `check`.
        """
        file = Path(path).resolve()
        try:
            patch = cls(file.read_bytes().decode("utf-8"), path=file)
        except OSError as error:
            fail("E-INPUT", f"{file.name}: expected a file, got {error.strerror!r}. Check the name.", file.name)
        except UnicodeDecodeError:
            fail("E-JSON", f"{file.name}: expected text in UTF-8, got something else. Is it a patch?", file.name)
        patch.json  # a file that is no JSON is told now, not at the first use
        return patch

    @classmethod
    def from_json(cls, document: str | Mapping[str, Any], folder: str | os.PathLike[str] | None = None) -> "Patch":
        """A patch from JSON, as text or as a dict.

        Args:
            document: The content of a patch file.
            folder: Where its audio files and models lie; the current folder without it.

        >>> oscillator = {"id": "osc", "type": "source/oscillator"}
        >>> output = {"id": "out", "type": "output/audio-output"}
        >>> wire = {"from": "osc.out", "to": "out.in"}
        >>> patch = Patch.from_json({"format": "neuropatch-patch", "nodes": [oscillator, output], "connections": [wire]})
        >>> print(patch)
        Patch at 48000 Hz, 2 nodes, 1 connections
          osc  source/oscillator
          out  output/audio-output
          osc.out > out.in
        """
        text = document if isinstance(document, str) else stringify(dict(document)) + "\n"
        patch = cls(text, folder=Path(folder).resolve() if folder is not None else None)
        patch.json
        return patch

    @classmethod
    def example(cls, name: str) -> "Patch":
        """One of the gallery's patches by name; see `examples`. Raises PatchError E-INPUT for an unknown one."""
        if name not in cls.examples():
            fail("E-INPUT", f"{name}: expected an example, got no such name. There are: {', '.join(cls.examples())}.", name)
        return cls((engine.FOLDER / "builtin" / f"{name}.npatch").read_text("utf-8"))

    @staticmethod
    def examples() -> list[str]:
        """Names of the gallery's patches.

        >>> "impulse-echo" in Patch.examples()
        True
        """
        return sorted(file.stem for file in (engine.FOLDER / "builtin").glob("*.npatch"))

    @property
    def text(self) -> str:
        """The content of the patch file."""
        return self._text

    @property
    def json(self) -> dict[str, Any]:
        """The content as a new dict. Raises PatchError E-JSON or E-SCHEMA."""
        try:
            document = json.loads(self._text) if self._text.strip() else {}
        except (ValueError, RecursionError) as error:
            fail("E-JSON", f"patch: expected JSON, got text that stops making sense ({error}). Open it as text and mend it.")
        if not isinstance(document, dict):
            fail("E-SCHEMA", "patch: expected a JSON object, got something else. Is it another kind of file?")
        return document

    @property
    def name(self) -> str:
        """The patch's title; "" when it has none."""
        return str(self.json.get("name", ""))

    @property
    def sample_rate_hz(self) -> int:
        """The patch's rate."""
        rate = self.json.get("sampleRateHz", RATE_HZ)
        return int(rate) if isinstance(rate, (int, float)) else RATE_HZ

    def with_params(self, params: Mapping[str, float | str]) -> "Patch":
        """The patch with other values, e.g. {"gain.level": -6}; of a subpatch, what it shows as settings.

        Raises PatchError E-PARAM for an unknown node.
        """
        document = self.json
        nodes = {str(node.get("id")): node for node in dicts(document, "nodes")}
        for id_, value in params.items():
            node, _, param = id_.partition(".")
            if node not in nodes or not param:
                have = ", ".join(sorted(nodes))
                fail("E-PARAM", f"{id_}: expected node.param of the patch, got no such node. It has {have}.", id_)
            nodes[node]["params"] = {**fields(nodes[node], "params"), param: value}
        return Patch.from_json(document, self._folder)

    def save(self, path: str | os.PathLike[str] | None = None) -> "Patch":
        """Writes the patch file, whole or not at all, and returns the patch opened from there.

        Args:
            path: The file; where it was opened without it. Audio files and models do not come along.
        """
        target = Path(path).resolve() if path is not None else self._path
        if target is None:
            fail("E-INPUT", "patch: expected a file name, got none, and this patch has no file yet. Name one.")
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(self._text.encode("utf-8"))
        part.replace(target)
        return Patch(self._text, path=target)

    def check(self) -> list[Problem]:
        """Every problem of the patch, errors and warnings; empty when it plays."""
        with self.as_file() as file:
            try:
                answer = engine.ask("check", str(file))
            except PatchError as error:
                return error.problems
        return [Problem.from_json(problem) for problem in answer["problems"]]

    def render(
        self,
        inputs: Mapping[str, np.ndarray | str | os.PathLike[str]] | None = None,
        *,
        seconds: float | None = None,
        rate: int | None = None,
        block: int | Sequence[int] | None = None,
        params: Mapping[str, float | str] | None = None,
        automation: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Move] | None = None,
        aligned: bool = False,
        out_rate: int | None = None,
    ) -> np.ndarray | dict[str, np.ndarray]:
        """Plays the patch offline, with the engine that plays it live.

        Args:
            inputs: By the id of an audio input or file player: an array [channels, frames] of floats at the rate of the
                patch (or at `rate`), or the path of a WAV file.
            seconds: Length; without it that of the longest input, of the log, or 10 s.
            rate: Another rate than the patch's in Hz, of those from 8000 to 192000 that a patch may have. A recorded
                log plays at its own.
            block: Frames per call of the engine, or a schedule of them; 128 without it.
            params: Values to start with by `<node>.<param>`, e.g. {"gain.level": -6}. A choice takes its word. Not for
                a log in which other patches take over.
            automation: A performance: the log that the editor recorded (a path, or its content; the log's own patch
                plays then, with the files of this one's folder), a file of moves as CSV or JSON (`neuropatch --help`
                tells the form), or a list of (frame, `<node>.<param>`, value), whose frames count at `rate` where it
                is given.
            aligned: Takes the latency off: the sound begins where the inputs begin, and nothing is cut at the end.
                Without it the sound is as late as live and from a bundle.
            out_rate: Rate of the sound that is returned, in Hz, of those that the Resampler has; the patch's without it.

        Returns:
            [channels, frames] float32; a dict by the id of the audio output where there are several.

        Raises:
            PatchError: With the patch's problems.
            ValueError: An argument that the engine does not take.
        """
        rate_hz = rate if rate is not None else self.sample_rate_hz
        with self.as_file() as file, tempfile.TemporaryDirectory(prefix="neuropatch-") as scratch:
            folder = Path(scratch)
            words = ["render", str(file), "--align" if aligned else "--no-align"]
            words += [f"--out-rate={out_rate}"] if out_rate is not None else []
            files = input_files(inputs or {}, folder, rate_hz)
            words += [f"--in={id_}={path}" for id_, path in files.items()]
            log = None
            is_moves = automation is not None and not isinstance(automation, (str, os.PathLike, Mapping))
            if isinstance(automation, (str, os.PathLike)):
                log = Path(automation)
            elif automation is not None:
                length = seconds if seconds is not None else longest_seconds(files.values())
                content = make_log(automation, self._at_rate(rate), rate_hz, block, length) if is_moves else automation
                log = folder / "automation.json"
                log.write_text(json.dumps(content), "utf-8")
            ids = output_ids(self.json, *logged_patches(log))
            sounds = {id_: folder / f"out-{at}.wav" for at, id_ in enumerate(ids)}
            words += [f"--out={id_}={path}" for id_, path in sounds.items()]
            words += [f"--param={id_}={value}" for id_, value in (params or {}).items()]
            words += [f"--rate={rate}"] if rate is not None and not is_moves else []
            words += [f"--seconds={seconds}"] if seconds is not None else []
            words += [f"--block={block if isinstance(block, int) else ','.join(map(str, block))}"] if block is not None else []
            words += [f"--automation={log}"] if log is not None else []
            engine.ask(*words)
            outputs = {id_: read_wav(path)[0] for id_, path in sounds.items()}
        return outputs if len(outputs) != 1 else next(iter(outputs.values()))

    def compile(self, path: str | os.PathLike[str]) -> Path:
        """Exports the patch as a bundle (`.npbundle`), checked against the engine before it is written.

        Returns:
            The path, for `neuropatch.load`.

        Raises:
            PatchError: The patch's problems, E-LOWER for a node that cannot be exported, E-BUNDLE-DIFFERS when a check
                fails. Nothing is written then.
        """
        target = Path(path).resolve()
        if not target.parent.is_dir():
            folder = target.parent.name
            fail("E-INPUT", f"{target.name}: expected a folder to write to, got none named {folder!r}. Make it first.")
        with self.as_file() as file:
            engine.ask("compile", str(file), "--out", str(target))
        return target

    def __str__(self) -> str:
        document = self.json
        nodes, wires = list(dicts(document, "nodes")), list(dicts(document, "connections"))
        title = f'Patch "{self.name}"' if self.name else "Patch"
        lines = [f"{title} at {self.sample_rate_hz} Hz, {len(nodes)} nodes, {len(wires)} connections"]
        wide, wider = (max((len(str(node.get(key, ""))) for node in nodes), default=0) for key in ("id", "type"))
        for node in nodes:
            values = {**fields(node, "params"), **fields(node, "resources")}
            told = "  ".join(f"{key}={value}" for key, value in values.items())
            lines.append(f"  {str(node.get('id', '')):{wide}}  {str(node.get('type', '')):{wider}}  {told}".rstrip())
        return "\n".join([*lines, *(f"  {wire.get('from')} > {wire.get('to')}" for wire in wires)])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the patch itself for JupyterLab, a picture for other viewers, and its values as text."""
        bundle = {MIME: self.json, "text/plain": str(self)}
        picture = self._picture()
        return {**bundle, "image/svg+xml": picture} if picture else bundle

    def _picture(self) -> str | None:
        """The patch drawn as SVG by the engine; None when it cannot be drawn: a notebook then shows the text."""
        try:
            with self.as_file() as file:
                answer = engine.run(["picture", str(file)])
        except RuntimeError:
            return None
        return answer.stdout if answer.returncode == 0 and answer.stdout.lstrip().startswith("<svg") else None

    def _at_rate(self, rate_hz: int | None) -> str:
        """The text of the patch, at another rate where one is given."""
        return self._text if rate_hz is None else stringify({**self.json, "sampleRateHz": rate_hz}) + "\n"

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """A file with this text, whose folder has what the patch needs."""
        if self._path is not None and self._path.exists() and self._path.read_bytes() == self._text.encode("utf-8"):
            yield self._path
            return
        document = self.json
        inside = [part for part in fields(document, "subpatches").values() if isinstance(part, dict)]
        nodes = [node for parts in (document, *inside) for node in dicts(parts, "nodes")]
        paths = [path for node in nodes for path in fields(node, "resources").values()]
        needs_folder = any(not str(path).startswith(BUILTIN) for path in paths)
        place = self._folder if needs_folder else None
        try:
            handle, name = tempfile.mkstemp(suffix=".npatch", prefix=".neuropatch-", dir=place)
        except OSError as error:
            fail("E-INPUT", f"{self._folder.name}: expected the patch's folder, with the right to write, "
                            f"got {error.strerror!r}. Name another folder.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self._text.encode("utf-8"))
            yield Path(name)
        finally:
            os.unlink(name)
