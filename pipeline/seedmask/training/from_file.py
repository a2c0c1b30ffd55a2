"""Networks that another program trained, in the place of a training."""

import importlib
from pathlib import Path

from torch import nn

from seedmask.config.elsewhere import NetworkFileOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.fingerprint import digest
from seedmask.job import Job, log
from seedmask.networks.checkpoints import load_published, read_checkpoint
from seedmask.networks.hashes import checked_sha256
from seedmask.storage.training import only_training


def network_of_file(options: NetworkFileOptions, classes: int) -> nn.Module:
    """The network that some options describe, with the tensors of its file.

    Args:
        options: of the network and its file.
        classes: number of classes, without background.

    Raises:
        SeedmaskError: the network cannot be built; the file is missing, has another hash, holds more than tensors, or
            tensors of another network or of another number of classes.
    """
    module, path = importlib.import_module(options.network() or ""), Path(options.weights)
    network = module.build(*options.network_arguments(classes), first_weights=False)
    load_published(network, read_checkpoint(path, options.weights_sha256), path, vars(module).get("PUBLISHED", ()))
    return network


def read_network(job: Job, options: NetworkFileOptions) -> None:
    """Finish a training's folder with the network of a file.

    Raises:
        SeedmaskError: see `network_of_file` and `only_training`.
    """
    catalogue, path = Catalogue(job.results), Path(options.weights)
    classes, reading = catalogue.index.classes, catalogue.reading.as_facts()
    sha256 = checked_sha256(path, options.weights_sha256, "weights_sha256")
    with only_training(job, {"classes": digest(classes), "file": sha256, "reading": digest(reading)}) as training:
        if training is None:
            return
        network = network_of_file(options, len(classes))
        log.info("%s: %s for %d classes", path, options.network(), len(classes))
        training.finish(network.state_dict(), [], {"classes": list(classes), "sha256": sha256, **reading})
