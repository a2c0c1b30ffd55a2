"""PMM's maps, averaged over enlarged tiles of a picture."""

import numpy as np
import torch

from pipeline.config.seeds.multi_crop import MultiCropSeeds
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.classifier import TrainedClassifier
from pipeline.machines.tags import targets
from pipeline.methods.multi_crop import multi_crop_cam
from pipeline.stages.loops.maps import write_maps
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = MultiCropSeeds.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)

    def maps(row: Row) -> np.ndarray:
        return multi_crop_cam(
            classifier,
            shard.catalogue.picture(row),
            targets(row, classifier.classes),
            scales=options.scales,
            size=options.size,
            tile=options.tile,
            batch=options.batch,
            device=device,
        )

    write_maps(shard, options.dtype, maps, classifier)
