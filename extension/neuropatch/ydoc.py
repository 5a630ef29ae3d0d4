"""The shared document of a patch on the server: with collaboration, this writes the file.

Owns the layout of the document, which extension/document/shared-patch.ts mirrors; the text form is patch_file.py's.
Layout, by root map:

    patch        version, name, description, authors, licence, sampleRateHz, and extra as a plain object;
                 `unreadable` (text) instead of all else when the file is no patch: it is then written back as it was
    nodes        id → Y.Map {id, type, version, label, position: [x, y], contract, isBypassed, explain, extra as plain
                 values where they are set; params, smoothingMs, resources: Y.Map of numbers and words, made at once,
                 so that two people who each set a first param share one map}
    connections  "a.out>b.in" → plain {from: "a.out", to: "b.in", extra where there is something}
    frames       id → plain {id, label, position, size and what is not known}
    notes        id → plain {id, text, position, size and what is not known}
    subpatches   id → plain {name, description, authors, licence, extra; nodes, connections, frames, notes by id, with
                 all values plain}: the last of two people who change one at once is heard

Fields without a value are left out, never null or undefined. Every number is a double.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from jupyter_ydoc.ybasedoc import YBaseDoc
from pycrdt import Map

from .errors import PatchError
from .json_text import stringify
from .patch_file import empty_patch, parse_patch, serialize_patch, sort_keys

PARTS = ("nodes", "connections", "frames", "notes", "subpatches")
NESTED = ("params", "smoothingMs", "resources")
UNREADABLE = "unreadable"


class YPatch(YBaseDoc):
    """A patch as a shared document: a map per node, so that two people can turn two knobs of it.

    >>> doc = YPatch()
    >>> doc.set('{"format": "neuropatch-patch", "nodes": [{"id": "gain", "type": "dynamics/gain", "params": {"level": -6}}]}')
    >>> doc.ydoc.get("nodes", type=Map)["gain"]["params"]["level"] = -300.0
    >>> "-300\\n" in doc.get()
    True
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._roots = {name: self._ydoc.get(name, type=Map) for name in ("patch", *PARTS)}

    @property
    def version(self) -> str:
        """Version of the layout."""
        return "1.0.0"

    def get(self) -> str:
        """The text of the patch file, byte for byte as the editor writes it."""
        shared = {name: root.to_py() or {} for name, root in self._roots.items()}
        fields = shared.pop("patch")
        if UNREADABLE in fields:
            return fields[UNREADABLE]
        return serialize_patch({**empty_patch(), **fields, **shared})

    def set(self, value: str) -> None:
        """Takes over the text of a file; only what differs is changed, so that others' edits to the rest survive.

        Text that is no patch is kept as it is, and written back so: the editor says what is wrong with it.
        """
        try:
            patch = _well_formed(parse_patch(value))
            fields = {key: field for key, field in patch.items() if key not in PARTS}
        except PatchError:
            patch, fields = dict.fromkeys(PARTS, {}), {UNREADABLE: value}
        nodes = {id_: {**dict.fromkeys(NESTED, {}), **node} for id_, node in patch["nodes"].items()}
        with self._ydoc.transaction():
            _bring_to(self._roots["patch"], fields)
            for part in PARTS[1:]:
                _bring_to(self._roots[part], patch[part])
            _bring_to(self._roots["nodes"], {id_: Map() for id_ in nodes})
            for id_, node in nodes.items():
                shared = self._roots["nodes"][id_]
                _bring_to(shared, {key: Map() if key in NESTED else field for key, field in node.items()})
                for key in NESTED:
                    _bring_to(shared[key], node[key])

    def observe(self, callback: Callable[[str, Any], None]) -> None:
        """Calls `callback(root, event)` for every change; "state" is JupyterLab's own root."""
        self.unobserve()
        self._subscriptions[self._ystate] = self._ystate.observe(partial(callback, "state"))
        for name, root in self._roots.items():
            self._subscriptions[root] = root.observe_deep(partial(callback, name))


def _bring_to(shared: Map, wanted: dict[str, Any]) -> None:
    """Makes a map hold what is wanted with as few changes as possible; a wanted Map only says that one must be there."""
    for key in [key for key in shared if key not in wanted]:
        del shared[key]
    for key, value in wanted.items():
        is_map = isinstance(value, Map)
        current = shared.get(key)
        # By text, since True == 1 in Python.
        is_there = key in shared and isinstance(current, Map) == is_map
        if not is_there or not is_map and _text(current) != _text(value):
            shared[key] = value if is_map else _doubles(value)


def _text(value: Any) -> str:
    return stringify(sort_keys(value))


def _doubles(value: Any) -> Any:
    """All numbers as floats: an int would reach JavaScript as a bigint."""
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_doubles(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _well_formed(value: Any) -> Any:
    """Half surrogates, which a shared document cannot hold, become U+FFFD, as in the browser."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(item) for key, item in value.items()}
    return [_well_formed(item) for item in value] if isinstance(value, list) else value
