"""The load of a patch, profiled: how long its blocks take, offline, for several block sizes and sample rates.

Owns the form that the engine's answer has in Python. Must not know how it is measured: that is `src/check/profile.ts`'s.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import engine
from .errors import Problem
from .patch import Patch


@dataclass(frozen=True)
class Load:
    """Times of one block in ms; `misses`: blocks that alone took longer than the budget."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    misses: int


@dataclass(frozen=True)
class ProfileRow:
    """One block size at one rate.

    Attributes:
        sample_rate_hz: Rate of the patch in Hz.
        block_frames: Frames in a block.
        budget_ms: Time that the sound of one block lasts: 1000 · block_frames / sample_rate_hz.
        blocks: Blocks measured; 0 where the patch does not play at this rate, as `problems` tell.
        total: All of the patch; None without blocks.
        verdict: "safe" (no misses, and 99 in 100 blocks within 80 % of the budget), "tight", "misses", or None.
        nodes: By node id. Their means and that of `rest` add up to `total`'s.
        rest: Between the nodes: sums, delays that align, reading the clock.
        problems: Why it does not play, or which nodes failed and were bypassed.
    """

    sample_rate_hz: int
    block_frames: int
    budget_ms: float
    blocks: int
    total: Load | None
    verdict: str | None
    nodes: dict[str, Load]
    rest: Load | None
    problems: list[Problem]


@dataclass(frozen=True)
class Profile:
    """A profile; a notebook shows its chart.

    Attributes:
        rows: In order of rate, then block.
        seconds: Sound per row, at least 100 blocks.
        warmup_seconds: Sound that was played before and not measured.
        clock_step_ms: Smallest step of the clock.
        svg: The chart: shares of the budget over block size.
    """

    rows: list[ProfileRow]
    seconds: float
    warmup_seconds: float
    clock_step_ms: float
    svg: str

    def __str__(self) -> str:
        head = "Profiled offline on this machine, without a sound card; times of one block in ms"
        return "\n".join([head, *map(_row_text, self.rows)])

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        return self.svg


def profile(
    patch: Patch | str | os.PathLike[str],
    *,
    seconds: float | None = None,
    blocks: Sequence[int] | None = None,
    rate: int | None = None,
) -> Profile:
    """Measures how long the blocks of a patch take, per node and in all, offline and without a sound card.

    The figures are this machine's, at this moment; nothing else should keep it busy.

    Args:
        patch: A patch, or the path of its file.
        seconds: Sound per row; 5 without it.
        blocks: Frames per block; 32, 64, 128, 256, 512 and 1024 without it.
        rate: Any rate in Hz that a patch may have; 44100, 48000 and the patch's own without it.

    Raises:
        PatchError: The patch's problems, when it plays at none of the rates.
        ValueError: An argument that the engine does not take.

    >>> result = profile(Patch.example("impulse-echo"), seconds=0.1, blocks=[128], rate=48000)
    >>> row = result.rows[0]
    >>> row.block_frames, round(row.budget_ms, 3), row.total.p50_ms > 0
    (128, 2.667, True)
    """
    opened = patch if isinstance(patch, Patch) else Patch.open(patch)
    with opened.as_file() as file, tempfile.TemporaryDirectory(prefix="neuropatch-") as scratch:
        plot = Path(scratch) / "load.svg"
        words = ["profile", str(file), f"--plot={plot}"]
        words += [f"--seconds={seconds}"] if seconds is not None else []
        words += [f"--block={','.join(map(str, blocks))}"] if blocks is not None else []
        words += [f"--rate={rate}"] if rate is not None else []
        answer = engine.ask(*words)
        svg = plot.read_text("utf-8")
    return Profile(
        [_row(row) for row in answer["rows"]], answer["seconds"], answer["warmupSeconds"], answer["clockStepMs"], svg,
    )


def _load(json: Mapping[str, Any] | None) -> Load | None:
    names = ("meanMs", "p50Ms", "p95Ms", "p99Ms", "maxMs", "misses")
    return None if json is None else Load(*(json[name] for name in names))


def _row(json: Mapping[str, Any]) -> ProfileRow:
    nodes = {id_: load for id_, figures in json["nodes"].items() if (load := _load(figures))}
    problems = [Problem.from_json(problem) for problem in json["problems"]]
    return ProfileRow(
        json["sampleRateHz"], json["blockFrames"], json["budgetMs"], json["blocks"], _load(json.get("total")),
        json.get("verdict"), nodes, _load(json.get("rest")), problems,
    )


def _row_text(row: ProfileRow) -> str:
    place = f"  {row.sample_rate_hz} Hz {row.block_frames:5d} frames"
    if row.total is None:
        return f"{place}  {row.problems[0] if row.problems else ''}"
    load = row.total
    return (
        f"{place}  budget {row.budget_ms:7.3f}  p50 {load.p50_ms:7.3f}  p95 {load.p95_ms:7.3f}  p99 {load.p99_ms:7.3f}"
        f"  missed {load.misses} of {row.blocks}  {row.verdict}"
    )
