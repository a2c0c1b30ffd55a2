"""Results as labelled arrays: every variant is an xarray dataset that reads its images lazily."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seedmask.config.explain import nearest
from seedmask.config.stages import SHARDED
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.export.variants import require_results, require_variant
from seedmask.methods.weak_labels import UNLABELLED, VOID
from seedmask.storage.reader import StoredVariant
from seedmask.storage.variants import list_variants

if TYPE_CHECKING:
    import xarray

MEANINGS = {
    "mask": "label of each pixel, see class_name; 255 is ignored, and padding",
    "label": "label of each pixel, see class_name; 254 is unlabelled, 255 is void, and padding",
    "classes": "0-based class of each slot, whose label is one more; -1 where a slot is empty",
    "confidence": "probability of the label, 0..1",
    "map": "saliency, 0..1",
}
"""What arrays hold, by name; all others are CAMs or scores."""
CAMS = "activation, 0..1; with a slot axis, slot k is that of class classes[k]"


def open_results(path: str | Path) -> "Results":
    """The results of a data set, finished or not.

    >>> from seedmask import open_results
    >>> results = open_results("results/tiny")
    >>> results
    results/tiny
      seeds/cam            6 of 6 images
      masks/crf            6 of 6 images
      masks/threshold      6 of 6 images
      predictions/crf      10 of 10 images
      predictions/small    10 of 10 images
      predictions/twice    10 of 10 images
      predictions/twice.1  10 of 10 images
    >>> masks = results["masks/crf"]
    >>> masks.mask.dims, masks.mask.shape, masks.mask.dtype
    (('image', 'y', 'x'), (6, 12, 16), dtype('uint8'))
    >>> str(masks.class_name.sel(label=1).item()), str(masks.split.sel(image="p2").item())
    ('cow & calf', 'train')
    >>> cow = masks.mask.sel(image="p2") == 1
    >>> int(cow.sum())
    72
    >>> results.image("masks/crf", "p2")["mask"].shape
    (12, 16)

    Args:
        path: `results/<data set>`.

    Raises:
        SeedmaskError: the folder holds no results.
    """
    require_results(Path(path))
    return Results(Path(path))


class Results:
    """The variants of a data set that hold arrays; made by `open_results`.

    Iterating gives their names, `results["masks/crf"]` is an `xarray.Dataset`, `results.image(...)` one image of it.
    Everything read is checked against its manifest, so that neither a lost shard nor padding passes for a mask.

    Args:
        path: `results/<data set>`.
    """

    def __init__(self, path: Path):
        self.path = path
        self._catalogue = Catalogue(path)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; class k has label k + 1."""
        return self._catalogue.index.classes

    @property
    def images(self) -> tuple[str, ...]:
        """Ids of all images of the data set, in the order of the rows of the stores."""
        return tuple(row.id for row in self._catalogue.index.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(list_variants(self.path, SHARDED))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, reference: object) -> bool:
        return reference in list(iter(self))

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        lines = [f"  {reference:<{width}}  {_progress(self, reference)}" for reference in self]
        return "\n".join([str(self.path), *lines])

    def __getitem__(self, reference: str) -> "xarray.Dataset":
        """A variant as a dataset of its finished images; `attrs["images"]` counts them.

        Its arrays lie on a canvas `(image, slot, y, x)` that holds the largest image. `height` and `width` of an image
        are its true size; the rest is padding: 255 in masks and labels, 0 in CAMs, -1 in `classes`. Numbers stored as
        bytes or half precision are float32 in 0..1. An image is read when its pixels are used.

        Coordinates: `image` (ids), `row` (in the store), `file` (path below the folder of the pictures), `split`,
        `height`, `width`; `label` with `class_name`.

        Raises:
            SeedmaskError: xarray is not installed; the variant does not exist; none of its shards is finished, or they
                were made with different settings or code. While reading pixels: a shard is missing or damaged.
        """
        _require_xarray()
        from seedmask.export.lazy_rows import dataset_of

        index = self._catalogue.index
        stored, images = self.stored(reference), {row.id: row for row in index.rows}
        gone = [image for image in stored.ids if image not in images]
        if gone:
            raise SeedmaskError(f"{reference} holds image {gone[0]}, which is not in the index; run snakemake")
        attributes = {
            "variant": reference,
            "images": _progress(self, reference),
            "settings": json.dumps(stored.settings(), ensure_ascii=False),
            "facts": json.dumps(stored.facts(), ensure_ascii=False),
            "pixel_labels": "; ".join(stored.pixel_labels()),
            "made_elsewhere": "; ".join(stored.made_elsewhere()),
        }
        rows = [images[image] for image in stored.ids]
        return dataset_of(stored, rows, index.extent, self.label_names, attributes, _meaning)

    def image(self, reference: str, image: str) -> dict[str, np.ndarray]:
        """The arrays of one image without padding; CAMs as float32 in 0..1, labels as stored.

        Args:
            reference: `masks/crf`.
            image: its id.

        Raises:
            SeedmaskError: the variant or image does not exist, is not made yet, or is damaged.
        """
        stored = self.stored(reference)
        if image in stored:
            return stored.read(image)
        if image not in self.images:
            raise SeedmaskError(f"no image {image!r} in {self.path}; write {nearest(image, self.images)}")
        split = next(row.split for row in self._catalogue.index.rows if row.id == image)
        covered = stored.splits()
        why = "it is not made yet; run snakemake" if split in covered else f"it covers the splits {', '.join(covered)}"
        raise SeedmaskError(f"{reference} holds no image {image} of split {split}: {why}")

    def stored(self, reference: str) -> StoredVariant:
        """The finished shards of a variant.

        Raises:
            SeedmaskError: the variant does not exist; none of its shards is finished, or they do not belong together.
        """
        require_variant(self.path, reference, SHARDED)
        shards = _finished(self.path, reference)
        if not shards:
            raise SeedmaskError(f"{self.path / reference}: no shard is finished; run snakemake")
        stored = StoredVariant(self.path, reference, shards)
        if not stored.is_of_one_recipe():
            raise SeedmaskError(f"{reference}: its shards were made with different settings or code; run snakemake")
        return stored

    @cached_property
    def label_names(self) -> dict[int, str]:
        """Meaning of each number in masks and labels."""
        labels = self._catalogue.index.labels
        names = dict(zip(labels.values, labels.names, strict=True))
        return {**names, UNLABELLED: "unlabelled", VOID: "ignored"}


def _finished(results: Path, reference: str) -> list[str]:
    return sorted(path.stem for path in (results / reference / "manifests").glob("*.json"))


def _progress(results: Results, reference: str) -> str:
    """`96 of 240 images`."""
    if not _finished(results.path, reference):
        return "no images yet"
    try:
        stored = results.stored(reference)
    except SeedmaskError as error:
        return str(error)
    total = sum(row.split in stored.splits() for row in results._catalogue.index.rows)
    return f"{len(stored.ids)} of {total} images"


def _meaning(name: str) -> str:
    return MEANINGS.get(name, CAMS)


def _require_xarray() -> None:
    try:
        import xarray  # noqa: F401
    except ImportError as error:
        raise SeedmaskError(
            "labelled arrays need xarray, which is not installed; `pip install 'seedmask[xarray]'`, or take "
            "`results.image(variant, image)`, which needs only NumPy"
        ) from error
