"""Other seeds after a dense CRF, as probabilities."""

import numpy as np

from pipeline.config.seeds.rough import RoughSeeds
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.kernels import kernels
from pipeline.machines.map_sets import MapSets
from pipeline.methods.rough import rough_probabilities
from pipeline.stages.loops.maps import write_maps
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  the CRF runs on the CPU
    """Make the seeds of a shard."""
    options, shard = RoughSeeds.model_validate(job.settings), Shard(job)
    seeds, crf = MapSets(shard.inputs.stored[options.source], options.maps), kernels(options.crf)

    def maps(row: Row) -> np.ndarray:
        cams = seeds.read(row.id)["cam"]
        return rough_probabilities(shard.catalogue.picture(row), cams, exponent=options.exponent, crf=crf)[1:]

    write_maps(shard, options.dtype, maps)
