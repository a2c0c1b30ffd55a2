"""A class along strokes."""

from functools import partial

from pipeline.config.weak_labels.scribbles import Scribbles
from pipeline.job import Job
from pipeline.methods.scribbles import Stroke, simulated_scribbles, stroke_labels
from pipeline.stages.loops.weak_label_maps import write_annotations
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options, shard = Scribbles.model_validate(job.settings), Shard(job)
    simulated = partial(
        simulated_scribbles,
        length=options.length,
        jitter=options.jitter,
        width=options.width,
        background=options.background,
    )
    write_annotations(shard, options, simulated, Stroke, partial(stroke_labels, width=options.width))
