"""The mean of several seeds."""

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.mean_cams import mean_cams
from seedmask.seeds.mean.options import MeanOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.canvas import CAM
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  no network
    """Make the seeds of a shard."""
    options, shard = MeanOptions.model_validate(job.settings), Shard(job)

    def cams(row: Row) -> np.ndarray:
        members = []
        for reference in options.of:
            arrays = shard.inputs.stored[reference].read(row.id)
            if tuple(arrays["classes"]) != row.tags:
                found = arrays["classes"].tolist()
                raise ValueError(f"{reference} has the classes {found}, its tags are {list(row.tags or ())}")
            members.append(arrays[CAM])
        return mean_cams(members, options.weights)

    write_cams(shard, options.dtype, cams)
