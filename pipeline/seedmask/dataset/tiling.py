"""Listed pictures that are cut into tiles, each of which is a listed image of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from seedmask.config.dataset import DatasetBase
from seedmask.dataset.entries import ListedImage
from seedmask.dataset.placement import placements, tile_id
from seedmask.errors import InputError, Problem


def listed_tiles(images: Iterable[ListedImage], dataset: DatasetBase) -> tuple[list[ListedImage], list[Problem]]:
    """The same images where they stay whole, else the tiles of each, one picture after the other.

    How many tiles a picture has is known by its header, which is read here; that needs the library of pictures.

    Args:
        images: whole pictures.
        dataset: settings of the data set.

    Returns:
        The images, and the problem of each picture whose header cannot be read.
    """
    if dataset.tiles is None:
        return list(images), []
    listed: list[ListedImage] = []
    problems: list[Problem] = []
    for image in images:
        try:
            listed += _tiles(image, Path(dataset.root), dataset.tiles)
        except InputError as error:
            problems += error.problems
            listed.append(image)
    ids = [image.id for image in listed]
    if len(set(ids)) < len(ids):
        twice = next(image for number, image in enumerate(listed) if image.id in ids[:number])
        problems.append(Problem(twice.where, f"image {twice.id} has the name of a tile of another", "rename it"))
    return listed, problems


def _tiles(image: ListedImage, root: Path, side: int) -> Iterator[ListedImage]:
    from seedmask.dataset.images import picture_size

    if image.image_state == "gone":  # the index names it
        yield image
        return
    for row in placements(picture_size(root / image.image), None, side):
        yield replace(image, id=tile_id(image.id, row.box), tile=row.box) if row.tiled else image
