"""Layouts of data sets on disk. A format is a module with `list_dataset` and `dataset_paths`, imported when it is used.

The workflow lists pictures while it is parsed, so the formats here read text files and list folders: none of them opens
an image, or imports an array or image library. `auto` reads as `seedmask init` does.
"""

import importlib
from pathlib import Path

from seedmask.config.dataset import Dataset
from seedmask.dataset.formats.listing import Entry, Listing

__all__ = ["Entry", "Listing", "list_images", "watched_paths"]

FORMATS = {
    "folder": "seedmask.dataset.formats.folder",
    "voc": "seedmask.dataset.formats.voc",
    "auto": "seedmask.intake.listing",
}
"""Module of each format."""


def list_images(dataset: Dataset) -> Listing:
    """List the images of a data set with their splits, tags and masks, and all problems of the listing.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    return importlib.import_module(FORMATS[dataset.format]).list_dataset(dataset)


def watched_paths(dataset: Dataset) -> list[Path]:
    """Files and folders that a listing depends on; some may not exist."""
    return importlib.import_module(FORMATS[dataset.format]).dataset_paths(dataset)
