"""A class at a few pixels."""

from functools import partial

import numpy as np

from seedmask.job import Job
from seedmask.methods.points import Point, point_labels, simulated_points
from seedmask.methods.weak_labels import Labels
from seedmask.storage.shard import Shard
from seedmask.weak_labels.points.options import PointsOptions
from seedmask.weak_labels.writing import Drawing, write_annotations


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Make the labels of a shard."""
    options, shard = PointsOptions.model_validate(job.settings), Shard(job)
    draw = partial(point_labels, radius=options.radius)

    def simulated(truth: Labels, rng: np.random.Generator) -> Labels:
        points = simulated_points(truth, rng, per=options.per, count=options.count, background=options.background)
        return draw(points, truth.shape)

    write_annotations(shard, options, simulated, Drawing(Point, draw))
