"""PMM's maps, averaged over enlarged tiles of a picture."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods.batches import targets
from seedmask.methods.multi_crop import multi_crop_cam
from seedmask.seeds.multi_crop.options import MultiCropOptions
from seedmask.seeds.writing import write_maps
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = MultiCropOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)

    def maps(row: Row) -> np.ndarray:
        return multi_crop_cam(
            classifier,
            shard.catalogue.image(row),
            targets(row.tags, classifier.classes),
            scales=options.scales,
            size=options.size,
            tile=options.tile,
            batch=options.batch,
            device=device,
        )

    write_maps(shard, options.dtype, maps, classifier)
