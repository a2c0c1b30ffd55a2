"""Other seeds and saliency in one map."""

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.salient_cams import salient_cams
from seedmask.seeds.cam_sets import CamSets
from seedmask.seeds.salient.options import SalientOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.canvas import CAM
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  no network
    """Make the seeds of a shard."""
    options, shard = SalientOptions.model_validate(job.settings), Shard(job)
    seeds = CamSets(shard.inputs.stored[options.source], options.cams)
    saliency = shard.inputs.stored[options.saliency]

    def cams(row: Row) -> np.ndarray:
        return salient_cams(seeds.read(row.id)[CAM], saliency.read(row.id)["map"], options.weight, options.mean)

    write_cams(shard, options.dtype, cams)
