"""SFC's maps of the classifier's weights and of prototypes."""

from functools import partial

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods.prototype_seeds import prototype_seeds
from seedmask.seeds.prototype.options import PrototypeOptions
from seedmask.seeds.writing import write_map_sets
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = PrototypeOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)
    head = classifier.network.head

    def maps(row: Row) -> dict[str, np.ndarray]:
        found = prototype_seeds(
            partial(classifier.timed, classifier.network.features),
            partial(head.weight_maps, valid=None),
            shard.catalogue.image(row),
            row.tags,
            classifier.classes,
            options.scales,
            background_factor=head.background_factor,
            device=device,
        )
        return {"cam": found.weights, "prototype": found.prototypes}

    write_map_sets(shard, options.dtype, ("cam", "prototype"), maps, classifier)
