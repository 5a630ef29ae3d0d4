"""Neuropatch for Python: open, render, measure, profile and compile patches through the one engine, play bundles.

>>> patch = Patch.example("impulse-echo")
>>> bundle = load(patch.compile("impulse-echo.npbundle"))
>>> sound = bundle.process(frames=48000)                     # [channels, frames], float32
>>> bool(abs(sound - patch.render(seconds=1)).max() < 1e-6)  # what you hear is what you export
True
"""

from .bundle import Bundle, load
from .errors import PatchError, Problem
from .latency import Measurement, MeasureRow, measure
from .load_profile import Profile, profile
from .manifest import Param
from .patch import Patch
from .wav import read_wav, write_wav

__version__ = "0.1.0"
__all__ = [
    "Bundle", "Measurement", "MeasureRow", "Param", "Patch", "PatchError", "Problem", "Profile",
    "load", "measure", "profile", "read_wav", "write_wav",
]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab's development tools find the built extension."""
    return [{"src": "labextension", "dest": "neuropatch"}]
