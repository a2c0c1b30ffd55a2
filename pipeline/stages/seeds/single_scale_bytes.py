"""I2CRC's maps, from one squashed view of a picture."""

import numpy as np
import torch

from pipeline.config.seeds.single_scale_bytes import SingleScaleBytes
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.classifier import TrainedClassifier
from pipeline.methods.attention_bytes import single_scale_cam
from pipeline.stages.loops.maps import write_maps
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = SingleScaleBytes.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)

    def maps(row: Row) -> np.ndarray:
        return single_scale_cam(classifier, shard.catalogue.picture(row), row.tags, options.square, device=device)

    write_maps(shard, "uint8", maps, classifier)
