"""A class along strokes."""

from functools import partial

from seedmask.job import Job
from seedmask.methods.scribbles import Stroke, simulated_scribbles, stroke_labels
from seedmask.storage.shard import Shard
from seedmask.weak_labels.scribbles.options import ScribblesOptions
from seedmask.weak_labels.writing import write_annotations


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options, shard = ScribblesOptions.model_validate(job.settings), Shard(job)
    simulated = partial(
        simulated_scribbles,
        length=options.length,
        jitter=options.jitter,
        width=options.width,
        background=options.background,
    )
    write_annotations(shard, options, simulated, Stroke, partial(stroke_labels, width=options.width))
