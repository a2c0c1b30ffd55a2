"""Layouts of data sets on disk. A format reads text files and lists folders; no image is opened.

The workflow lists pictures while it is parsed, so nothing here imports an array or image library.
"""

from pathlib import Path

from seedmask.config.dataset import Dataset, FolderDataset
from seedmask.dataset.formats.folder import folder_paths, list_folder
from seedmask.dataset.formats.listing import Entry, Listing
from seedmask.dataset.formats.voc import list_voc, voc_paths

__all__ = ["Entry", "Listing", "list_images", "watched_paths"]


def list_images(dataset: Dataset) -> Listing:
    """List the images of a data set with their splits, tags and masks, and all problems of the listing.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    if isinstance(dataset, FolderDataset):
        return list_folder(dataset)
    return list_voc(dataset)


def watched_paths(dataset: Dataset) -> list[Path]:
    """Files and folders that a listing depends on; some may not exist."""
    return folder_paths(dataset) if isinstance(dataset, FolderDataset) else voc_paths(dataset)
