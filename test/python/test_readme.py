"""What the documents say works: the README's examples run as they stand, and every local link leads somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
README = (ROOT / "README.md").read_text("utf-8")
OWN = "./dev neuropatch "


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch) -> Path:
    """An empty folder in which the examples' paths lead to the clone's files."""
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_example_runs(clone: Path) -> None:
    (code,) = blocks("python")
    names: dict = {}
    exec(code, names)
    assert (names["wet"].shape, names["wet"].dtype) == (names["guitar"].shape, np.float32)
    assert np.abs(names["wet"]).max() > 0.01


def test_the_lines_for_the_command_line_run(clone: Path) -> None:
    lines = [line for block in blocks("bash") for line in block.splitlines() if line.startswith(OWN)]
    assert len(lines) >= 4
    for line in lines:
        words = shlex.split(line.removeprefix(OWN), comments=True)
        ran = subprocess.run([sys.executable, "-m", "neuropatch", *words], capture_output=True, encoding="utf-8")
        assert ran.returncode == 0, (line, ran.stdout, ran.stderr)
    assert (clone / "amp.wav").stat().st_size > 8 * 48000 * 4 and (clone / "amp.npbundle").exists()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_local_link_leads_to_a_file(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / name).read_text("utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (ROOT / link).exists()] == []
