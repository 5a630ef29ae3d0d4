"""Where `./dev lab` starts: a copy of the notebooks and example patches that may be changed, saved and spoilt.

Owns the copy and JupyterLab's own settings of this clone. Must not know how tools are installed. Standard library only.
"""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAYGROUND = ROOT / "playground"
LAB = ROOT / ".cache" / "lab"
SHOWN = (".ipynb", ".npatch", ".wav", ".onnx", ".md")


def playground() -> Path:
    """The folder with a copy of every notebook and example; what a person changed there is never overwritten."""
    source = ROOT / "notebooks"
    for file in source.rglob("*"):
        target = PLAYGROUND / file.relative_to(source)
        if file.suffix in SHOWN and "make" not in file.parts and ".ipynb_checkpoints" not in file.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return PLAYGROUND


def lab_environment() -> dict[str, str]:
    """Settings and layout stay in this clone; thirty people are not asked about Jupyter's news."""
    settings = LAB / "settings"
    news = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    if not news.exists():
        news.parent.mkdir(parents=True, exist_ok=True)
        news.write_text(json.dumps({"fetchNews": "false"}) + "\n", encoding="utf-8")
    return {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(LAB / "workspaces")}
