"""What the Python tests share: the clone's folders and the null in dB."""

from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "notebooks" / "gallery"
EXAMPLES = sorted(path.stem for path in GALLERY.glob("*.npatch"))


def null_db(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference in dB relative to max(1, peak): the measure of the null limit; −400 for none."""
    peak = max(1.0, float(np.abs(a).max()), float(np.abs(b).max()))
    return max(-400.0, 20 * np.log10(float(np.abs(a.astype(float) - b).max()) / peak + 1e-30))
