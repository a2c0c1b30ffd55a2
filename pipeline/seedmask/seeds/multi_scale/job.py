"""Class activation maps from several sizes of a picture."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods import view_cams
from seedmask.methods.batches import targets
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.seeds.multi_scale.options import MultiScaleOptions
from seedmask.seeds.writing import write_maps
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = MultiScaleOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)

    def maps(row: Row) -> np.ndarray:
        picture = shard.catalogue.image(row)
        if options.normalisation == "min_max":
            tags = targets(row.tags, classifier.classes)
            return view_cams.multi_scale_cam(classifier, picture, tags, scales=options.scales, device=device)
        return multi_scale_cam(classifier, picture, row.tags, options.scales, options.flip, device=device)

    write_maps(shard, options.dtype, maps, classifier)
