"""A class at a few pixels."""

from functools import partial

import numpy as np

from pipeline.config.weak_labels.points import Points
from pipeline.job import Job
from pipeline.methods.points import Point, point_labels, simulated_points
from pipeline.methods.weak_labels import Labels
from pipeline.stages.loops.weak_label_maps import write_annotations
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options, shard = Points.model_validate(job.settings), Shard(job)
    draw = partial(point_labels, radius=options.radius)

    def simulated(truth: Labels, rng: np.random.Generator) -> Labels:
        points = simulated_points(truth, rng, per=options.per, count=options.count, background=options.background)
        return draw(points, truth.shape)

    write_annotations(shard, options, simulated, Point, draw)
