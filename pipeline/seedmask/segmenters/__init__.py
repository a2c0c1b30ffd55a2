"""Segmenters: networks from a picture to the label of each pixel. A folder is a method: its options and its job."""

from typing import Any

__all__ = ["build_segmenter"]


def __getattr__(name: str) -> Any:
    # Late and by a text: the fingerprint of a job does not follow the import, and nothing imports torch in passing.
    from importlib import import_module

    if name != "build_segmenter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("seedmask.segmenters.networks").build_segmenter
