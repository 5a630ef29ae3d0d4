"""The exception of the product in Python: problems with the stable codes of `src/core/errors.ts`.

Owns the record of a problem and how it reads. Must not know who found it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        code: Stable code, e.g. "E-CYCLE".
        message: `<where>: <what>, got <value>. <What to do.>`
        path: Place in the document, e.g. "nodes.gain.params.level"; "" for the whole.
        node_id: Id of the node it belongs to, or None.
        severity: "error" or "warning".
        fix: What the editor can do about it in one click, or None.
    """

    code: str
    message: str
    path: str = ""
    node_id: str | None = None
    severity: str = "error"
    fix: Any = None

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> "Problem":
        """The problem in the form that the command line prints with `--json`."""
        return cls(
            code=str(json.get("code", "")),
            message=str(json.get("message", "")),
            path=str(json.get("path") or ""),
            node_id=json.get("nodeId"),
            severity=str(json.get("severity") or "error"),
            fix=json.get("fix"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class PatchError(Exception):
    """One or more problems; the text has one line for each.

    Attributes:
        problems: All of them, in the order in which they were found.

    >>> error = PatchError([Problem("E-PARAM", "gain.loud: expected a param, got no such name. Use gain.level.")])
    >>> error.code
    'E-PARAM'
    >>> print(error)
    E-PARAM gain.loud: expected a param, got no such name. Use gain.level.
    """

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)

    @property
    def code(self) -> str:
        """Code of the first problem."""
        return self.problems[0].code if self.problems else ""


def fail(code: str, message: str, path: str = "") -> NoReturn:
    """Raises a PatchError of one problem."""
    raise PatchError([Problem(code, message, path)])
