"""SFC's maps of the classifier's weights and of prototypes."""

from functools import partial

import numpy as np
import torch

from pipeline.config.seeds.prototype import PrototypeSeeds
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.classifier import TrainedClassifier
from pipeline.methods.prototype_seeds import prototype_seeds
from pipeline.stages.loops.maps import write_map_sets
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = PrototypeSeeds.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)
    head = classifier.network.head

    def maps(row: Row) -> dict[str, np.ndarray]:
        found = prototype_seeds(
            partial(classifier.timed, classifier.network.features),
            partial(head.weight_maps, valid=None),
            shard.catalogue.picture(row),
            row.tags,
            classifier.classes,
            options.scales,
            background_factor=head.background_factor,
            device=device,
        )
        return {"cam": found.weights, "prototype": found.prototypes}

    write_map_sets(shard, options.dtype, ("cam", "prototype"), maps, classifier)
