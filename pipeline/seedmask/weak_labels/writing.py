"""Labels of some pixels of each image: what all weak labels share."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.job import log
from seedmask.methods.weak_labels import MOST_CLASSES, Labels, check_labels, labelled
from seedmask.storage.canvas import LABEL
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard
from seedmask.weak_labels.annotations import given_in
from seedmask.weak_labels.images import LabelPictures
from seedmask.weak_labels.options import DrawnLabelsOptions

Simulation = Callable[[Labels, np.random.Generator], Labels]


def write_weak_labels(
    shard: Shard,
    labels: Callable[[Row], Labels],
    inputs: Callable[[Row], Mapping[str, Any]] = lambda _: {},
) -> None:
    """Write a shard of weak labels.

    Args:
        shard: the shard.
        labels: the method: uint8 (H, W) of one image in the stored codes.
        inputs: what an image's labels depend on besides picture, tags and the variants that are read.

    Raises:
        SeedmaskError: there are more classes than the codes leave room for; see `write_shard`.
    """
    classes = len(shard.catalogue.index.classes)
    if classes > MOST_CLASSES:
        raise SeedmaskError(f"{classes} classes; weak labels have room for {MOST_CLASSES} besides background")
    bare: list[str] = []
    shares: list[float] = []

    def compute(row: Row) -> Arrays:
        found = labels(row)
        check_labels(found, classes)
        shares.append(float(labelled(found).mean()))
        bare.extend([row.id] * (not shares[-1]))
        return {"label": found}

    shard.write({"label": LABEL}, compute, inputs)
    if shares:
        log.info("%.3g %% of the pixels are labelled", 100 * np.mean(shares))
    if bare:
        log.warning("warning: %d of %d images have no label at all, %s the first", len(bare), len(shares), bare[0])


def write_annotations(
    shard: Shard,
    options: DrawnLabelsOptions,
    simulated: Simulation,
    mark: type | None = None,
    draw: Callable[[Sequence[Any], tuple[int, int]], Labels] | None = None,
) -> None:
    """Write a shard of labels that people gave, or that are simulated from truth.

    Args:
        shard: the shard.
        options: the method's own; they name truth, a file, or a folder of PNGs.
        simulated: from the truth mask of an image and its own generator.
        mark: named tuple of what people draw in an image; None for a kind that has no files but PNGs.
        draw: labels of some of these, and of the picture's height and width.

    Raises:
        SeedmaskError: see `write_shard`; the file or folder.
    """
    catalogue = shard.catalogue
    if options.truth:
        write_weak_labels(
            shard,
            lambda row: simulated(catalogue.truth(row), generator_of(row, options.seed)),
            lambda row: {"truth": row.truth_digest},
        )
    elif options.file:
        given = given_in(shard, options, mark)
        write_weak_labels(shard, lambda row: draw(given.of(row), (row.height, row.width)), given.inputs)
    else:
        pictures = LabelPictures(Path(options.folder), options.codes, catalogue.index.classes)
        pictures.check(row for _, row in shard.rows)
        write_weak_labels(shard, pictures.read, lambda row: {"source": pictures.digest(row)})


def generator_of(row: Row, seed: int) -> np.random.Generator:
    """Generator of an image, which depends on neither the other images nor the shards."""
    own = hashlib.sha256(row.id.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(own[:8])])
