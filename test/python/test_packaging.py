"""The wheel carries everything that was built: JupyterLab's extension, and the engine beside the Python code."""

import ast
import configparser
import json
import re
import sys
from fnmatch import fnmatch
from pathlib import Path

import neuropatch
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "extension" / "neuropatch"


@pytest.fixture(scope="module")
def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def built_files(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files, f"nothing was built into {folder}"
    return files


def test_every_file_of_the_extension_is_installed_where_jupyterlab_looks(config: configparser.ConfigParser) -> None:
    installed = set()
    for target, patterns in config["options.data_files"].items():
        for pattern in patterns.split():
            for path in ROOT.glob(pattern):
                expected = Path("share/jupyter/labextensions/neuropatch")
                if path.is_relative_to(PACKAGE / "labextension"):
                    expected /= path.relative_to(PACKAGE / "labextension").parent
                assert Path(target) == expected
                installed.add(path)
    assert set(built_files(PACKAGE / "labextension")) <= installed


def test_every_file_of_the_engine_is_in_the_package(config: configparser.ConfigParser) -> None:
    patterns = config["options.package_data"]["neuropatch"].split()
    names = [path.relative_to(PACKAGE) for path in built_files(PACKAGE / "engine")]
    # fnmatch lets a star cross a slash, setuptools does not: so the depths are compared as well.
    missing = [name for name in names if not any(
        fnmatch(name.as_posix(), pattern) and len(name.parts) == pattern.count("/") + 1 for pattern in patterns)]
    assert missing == []


def imports_of(notebook: Path) -> set[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    nodes = list(ast.walk(ast.parse(code)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


def test_lab_installs_what_the_notebooks_import(
    config: configparser.ConfigParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "src" / "build"))
    import dev

    asked = []
    monkeypatch.setattr(dev, "prepare", lambda extras="", **_: asked.append(extras))
    monkeypatch.setattr(dev, "become", lambda *_, **__: None)
    monkeypatch.setattr(dev.playground, "playground", lambda: ROOT)
    monkeypatch.setattr(dev.os, "environ", {})
    dev.lab([])
    wanted = config["options"]["install_requires"] + config["options.extras_require"][asked[0]]
    installed = set(re.findall(r"^[\w-]+", wanted, re.MULTILINE)) | {"neuropatch", "IPython"}
    imported = set().union(*(imports_of(path) for path in (ROOT / "notebooks").glob("*.ipynb")))
    assert "matplotlib" in imported
    assert imported <= installed


def test_versions_agree(config: configparser.ConfigParser) -> None:
    npm = json.loads((ROOT / "package.json").read_text())["version"]
    assert config["metadata"]["version"] == npm == neuropatch.__version__
