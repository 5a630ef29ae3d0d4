"""Neuropatch for Python: the built JupyterLab extension and the one engine, called through Node."""

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab's development tools find the built extension."""
    return [{"src": "labextension", "dest": "neuropatch"}]
