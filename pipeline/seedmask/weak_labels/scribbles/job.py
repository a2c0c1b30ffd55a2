"""A class along strokes."""

from functools import partial

from seedmask.job import Job
from seedmask.methods.scribbles import Stroke, simulated_scribbles, stroke_labels
from seedmask.storage.shard import Shard
from seedmask.weak_labels.scribbles.options import ScribblesOptions
from seedmask.weak_labels.writing import Drawing, write_annotations


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Make the labels of a shard."""
    options = ScribblesOptions.model_validate(job.settings)
    simulated = partial(
        simulated_scribbles,
        length=options.length,
        jitter=options.jitter,
        width=options.width,
        background=options.background,
    )
    drawing = Drawing(Stroke, partial(stroke_labels, width=options.width))
    write_annotations(Shard(job), options, simulated, drawing)
