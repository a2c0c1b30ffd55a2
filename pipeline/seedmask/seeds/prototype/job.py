"""SFC's CAMs, from the classifier's weights and from prototypes."""

from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.methods.prototype_seeds import prototype_seeds
from seedmask.seeds.prototype.options import PrototypeOptions
from seedmask.seeds.writing import write_cam_sets
from seedmask.storage.shard import Shard


class PrototypeHead(Protocol):
    """Head of a classifier that gives prototypes."""

    background_factor: float
    weight_cams: Callable[..., torch.Tensor]


class PrototypeNetwork(Protocol):
    """Classifier that gives prototypes, and `features` of images, which they are made from."""

    head: PrototypeHead


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = PrototypeOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device, options.engine, options.precision)
    features = classifier.function("features")
    network = cast("PrototypeNetwork", classifier.network)  # `from` takes only classifiers that give prototypes

    def cams(row: Row) -> dict[str, np.ndarray]:
        seeds = prototype_seeds(
            features,
            partial(network.head.weight_cams, valid=None),
            shard.catalogue.image(row),
            row.tags or (),
            classifier.classes,
            options.scales,
            background_factor=network.head.background_factor,
            device=device,
        )
        return {"cam": seeds.weights, "prototype": seeds.prototypes}

    write_cam_sets(shard, options.dtype, ("cam", "prototype"), cams, classifier)
