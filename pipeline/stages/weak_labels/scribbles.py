"""A class along strokes."""

from functools import partial
from pathlib import Path

from pipeline.config.weak_labels.scribbles import Scribbles
from pipeline.data.weak_labels.strokes import read_strokes
from pipeline.job import Job
from pipeline.methods.scribbles import simulated_scribbles, stroke_labels
from pipeline.stages.loops.weak_label_maps import each_image, write_annotations
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

    def from_file(path: Path):
        return each_image(read_strokes(path, shard.catalogue.index), partial(stroke_labels, width=options.width))

    write_annotations(shard, options, simulated, from_file)
