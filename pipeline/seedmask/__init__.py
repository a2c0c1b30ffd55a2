"""Seedmask: from images with cheap labels to pixel masks and a trained segmenter.

In Python: `load_segmenter` for new pictures, `open_results` for what a run has made.
"""

from typing import Any

__all__ = ["__version__", "load_segmenter", "open_results"]


def __getattr__(name: str) -> Any:
    # Late and by a text: neither Snakemake nor the fingerprint of a job follows the imports to torch, and a job made by
    # one release is fresh for the next one where its own code is the same.
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("seedmask")
    homes = {"load_segmenter": "seedmask.prediction.segmenter", "open_results": "seedmask.export.arrays"}
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(homes[name]), name)
