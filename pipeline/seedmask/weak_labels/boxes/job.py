"""Objects in boxes."""

from collections.abc import Sequence

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.boxes import Box, Foreground, box_labels, seed_foreground, simulated_boxes
from seedmask.methods.grabcut import grabcut_foreground
from seedmask.methods.weak_labels import UNLABELLED, Labels
from seedmask.storage.shard import Shard
from seedmask.weak_labels.boxes.fit import read_drawn_boxes
from seedmask.weak_labels.boxes.options import BoxesOptions
from seedmask.weak_labels.writing import write_weak_labels


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Make the labels of a shard."""
    options, shard = BoxesOptions.model_validate(job.settings), Shard(job)
    catalogue = shard.catalogue
    drawn, background = read_drawn_boxes(shard, options), catalogue.index.labels.background

    def labels(row: Row) -> Labels:
        boxes = drawn.of_image(row) if drawn else simulated_boxes(catalogue.training_truth(row))
        size = row.height, row.width
        if not boxes and row.tags != () and drawn:
            return np.full(size, UNLABELLED, np.uint8)  # without boxes it is not known to be background everywhere
        return box_labels(boxes, size, _foreground(boxes, row, options, shard), background)

    write_weak_labels(shard, labels, drawn.inputs if drawn else lambda row: {"truth": row.training_truth_digest})


def _foreground(boxes: Sequence[Box], row: Row, options: BoxesOptions, shard: Shard) -> Foreground:
    """Pixels of this image's boxes that belong to their class."""
    if not boxes:
        return lambda box: np.zeros((box.bottom - box.top, box.right - box.left), bool)
    if options.seeds is None:
        return grabcut_foreground(shard.catalogue.image(row), options.grabcut_rounds)
    seeds = shard.inputs.stored[options.seeds].read(row.id)
    of_class = {
        int(c) + 1: seed_foreground(cam, options.foreground)
        for c, cam in zip(seeds["classes"], seeds["cam"], strict=True)
    }

    def foreground(box: Box) -> np.ndarray:
        if box.label not in of_class:
            name = shard.catalogue.index.classes[box.label - 1]
            raise ValueError(
                f"has a box of {name}, but {options.seeds} no map of it; add the tag, or leave out `seeds`"
            )
        return of_class[box.label](box)

    return foreground
