"""Objects in boxes."""

from collections.abc import Sequence

import numpy as np

from pipeline.config.weak_labels.boxes import Boxes
from pipeline.data.index import Row
from pipeline.data.weak_labels.boxes import read_box_folder
from pipeline.job import Job
from pipeline.methods.boxes import Box, Foreground, box_labels, seed_foreground, simulated_boxes
from pipeline.methods.grabcut import grabcut_foreground
from pipeline.methods.weak_labels import UNLABELLED, Labels
from pipeline.stages.loops.given_labels import given_in
from pipeline.stages.loops.weak_label_maps import write_weak_labels
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options, shard = Boxes.model_validate(job.settings), Shard(job)
    catalogue = shard.catalogue
    given = None if options.truth else given_in(shard, options, Box, read_box_folder)

    def labels(row: Row) -> Labels:
        boxes = given.of(row) if given else simulated_boxes(catalogue.truth(row))
        size = row.height, row.width
        if not boxes and row.tags != () and given:
            return np.full(size, UNLABELLED, np.uint8)  # nobody drew boxes here; background everywhere is another thing
        return box_labels(boxes, size, _foreground(boxes, row, options, shard))

    write_weak_labels(shard, labels, given.inputs if given else lambda row: {"truth": row.truth_digest})


def _foreground(boxes: Sequence[Box], row: Row, options: Boxes, shard: Shard) -> Foreground:
    """Which pixels of this image's boxes are of their class."""
    if not boxes:
        return lambda box: np.zeros((box.bottom - box.top, box.right - box.left), bool)
    if options.seeds is None:
        return grabcut_foreground(shard.catalogue.picture(row), options.grabcut_rounds)
    maps = shard.inputs.stored[options.seeds].read(row.id)
    of_class = {
        int(c) + 1: seed_foreground(cam, options.foreground)
        for c, cam in zip(maps["classes"], maps["cam"], strict=True)
    }

    def found(box: Box) -> np.ndarray:
        if box.label not in of_class:
            name = shard.catalogue.index.classes[box.label - 1]
            raise ValueError(
                f"has a box of {name}, but {options.seeds} no map of it; add the tag, or leave out `seeds`"
            )
        return of_class[box.label](box)

    return found
