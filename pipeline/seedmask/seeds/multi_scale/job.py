"""Class activation maps from several sizes of an image."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.seeds.multi_scale.options import MultiScaleOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = MultiScaleOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device, options.engine, options.precision)

    def cams(row: Row) -> np.ndarray:
        return multi_scale_cam(
            classifier,
            shard.catalogue.image(row),
            row.tags or (),
            options.scales,
            options.flip,
            resample=options.resample,
            normalise=options.normalise,
            device=device,
        )

    write_cams(shard, options.dtype, cams, classifier)
