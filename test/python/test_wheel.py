"""A user's machine: the wheel in an environment of its own gives JupyterLab the extension and Python the engine.

Takes about two minutes, so it belongs to the long runs (`./dev test --full`).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif("NEUROPATCH_FULL" not in os.environ, reason="a long run: ./dev test --full")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh virtual environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    # setuptools would also pack what an earlier build has left there.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    quiet = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(quiet, check=True)
    (wheel,) = folder.glob("neuropatch-*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    subprocess.run([str(folder / "venv" / "bin" / "pip"), "install", "--quiet", str(wheel)], check=True)
    return folder / "venv" / "bin"


def run(environment: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of the environment, away from the clone and without the clone's Node on the path."""
    path = os.pathsep.join([str(environment), "/usr/bin", "/bin"])
    return subprocess.run([str(environment / command[0]), *command[1:]], cwd=environment, env={**os.environ, "PATH": path},
                          capture_output=True, text=True, check=True)


def test_jupyterlab_finds_the_extension(environment: Path) -> None:
    listed = run(environment, "jupyter", "labextension", "list")
    (line,) = [line for line in (listed.stdout + listed.stderr).splitlines() if "neuropatch v" in line]
    assert "enabled" in line and "OK" in line


def test_the_engine_runs_on_the_node_of_the_wheel(environment: Path) -> None:
    where = run(environment, "python", "-c", "import neuropatch; print(neuropatch.__path__[0])").stdout.strip()
    assert Path(where).is_relative_to(environment.parent)
    nodes = run(environment, "node", f"{where}/engine/cli.mjs", "nodes", "--json")
    assert "dynamics/gain" in json.dumps(json.loads(nodes.stdout))
