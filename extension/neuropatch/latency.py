"""The latencies of a patch, measured: every model and every path by clicks and noise, beside what is reported.

Owns the form that the engine's answer has in Python. Must not know how it is measured: that is `src/check/measure.ts`'s.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from . import engine
from .patch import Patch

PARTS = ("buffering", "inference", "model", "filter")


@dataclass(frozen=True)
class MeasureRow:
    """One latency in samples at `rate_hz`.

    Attributes:
        path: A way through the patch, "guitar > amp > output", or a node, "amp".
        kind: "path" or "node".
        rate_hz: The patch's rate for paths, the node's for nodes.
        reported: By its parts: buffering, inference, model, filter.
        measured: None where nothing could be measured, as `method` tells.
        error: measured − reported, or None.
        method: "impulse", "impulse, onset" or "correlation", with the nodes that were bypassed; or "unsuited: reason".
        ok: Whole latencies have to be met exactly, others within 0.01 samples; None where nothing was measured.
    """

    path: str
    kind: str
    rate_hz: int
    reported: dict[str, float]
    measured: float | None
    error: float | None
    method: str
    ok: bool | None

    @property
    def reported_samples(self) -> float:
        """Sum of the four parts."""
        return sum(self.reported[part] for part in PARTS)


@dataclass(frozen=True)
class Measurement:
    """What was measured.

    Attributes:
        ok: No row is wrong; None where nothing could be measured.
        rows: Those that could not be measured are neither right nor wrong.
    """

    ok: bool | None
    rows: list[MeasureRow]

    def __str__(self) -> str:
        return "\n".join(map(_row_text, self.rows))

    __repr__ = __str__


def measure(
    patch: Patch | str | os.PathLike[str],
    *,
    host_block: int | None = None,
    transport_slack: int | Mapping[str, int] | None = None,
) -> Measurement:
    """Measures every latency that a patch reports, through the engine that plays it.

    Args:
        patch: A patch, or the path of its file.
        host_block: Frames that the host asks for each time; without it the plan is for any number, as in a bundle.
        transport_slack: Samples by which models in the worker come late: for all that the patch runs there, or by the id of
            the node. Without it the slack that the patch names.

    Raises:
        PatchError: The patch's problems.
        ValueError: An argument that the engine does not take.

    >>> result = measure(Patch.example("tube-amp"))
    >>> result.ok, {row.error for row in result.rows}
    (True, {0})
    """
    opened = patch if isinstance(patch, Patch) else Patch.open(patch)
    with opened.as_file() as file:
        words = ["measure", str(file)]
        words += [f"--host-block={host_block}"] if host_block is not None else []
        if isinstance(transport_slack, Mapping):
            words += [f"--transport-slack={id_}={samples}" for id_, samples in transport_slack.items()]
        elif transport_slack is not None:
            words += [f"--transport-slack={transport_slack}"]
        answer = engine.ask(*words)
    rows = [
        MeasureRow(
            path=row["path"], kind=row["kind"], rate_hz=row["rateHz"], reported=row["reported"],
            measured=row["measured"], error=row["error"], method=row["method"], ok=row["ok"],
        )
        for row in answer["rows"]
    ]
    return Measurement(ok=answer["ok"], rows=rows)


def _row_text(row: MeasureRow) -> str:
    verdict = "–" if row.ok is None else "passed" if row.ok else "FAILED"
    measured = "–" if row.measured is None else f"{row.measured:g}"
    return f"{verdict:6}  {row.path}: reported {row.reported_samples:g}, measured {measured} samples ({row.method})"
