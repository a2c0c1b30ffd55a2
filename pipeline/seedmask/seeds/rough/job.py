"""Other seeds after a dense CRF, as probabilities."""

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.crf import rough_probabilities
from seedmask.seeds.cam_sets import CamSets
from seedmask.seeds.rough.options import RoughOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  the CRF runs on the CPU
    """Make the seeds of a shard."""
    options, shard = RoughOptions.model_validate(job.settings), Shard(job)
    seeds, crf = CamSets(shard.inputs.stored[options.source], options.cams), options.crf.settings()

    def cams(row: Row) -> np.ndarray:
        scores = seeds.read(row.id)["cam"]
        return rough_probabilities(shard.catalogue.image(row), scores, exponent=options.exponent, crf=crf)[1:]

    write_cams(shard, options.dtype, cams)
