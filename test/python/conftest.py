"""What the Python tests share: the clone's folders, the gallery's bundles, and the null in dB."""

from pathlib import Path

import numpy as np
import pytest
from neuropatch import Patch

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "notebooks" / "gallery"
EXAMPLES = sorted(path.stem for path in GALLERY.glob("*.npatch"))


def null_db(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference in dB relative to max(1, peak): the measure of the null limit; −400 for none."""
    peak = max(1.0, float(np.abs(a).max()), float(np.abs(b).max()))
    return max(-400.0, 20 * np.log10(float(np.abs(a.astype(float) - b).max()) / peak + 1e-30))


@pytest.fixture(scope="session")
def bundle_of(tmp_path_factory):
    """Name of an example → its exported bundle, exported once."""
    folder = tmp_path_factory.mktemp("bundles")

    def export(name: str) -> Path:
        path = folder / f"{name}.npbundle"
        return path if path.exists() else Patch.open(GALLERY / f"{name}.npatch").compile(path)

    return export
