"""An index in memory, for tests of formats and of what reads pictures."""

from pathlib import Path

from pipeline.config.dataset import Dataset
from pipeline.data.formats import list_pictures
from pipeline.data.index import Index, row_of
from pipeline.data.pictures import of_entry
from pipeline.data.reading import Reader
from pipeline.errors import InputError


def build(dataset: Dataset) -> Index:
    """Read every picture and mask of a data set in full.

    Raises:
        SeedmaskError: the data set's folder does not exist.
        InputError: everything that is wrong with the listing, the pictures and the masks, at once.
    """
    listing, root = list_pictures(dataset), Path(dataset.root)
    reader = Reader(root, dataset.max_side, len(listing.classes), "")
    made, problems = reader.read([of_entry(entry, root) for entry in listing.entries])
    if listing.problems or problems:
        raise InputError(f"data set `{dataset.name}` in {dataset.root}", [*listing.problems, *problems])
    return Index(listing.classes, map(row_of, made))
