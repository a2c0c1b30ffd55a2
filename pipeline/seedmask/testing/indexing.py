"""Indexes for tests: of a data set, in memory; of made-up rows, on disk."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from seedmask.config.dataset import Dataset
from seedmask.dataset.entries import FileFacts, ListedImage, listed_image
from seedmask.dataset.formats import list_images, mask_codes
from seedmask.dataset.index import Index, Row, SplitRows, index_row, shard_name
from seedmask.dataset.index_writing import merge_shards, write_index_shard
from seedmask.dataset.picture_reading import asked_reading
from seedmask.dataset.reading import ImageReader
from seedmask.dataset.tiling import listed_tiles
from seedmask.errors import InputError
from seedmask.labels import LabelSet


def build(dataset: Dataset) -> Index:
    """Read every image and mask of a data set in full.

    Raises:
        SeedmaskError: the data set's folder does not exist.
        InputError: all problems of the listing, the images and the masks, at once.
    """
    listing, root = list_images(dataset), Path(dataset.root)
    labels = LabelSet(listing.classes, dataset.background)
    settings = asked_reading(dataset), mask_codes(dataset), dataset.tags_from_truth
    reader = ImageReader(root, dataset.readable_side, labels.values, "", *settings)
    listed, wrong = listed_tiles([listed_image(entry, root) for entry in listing.entries], dataset)
    images, problems = reader.read(listed)
    if problems := [*listing.problems, *wrong, *problems]:
        raise InputError(f"data set `{dataset.name}` in {dataset.root}", problems)
    return Index(listing.classes, map(index_row, images), dataset.background)


def write_index(
    results: Path,
    classes: Sequence[str],
    rows: Iterable[Row],
    shard_size: int = 2,
    root: str = "data",
    background: bool = True,
) -> None:
    """Write an index of some rows, in their order."""
    rows = list(rows)
    for first in range(0, len(rows), shard_size):
        images = [_image(row) for row in rows[first : first + shard_size]]
        write_index_shard(results, shard_name(first // shard_size), images)
    labels = LabelSet(tuple(classes), background)
    merge_shards(results, root, labels, SplitRows.of((row.split for row in rows), shard_size))


def _image(row: Row) -> ListedImage:
    """The image of a row; its files do not exist."""
    hashes = row.sha256, row.mask_sha256, 0, row.note, row.training_mask_sha256
    picture = row.placement.picture if row.placement else (row.width, row.height)
    facts, training = FileFacts("", row.width, row.height, picture, *hashes), row.training_mask
    listed = row.image, "gone", row.mask, row.mask and "gone", "", facts, training, training and "gone"
    tile = row.placement.box if row.placement and row.placement.tiled else None
    return ListedImage(row.id, row.split, row.tags, *listed, "rendered" if row.rendered else "", tile)
