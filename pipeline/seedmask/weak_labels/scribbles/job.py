"""A class along strokes."""

from functools import partial
from pathlib import Path

from seedmask.dataset.elsewhere import whole_pictures
from seedmask.job import Job
from seedmask.methods.scribbles import Stroke, simulated_scribbles, stroke_labels
from seedmask.storage.shard import Shard
from seedmask.weak_labels.annotations import ShardAnnotations
from seedmask.weak_labels.scribbles.fit import read_stroke_folder
from seedmask.weak_labels.scribbles.options import ScribblesOptions
from seedmask.weak_labels.writing import Drawing, write_annotations, write_drawn


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Make the labels of a shard."""
    options, shard = ScribblesOptions.model_validate(job.settings), Shard(job)
    simulated = partial(
        simulated_scribbles,
        length=options.length,
        jitter=options.jitter,
        width=options.width,
        background=options.background,
    )
    drawing = Drawing(Stroke, partial(stroke_labels, width=options.width))
    if options.folder and options.codes is None:
        rows, labels = whole_pictures(row for _, row in shard.rows), shard.catalogue.index.labels
        strokes = read_stroke_folder(Path(options.folder), rows, labels, options.outside)
        write_drawn(shard, ShardAnnotations(strokes), drawing)
    else:
        write_annotations(shard, options, simulated, drawing)
