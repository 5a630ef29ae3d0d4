"""What a render needs beside the patch: recordings as files, the log of moves, and the names of what sounds.

Owns the forms that pass to the engine (the log's is `src/render/log.ts`'s). Must not start the engine.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from .signals import as_signal
from .wav import read_wav, write_wav

SUBPATCH_TYPE = "structure/subpatch"
OUTPUTS_MAX = 20_000
OUTPUT_TYPES = ("output/audio-output", "output/file-recorder")
BLOCK_FRAMES, SECONDS = 128, 10.0

Move = tuple[int, str, float | str]


def input_files(inputs: Mapping[str, Any], folder: Path, rate_hz: int) -> dict[str, Path]:
    """Files by the id of the input: paths as they are, arrays written into `folder`."""
    files = {}
    for number, (id_, audio) in enumerate(inputs.items()):
        is_path = isinstance(audio, (str, os.PathLike))
        files[id_] = Path(audio).resolve() if is_path else folder / f"in-{number}.wav"
        if not is_path:
            write_wav(files[id_], as_signal(audio, id_), rate_hz)
    return files


def longest_seconds(files: Iterable[Path]) -> float:
    """Length of the longest recording; 10 s where there is none."""
    return max((signal.shape[1] / rate for signal, rate in map(read_wav, files)), default=SECONDS)


def make_log(
    moves: Iterable[Move], text: str, rate_hz: int, block: int | Sequence[int] | None, seconds: float,
) -> dict[str, Any]:
    """A performance in the form that the editor records: the patch's text and the moves of its params."""
    return {
        "format": "neuropatch-log", "version": 1, "patch": text, "sampleRateHz": rate_hz, "slackSamples": 0,
        "blockFrames": block if isinstance(block, int) else BLOCK_FRAMES, "frames": round(seconds * rate_hz),
        "entries": [_entry(*move) for move in moves],
    }


def _entry(frame: int, id_: str, value: float | str) -> dict[str, Any]:
    node, _, param = id_.partition(".")
    number = value if isinstance(value, str) else float(value)
    return {"frame": int(frame), "kind": "param", "nodeId": node, "param": param, "value": number}


def logged_patches(log: Path | None) -> Iterator[dict[str, Any]]:
    """The patches that take over during a performance."""
    if log is None:
        return
    try:
        content = json.loads(log.read_text("utf-8"))
        texts = [content.get("patch"), *(entry.get("patch") for entry in content.get("entries", []))]
        yield from (json.loads(text) for text in texts if isinstance(text, str))
    except (OSError, ValueError, AttributeError, TypeError):
        return  # the engine says what is wrong with a log


def output_ids(*documents: Mapping[str, Any]) -> list[str]:
    """Ids of the audio outputs and file recorders that have a connection in one of the patches: those that give sound."""
    # More than fit are refused by the engine.
    return sorted({id_ for document in documents
                   for id_ in islice(_outputs_in(document, fields(document, "subpatches")), OUTPUTS_MAX)})


def _outputs_in(parts: Mapping[str, Any], subpatches: Mapping[str, Any], prefix: str = "", around: tuple[str, ...] = ()
                ) -> Iterator[str]:
    """The same of a patch and what is inside it, as the engine calls them: `node/inner`.

    Each subpatch is entered once a way.
    """
    wired = {str(wire.get("to", "")).partition(".")[0] for wire in dicts(parts, "connections")}
    for node in dicts(parts, "nodes"):
        id_, name = str(node.get("id")), fields(node, "params").get("patch")
        if node.get("type") in OUTPUT_TYPES and id_ in wired:
            yield prefix + id_
        inner = subpatches.get(name) if node.get("type") == SUBPATCH_TYPE and isinstance(name, str) else None
        if isinstance(inner, dict) and name not in around and _has_output(name, subpatches):
            yield from _outputs_in(inner, subpatches, f"{prefix}{id_}/", (*around, name))


def _has_output(name: str, subpatches: Mapping[str, Any]) -> bool:
    """Whether a subpatch, or one in it, has an output at all: most have none, however often they hold one another."""
    wanted, seen = [name], set()
    while wanted:
        inner = fields(subpatches, wanted[-1])
        seen.add(wanted.pop())
        nodes = list(dicts(inner, "nodes"))
        if any(node.get("type") in OUTPUT_TYPES for node in nodes):
            return True
        names = {str(fields(node, "params").get("patch")) for node in nodes if node.get("type") == SUBPATCH_TYPE}
        wanted += names - seen
    return False


def dicts(document: Mapping[str, Any], field: str) -> Iterator[dict[str, Any]]:
    """The objects of a list that may be malformed."""
    items = document.get(field)
    return (item for item in (items if isinstance(items, list) else []) if isinstance(item, dict))


def fields(document: Mapping[str, Any], field: str) -> dict[str, Any]:
    """An object in a field that may be malformed."""
    value = document.get(field)
    return value if isinstance(value, dict) else {}
