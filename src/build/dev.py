"""The developer's commands behind `./dev`: set-up that repeats itself only when its inputs changed, then one tool each.

Owns the subcommands. How a machine gets its tools is `machine.py`, what is compiled is `build.ts`, what is tested is
`test/run.py`. Standard library only: it runs before anything is installed.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import machine
import playground

USAGE = """\
  ./dev lab [OPTIONS]         JupyterLab on a copy of the examples in playground/ (options go to `jupyter lab`)
  ./dev test [--full] [...]   everything: types, lint, unit, Python and end-to-end tests (`--only STEP`: see test/run.py)
  ./dev build [PART...]       builds again, changed or not (parts: see src/build/build.ts)
  ./dev lint [--fix]          lint only; --fix first repairs and formats TypeScript
  ./dev neuropatch ...        the command line of the product
  ./dev bench [...]           how fast the product is beside its peers (options: ./dev bench --help)
  ./dev wheel                 the Python wheel with the built extension inside, in build/wheel/
  ./dev setup                 set-up and build only
"""


def run(*command: str) -> int:
    """Runs a tool in the root of the clone with the clone's own Node and Python first on the path."""
    return machine.wait_for([*command])


def become(*command: str, folder: Path = machine.ROOT) -> NoReturn:
    """Lets the tool take this process over, so that Ctrl-C and other signals reach it and nothing else."""
    sys.stdout.flush()
    os.chdir(folder)
    program = machine.node() if command[0] == "node" else command[0]
    os.execvpe(program, command, machine.environment())


def prepare(extras: str = "", is_test: bool = False) -> None:
    """Everything that is needed to start: environment, packages, build; each step is skipped when it is up to date."""
    with machine.lock():
        machine.ensure_venv()
        machine.ensure_node_modules()
        machine.ensure_python_packages(extras)
        if is_test:
            machine.ensure_chromium()
            machine.ensure_recording()
        machine.ensure_build()
        machine.link_labextension()


def lab(arguments: list[str]) -> NoReturn:
    # The notebooks of the playground are there to be run.
    prepare("notebooks")
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    folders = [f"--ServerApp.root_dir={playground.playground()}", "--FileContentsManager.preferred_dir=gallery"]
    os.environ.update(playground.lab_environment())
    become("jupyter", "lab", *folders, *root, *arguments)


def test(arguments: list[str]) -> NoReturn:
    prepare("test", is_test=True)
    become("python", "test/run.py", *arguments)


def build(arguments: list[str]) -> int:
    with machine.lock():
        machine.ensure_venv()
        machine.ensure_node_modules()
        machine.ensure_python_packages()
        code = machine.build(*arguments)
        machine.link_labextension()
    return code


def lint(arguments: list[str]) -> NoReturn:
    prepare("test")
    if "--fix" in arguments:
        run("node_modules/.bin/biome", "check", "--write")
    become("python", "test/run.py", "--only", "lint")


def neuropatch(arguments: list[str]) -> NoReturn:
    with machine.lock():
        machine.ensure_venv()
        machine.ensure_node_modules()
        machine.ensure_build("generate", "cli", "files")
    become("node", str(machine.ROOT / "dist" / "cli.mjs"), *arguments, folder=Path.cwd())


def bench(arguments: list[str]) -> NoReturn:
    prepare(is_test=True)
    become("node", str(machine.ROOT / "dist" / "cli.mjs"), "bench", *arguments)


def wheel(arguments: list[str]) -> int:
    prepare()
    # setuptools would also pack what an earlier build has left there.
    shutil.rmtree(machine.ROOT / "build", ignore_errors=True)
    target = machine.ROOT / "build" / "wheel"
    return run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), ".", *arguments)


def setup(_: list[str]) -> int:
    prepare("test", is_test=True)
    return 0


COMMANDS = {
    "lab": lab, "test": test, "build": build, "lint": lint, "neuropatch": neuropatch,
    "bench": bench, "wheel": wheel, "setup": setup,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev", usage=f"./dev COMMAND ...\n\n{USAGE}", add_help=False)
    parser.add_argument("command", nargs="?", choices=[*COMMANDS, "help"], default="help")
    words = ["help" if word in ("-h", "--help") else word for word in sys.argv[1:2]]
    command = parser.parse_args(words).command
    if command == "help":
        print(f"usage:\n{USAGE}", end="")
        return 0
    try:
        return COMMANDS[command](sys.argv[2:])
    except machine.SetupError as problem:
        print(f"dev: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        # What shells tell of programs that Ctrl-C ends.
        return 130


if __name__ == "__main__":
    sys.exit(main())
