"""Other seeds after a dense CRF, as probabilities."""

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.crf import rough_probabilities
from seedmask.seeds.cam_sets import CamSets
from seedmask.seeds.rough.options import RoughOptions
from seedmask.seeds.writing import write_maps
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  the CRF runs on the CPU
    """Make the seeds of a shard."""
    options, shard = RoughOptions.model_validate(job.settings), Shard(job)
    seeds, crf = CamSets(shard.inputs.stored[options.source], options.cams), options.crf.settings()

    def maps(row: Row) -> np.ndarray:
        cams = seeds.read(row.id)["cam"]
        return rough_probabilities(shard.catalogue.image(row), cams, exponent=options.exponent, crf=crf)[1:]

    write_maps(shard, options.dtype, maps)
