"""The patch file in Python: the twin of `src/core/patch-file.ts`, reading and writing byte for byte what it does.

Owns the text form and how what is malformed is mended; the problems themselves are told by the engine's `check`. Must not
know shared documents. test/fixtures/patches holds both sides to it.
"""

import math
import re
from typing import Any

from .errors import fail
from .json_text import parse, stringify, utf16_length, utf16_order

FORMAT, VERSION, RATE_HZ = "neuropatch-patch", 1, 48000
CHARACTERS_MAX = 16 * 1024 * 1024
TEXT_FIELDS = ("name", "description", "authors", "licence")
NODE_FIELDS = ("id", "type", "version", "label", "position", "params", "smoothingMs", "resources", "contract", "isBypassed",
               "explain")
PATCH_FIELDS = frozenset(("format", "version", *TEXT_FIELDS, "sampleRateHz", "nodes", "connections", "frames", "notes",
                          "subpatches"))
UNSAFE_KEYS = frozenset(("__proto__", "constructor", "prototype"))
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ID_LENGTH_MAX = 64
SUBPATCH_FIELDS = frozenset((*TEXT_FIELDS, "nodes", "connections", "frames", "notes"))
DEPTH_MAX = 100

Json = Any
Patch = dict[str, Any]


def empty_patch() -> Patch:
    """The parts of a patch: its own fields, and dicts by id for nodes, connections, frames and notes."""
    texts = dict.fromkeys(TEXT_FIELDS, "")
    return {"version": VERSION, **texts, "sampleRateHz": RATE_HZ, "nodes": {}, "connections": {}, "frames": {}, "notes": {},
            "subpatches": {}, "extra": {}}


def parse_patch(text: str) -> Patch:
    """The parts of a patch file; everything that can be mended is. An empty text is an empty patch.

    Raises:
        PatchError: E-SIZE, E-JSON or E-SCHEMA for what is no patch at all.
    """
    if utf16_length(text) > CHARACTERS_MAX:
        fail("E-SIZE", f"patch: expected at most {CHARACTERS_MAX // 2**20} MiB, got {utf16_length(text) / 2**20:.1f} MiB. "
                       "Split it, or remove embedded data.")
    patch = empty_patch()
    if text.replace("\ufeff", "").strip() == "":
        return patch
    try:
        json = parse(text)
    except ValueError as error:
        fail("E-JSON", f"patch: expected JSON, got text that stops making sense ({error}). Open it as text and mend it.")
    if not isinstance(json, dict) or json.get("format") != FORMAT:
        got = f"{json.get('format')!r}" if isinstance(json, dict) else "no object"
        fail("E-SCHEMA", f'patch: expected "format": "{FORMAT}", got {got}. Is it another kind of file?', "format")
    if _is_too_deep(json):
        fail("E-SCHEMA", f"patch: expected at most {DEPTH_MAX} levels of nesting, got more. Is it another kind of file?")
    if _is_number(json.get("version")):
        patch["version"] = json["version"]
    if _is_number(json.get("sampleRateHz")):
        patch["sampleRateHz"] = json["sampleRateHz"]
    patch.update(_read_parts(json, PATCH_FIELDS))
    if isinstance(json.get("subpatches"), dict):
        names = sorted(_safe(json["subpatches"]), key=utf16_order)
        ids = _Ids([{"id": name} for name in names])
        for name in names:
            if isinstance(json["subpatches"][name], dict):
                patch["subpatches"][ids.read(name, "subpatch")] = _read_parts(json["subpatches"][name], SUBPATCH_FIELDS)
    return patch


def serialize_patch(patch: Patch) -> str:
    """The text of a patch: two-space JSON, fixed field order, nodes and connections sorted by id, one line feed at the end."""
    json: dict[str, Json] = {"format": FORMAT, "version": patch["version"], **_texts(patch),
                             "sampleRateHz": patch["sampleRateHz"], **_parts(patch)}
    if patch["subpatches"]:
        json["subpatches"] = {id_: {**_texts(parts), **_parts(parts), **sort_keys(parts["extra"])}
                              for id_, parts in sorted(patch["subpatches"].items(), key=lambda item: utf16_order(item[0]))}
    return stringify({**json, **sort_keys(patch["extra"])}) + "\n"


def sort_keys(value: Json) -> Json:
    """The value with the keys of all objects in JavaScript's order."""
    if isinstance(value, dict):
        return {key: sort_keys(value[key]) for key in sorted(value, key=utf16_order)}
    return [sort_keys(item) for item in value] if isinstance(value, (list, tuple)) else value


def _read_parts(json: dict[str, Json], known: frozenset[str]) -> dict[str, Any]:
    """What a patch and a subpatch are both made of; `known` names its fields."""
    parts: dict[str, Any] = {field: json[field] if isinstance(json.get(field), str) else "" for field in TEXT_FIELDS}
    parts.update(nodes={}, connections={}, frames={}, notes={})
    ids = _Ids(_list(json, "nodes"))
    for raw in _list(json, "nodes"):
        if isinstance(raw, dict):
            id_ = ids.read(raw.get("id"), "node")
            parts["nodes"][id_] = {"id": id_, **_read_node(raw)}
    for raw in _list(json, "connections"):
        if isinstance(raw, dict) and isinstance(raw.get("from"), str) and isinstance(raw.get("to"), str):
            ends = {"from": ids.follow(raw["from"]), "to": ids.follow(raw["to"])}
            if all(map(_is_endpoint, ends.values())):
                extra = {key: value for key, value in _safe(raw).items() if key not in ends}
                parts["connections"][f"{ends['from']}>{ends['to']}"] = {**ends, **({"extra": extra} if extra else {})}
    for kind, text_field in (("frames", "label"), ("notes", "text")):
        ids = _Ids(_list(json, kind))
        for raw in _list(json, kind):
            is_known = isinstance(raw, dict) and isinstance(raw.get(text_field), str)
            if is_known and _is_pair(raw.get("position")) and _is_pair(raw.get("size")):
                id_ = ids.read(raw.get("id"), kind[:-1])
                parts[kind][id_] = {**_safe(raw), "id": id_}
    parts["extra"] = {key: value for key, value in _safe(json).items() if key not in known}
    return parts


def _texts(parts: dict[str, Any]) -> dict[str, Json]:
    return {field: parts[field] for field in TEXT_FIELDS if parts[field] != ""}


def _parts(parts: dict[str, Any]) -> dict[str, Json]:
    json: dict[str, Json] = {
        "nodes": [_node_to_json(node) for node in _by_id(parts["nodes"])],
        "connections": [{"from": wire["from"], "to": wire["to"], **sort_keys(wire.get("extra") or {})}
                        for wire in _by_id(parts["connections"])],
    }
    for kind in ("frames", "notes"):
        if parts[kind]:
            json[kind] = list(map(sort_keys, _by_id(parts[kind])))
    return json


def _by_id(parts: dict[str, Any]) -> list[Any]:
    return [parts[id_] for id_ in sorted(parts, key=utf16_order)]


def _node_to_json(node: dict[str, Json]) -> Json:
    known = {field: sort_keys(node[field]) for field in NODE_FIELDS if not _is_empty(node.get(field))}
    return {**known, **sort_keys(node.get("extra") or {})}


def _is_empty(value: Json) -> bool:
    # Not `not value`: a version of 0 and a position of [] are no empty fields.
    return value is None or value == "" or value is False or value == {}


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_pair(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _is_endpoint(value: str) -> bool:
    """Of the form `node.port`."""
    return 0 < value.find(".") < len(value) - 1 and ">" not in value


def _is_too_deep(value: Json, depth: int = 0) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    items = value.values() if isinstance(value, dict) else value
    return depth > DEPTH_MAX or any(_is_too_deep(item, depth + 1) for item in items)


def _safe(json: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in json.items() if key not in UNSAFE_KEYS}


def _list(json: dict[str, Json], field: str) -> list[Json]:
    return json[field] if isinstance(json.get(field), list) else []


def _is_good_id(raw: Json) -> bool:
    return isinstance(raw, str) and ID.fullmatch(raw) is not None and len(raw) <= ID_LENGTH_MAX and raw not in UNSAFE_KEYS


class _Ids:
    """Ids of one list: malformed and double ones get a new name that nobody in the list has."""

    def __init__(self, items: list[Json]):
        self._taken = {raw["id"] for raw in items if isinstance(raw, dict) and _is_good_id(raw.get("id"))}
        self._seen: set[str] = set()
        self._last_numbers: dict[str, int] = {}
        self._renamed: dict[str, str] = {}

    def read(self, raw: Json, stem: str) -> str:
        if not _is_good_id(raw):
            mended = self._free(stem) if stem in self._taken else stem
            if isinstance(raw, str):
                self._renamed.setdefault(raw, mended)
        elif raw in self._seen:
            mended = self._free(raw)
        else:
            self._seen.add(raw)
            return raw
        self._taken.add(mended)
        return mended

    def follow(self, end: str) -> str:
        """The end of a connection with its node's new name, where a malformed id got one."""
        node, dot, port = end.rpartition(".")
        return f"{self._renamed[node]}.{port}" if dot and node in self._renamed else end

    def _free(self, id_: str) -> str:
        stem = id_[:ID_LENGTH_MAX - 8].removesuffix("-")
        number = self._last_numbers.get(stem, 1) + 1
        while f"{stem}-{number}" in self._taken:
            number += 1
        self._last_numbers[stem] = number
        return f"{stem}-{number}"


def _read_values(json: Json, is_value) -> dict[str, Json] | None:
    if json is None:
        return None
    items = json.items() if isinstance(json, dict) else ()
    return {key: value for key, value in items if key != "__proto__" and is_value(value)}


def _read_node(raw: dict[str, Json]) -> dict[str, Json]:
    def is_text(value: Json) -> bool:
        return isinstance(value, str)

    node = {
        "type": raw["type"] if is_text(raw.get("type")) else "unknown/unknown",
        "version": raw["version"] if _is_number(raw.get("version")) else 1,
        "label": raw["label"] if is_text(raw.get("label")) else None,
        "position": raw["position"] if _is_pair(raw.get("position")) else [0, 0],
        "params": _read_values(raw.get("params"), lambda value: _is_number(value) or is_text(value)),
        "smoothingMs": _read_values(raw.get("smoothingMs"), _is_number),
        "resources": _read_values(raw.get("resources"), is_text),
        "contract": raw["contract"] if isinstance(raw.get("contract"), dict) else None,
        "isBypassed": True if raw.get("isBypassed") is True else None,
        "explain": raw["explain"] if is_text(raw.get("explain")) else None,
        "extra": {key: value for key, value in _safe(raw).items() if key not in NODE_FIELDS} or None,
    }
    return {key: value for key, value in node.items() if value is not None}
