"""Layouts of data sets on disk. A format is a module with `list_dataset` and `dataset_paths`, imported when it is used.

The workflow lists pictures while it is parsed, so the formats here read text files and list folders: none of them opens
an image, or imports an array or image library. `auto` reads as `seedmask init` does. A format whose masks hold other
numbers than labels has `mask_codes` too.
"""

import importlib
from pathlib import Path
from types import ModuleType

from seedmask.config.dataset import Dataset
from seedmask.dataset.formats.listing import Entry, Listing
from seedmask.dataset.mask_codes import LABELS, MaskCodes

__all__ = ["Entry", "Listing", "list_images", "mask_codes", "watched_paths"]

FORMATS = {
    "folder": "seedmask.dataset.formats.folder",
    "voc": "seedmask.dataset.formats.voc",
    "coco": "seedmask.dataset.formats.coco",
    "cityscapes": "seedmask.dataset.formats.cityscapes",
    "ade20k": "seedmask.dataset.formats.ade20k",
    "auto": "seedmask.intake.listing",
}
"""Module of each format."""


def list_images(dataset: Dataset) -> Listing:
    """List the images of a data set with their splits, tags and masks, and all problems of the listing.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    return _module(dataset).list_dataset(dataset)


def watched_paths(dataset: Dataset) -> list[Path]:
    """Files and folders that a listing depends on; some may not exist."""
    return _module(dataset).dataset_paths(dataset)


def mask_codes(dataset: Dataset) -> MaskCodes:
    """Labels that the numbers in the truth masks of a data set stand for."""
    module = _module(dataset)
    return module.mask_codes(dataset) if hasattr(module, "mask_codes") else LABELS


def _module(dataset: Dataset) -> ModuleType:
    return importlib.import_module(FORMATS[dataset.format])
