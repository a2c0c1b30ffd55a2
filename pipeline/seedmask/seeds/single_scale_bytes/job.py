"""I2CRC's CAMs, from one squashed view of an image."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods.attention_bytes import single_scale_cam
from seedmask.seeds.single_scale_bytes.options import SingleScaleBytesOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = SingleScaleBytesOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device, options.engine, options.precision)

    def cams(row: Row) -> np.ndarray:
        return single_scale_cam(classifier, shard.catalogue.image(row), row.tags or (), options.square, device=device)

    write_cams(shard, "uint8", cams, classifier)
