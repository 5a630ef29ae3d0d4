"""JSON text as JavaScript writes it, byte for byte: JSON.stringify(value, null, 2) of ECMA-262.

Owns numbers, strings and the order of keys. Must not know patches.
"""

import json
import math
from decimal import Decimal
from typing import Any

_INDEX_MAX = 2**32 - 2


def number_text(value: float) -> str:
    """A number in JavaScript's shortest form (ECMA-262, Number::toString); what is not finite is null.

    >>> [number_text(x) for x in (300.0, -0.0, 0.1, 1e-6, 1e-7, 1e20, 1e21, 1.5e300, math.inf)]
    ['300', '0', '0.1', '0.000001', '1e-7', '100000000000000000000', '1e+21', '1.5e+300', 'null']
    """
    value = float(value)
    if not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + exponent  # digits before the decimal point
    if len(text) <= point <= 21:
        body = text + "0" * (point - len(text))
    elif 0 < point <= 21:
        body = f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        body = f"0.{'0' * -point}{text}"
    else:
        power = point - 1
        body = f"{text[0]}{'.' + text[1:] if len(text) > 1 else ''}e{'+' if power > 0 else '-'}{abs(power)}"
    return ("-" if sign else "") + body


def string_text(value: str) -> str:
    """A string with its quotes; half surrogates are escaped, everything else that may stay stays.

    >>> print(string_text('é"\\n\\x01\\u2028'.replace('\\u2028', '…')))
    "é\\"\\n\\u0001…"
    """
    text = json.dumps(value, ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text) if not text.isascii() else text


def utf16_order(text: str) -> bytes:
    """Sort key for the order of JavaScript's strings: by UTF-16 unit."""
    return text.encode("utf-16-be", "surrogatepass")


def utf16_length(text: str) -> int:
    """Length as JavaScript counts it."""
    return len(utf16_order(text)) // 2


def _is_index(key: str) -> bool:
    return len(key) <= 10 and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and int(key) <= _INDEX_MAX


def ordered_keys(value: dict[str, Any]) -> list[str]:
    """Keys in the order of a JavaScript object: whole numbers first and ascending, the others as they came.

    >>> ordered_keys({"b": 1, "10": 1, "a": 1, "9": 1, "01": 1})
    ['9', '10', 'b', 'a', '01']
    """
    indices = sorted((key for key in value if _is_index(key)), key=int)
    return [*indices, *(key for key in value if not _is_index(key))]


def stringify(value: Any, indent: str = "") -> str:
    """The text of a JSON value with two spaces a level.

    >>> print(stringify({"a": [1.0, True, None], "b": {}, "c": []}))
    {
      "a": [
        1,
        true,
        null
      ],
      "b": {},
      "c": []
    }
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    deeper = indent + "  "
    if isinstance(value, dict):
        parts, ends = [f"{string_text(key)}: {stringify(value[key], deeper)}" for key in ordered_keys(value)], "{}"
    else:
        parts, ends = [stringify(item, deeper) for item in value], "[]"
    if not parts:
        return ends
    joined = f",\n{deeper}".join(parts)
    return f"{ends[0]}\n{deeper}{joined}\n{indent}{ends[1]}"


def parse(text: str) -> Any:
    """JSON.parse: numbers are float64, and nothing is accepted that JavaScript would refuse. Raises ValueError."""

    def refuse(word: str):
        raise ValueError(f"{word} is no JSON")

    try:
        return json.loads(text, parse_int=float, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
