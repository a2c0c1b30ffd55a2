"""A class at a few pixels."""

from functools import partial
from pathlib import Path

import numpy as np

from pipeline.config.weak_labels.points import Points
from pipeline.data.weak_labels.points import read_points
from pipeline.job import Job
from pipeline.methods.points import point_labels, simulated_points
from pipeline.methods.weak_labels import Labels
from pipeline.stages.loops.weak_label_maps import each_image, write_annotations
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options, shard = Points.model_validate(job.settings), Shard(job)
    draw = partial(point_labels, radius=options.radius)

    def simulated(truth: Labels, rng: np.random.Generator) -> Labels:
        points = simulated_points(truth, rng, per=options.per, count=options.count, background=options.background)
        return draw(points, truth.shape)

    def from_file(path: Path):
        return each_image(read_points(path, shard.catalogue.index), draw)

    write_annotations(shard, options, simulated, from_file)
