"""Class activation maps from several sizes of a picture."""

import numpy as np
import torch

from pipeline.config.seeds.multi_scale import MultiScaleSeeds
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.classifier import TrainedClassifier
from pipeline.machines.tags import targets
from pipeline.methods import view_cams
from pipeline.methods.multi_scale import multi_scale_cam
from pipeline.stages.loops.maps import write_maps
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = MultiScaleSeeds.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)

    def maps(row: Row) -> np.ndarray:
        picture = shard.catalogue.picture(row)
        if options.normalisation == "min_max":
            tags = targets(row, classifier.classes)
            return view_cams.multi_scale_cam(classifier, picture, tags, scales=options.scales, device=device)
        return multi_scale_cam(classifier, picture, row.tags, options.scales, options.flip, device=device)

    write_maps(shard, options.dtype, maps, classifier)
