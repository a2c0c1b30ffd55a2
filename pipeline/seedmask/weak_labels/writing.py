"""The job that all weak labels share: labels of some pixels of each image."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import numpy as np

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.job import log
from seedmask.methods.weak_labels import MOST_CLASSES, Labels, check_labels, labelled
from seedmask.storage.canvas import LABEL
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard
from seedmask.weak_labels.annotations import Mark, ShardAnnotations, read_annotations
from seedmask.weak_labels.images import LabelImages
from seedmask.weak_labels.options import DrawnLabelsOptions

Simulation = Callable[[Labels, np.random.Generator], Labels]
"""From the truth mask of an image and its own generator to weak labels."""


@dataclass(frozen=True)
class Drawing(Generic[Mark]):
    """How annotations become labels.

    Args:
        mark: type of the marks.
        draw: labels of an image's marks, from these and the image's height and width.
    """

    mark: type[Mark]
    draw: Callable[[Sequence[Mark], tuple[int, int]], Labels]


def write_weak_labels(
    shard: Shard,
    labels: Callable[[Row], Labels],
    inputs: Callable[[Row], Mapping[str, Any]] = lambda _: {},
) -> None:
    """Write a shard of weak labels.

    Args:
        shard: the shard.
        labels: the method: uint8 (H, W) of one image in the stored codes.
        inputs: what an image's labels depend on beside the image, its tags and the variants that are read.

    Raises:
        SeedmaskError: there are more classes than the codes leave room for; see `write_shard`.
    """
    known = shard.catalogue.index.labels
    classes = len(known.classes)
    if classes > MOST_CLASSES:
        raise SeedmaskError(f"{classes} classes; weak labels have room for {MOST_CLASSES} besides background")
    bare: list[str] = []
    shares: list[float] = []

    def compute(row: Row) -> Arrays:
        of_image = labels(row)
        check_labels(of_image, classes, known.background)
        shares.append(float(labelled(of_image).mean()))
        bare.extend([row.id] * (not shares[-1]))
        return {"label": of_image}

    shard.write({"label": LABEL}, compute, inputs)
    if shares:
        log.info("%.3g %% of the pixels are labelled", 100 * np.mean(shares))
    if bare:
        log.warning("%d of %d images have no label at all, %s the first", len(bare), len(shares), bare[0])


def write_annotations(
    shard: Shard, options: DrawnLabelsOptions, simulated: Simulation, drawing: Drawing[Any] | None = None
) -> None:
    """Write a shard of labels that people drew, or that are simulated from truth.

    Args:
        shard: the shard.
        options: the method's options; they name truth, a file, or a folder of PNGs.
        simulated: makes labels from truth.
        drawing: makes labels from the marks of a file; None for a kind that comes as PNGs only.

    Raises:
        SeedmaskError: see `write_shard`; the file or folder.
    """
    catalogue = shard.catalogue
    if options.truth:
        write_weak_labels(
            shard,
            lambda row: simulated(catalogue.training_truth(row), image_generator(row, options.seed)),
            lambda row: {"truth": row.training_truth_digest},
        )
    elif options.file and drawing:
        write_drawn(shard, read_annotations(shard, options.file, drawing.mark), drawing)
    elif options.folder and options.codes:
        images = LabelImages(Path(options.folder), options.codes, catalogue.index.classes)
        images.check(row for _, row in shard.rows)
        write_weak_labels(shard, images.read, lambda row: {"source": images.digest(row)})


def write_drawn(shard: Shard, annotations: ShardAnnotations[Mark], drawing: Drawing[Mark]) -> None:
    """Write a shard of labels that are drawn from marks.

    Raises:
        SeedmaskError: see `write_shard`.
    """
    write_weak_labels(
        shard,
        lambda row: drawing.draw(annotations.of_image(row), (row.height, row.width)),
        annotations.inputs,
    )


def image_generator(row: Row, seed: int) -> np.random.Generator:
    """Random generator of an image; it depends neither on other images nor on shards."""
    own = hashlib.sha256(row.id.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(own[:8])])
