"""PMM's CAMs, averaged over enlarged tiles of an image."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods.batches import targets
from seedmask.methods.multi_crop import multi_crop_cam
from seedmask.seeds.multi_crop.options import MultiCropOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = MultiCropOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device, options.engine, options.precision)

    def cams(row: Row) -> np.ndarray:
        return multi_crop_cam(
            classifier,
            shard.catalogue.image(row),
            targets(row.tags or (), classifier.classes),
            scales=options.scales,
            size=options.size,
            tile=options.tile,
            batch=options.batch,
            device=device,
        )

    write_cams(shard, options.dtype, cams, classifier)
