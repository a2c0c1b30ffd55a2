"""Networks that another program trained, in the place of a training."""

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from torch import nn

from seedmask.config.elsewhere import NetworkFileOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import Job, log
from seedmask.networks.checkpoints import Names, State, load_published, read_checkpoint, renamed
from seedmask.networks.hashes import checked_sha256
from seedmask.storage.training import only_training


def network_of_file(options: NetworkFileOptions, classes: int, background: bool = True) -> nn.Module:
    """The network that some options describe, with the tensors of its file.

    Args:
        options: of the network and its file.
        classes: number of classes, without background.
        background: whether a pixel may belong to none of them.

    Raises:
        SeedmaskError: the network cannot be built; the file is missing, has another hash, holds more than tensors, or
            tensors of another network or of another number of classes; it has not the `channels` asked for.
    """
    module, path = importlib.import_module(options.network() or ""), Path(options.weights)
    names: Names = vars(module).get("PUBLISHED", ())
    state = read_checkpoint(path, options.weights_sha256)

    def build(count: int) -> nn.Module:
        return module.build(*options.network_arguments(count, background), first_weights=False)

    network = build(classes)
    if options.channels is not None:
        layers = _of_classes(network, build(classes + 1))
        _choose_channels(state, [key for key in state if {key, renamed(key, names)} & layers], options.channels, path)
    load_published(network, state, path, names)
    return network


def _of_classes(network: nn.Module, larger: nn.Module) -> set[str]:
    """Names of the tensors that have a row for each label: those that a network of one class more has larger."""
    shapes = {key: part.shape for key, part in network.state_dict().items()}
    return {key for key, part in larger.state_dict().items() if part.shape != shapes[key]}


def _choose_channels(state: State, keys: Iterable[str], channels: Sequence[int], path: Path) -> None:
    """Replace some tensors by some of their rows.

    Raises:
        SeedmaskError: a tensor has no such row.
    """
    for key in keys:
        count = len(state[key])
        if max(channels, default=0) >= count:
            raise SeedmaskError(
                f"{path}: {key} has {count} channels, and `channels` names {max(channels)}; they count from 0"
            )
        state[key] = state[key][list(channels)]


def read_network(job: Job, options: NetworkFileOptions) -> None:
    """Finish a training's folder with the network of a file.

    Raises:
        SeedmaskError: see `network_of_file` and `only_training`.
    """
    catalogue, path = Catalogue(job.results), Path(options.weights)
    labels, reading = catalogue.index.labels, catalogue.reading.as_facts()
    sha256 = checked_sha256(path, options.weights_sha256, "weights_sha256")
    with only_training(job, {"classes": labels.digest, "file": sha256, "reading": digest(reading)}) as training:
        if training is None:
            return
        network = network_of_file(options, len(labels.classes), labels.background)
        log.info("%s: %s for %d classes", path, options.network(), len(labels.classes))
        training.finish(network.state_dict(), [], {**labels.as_facts(), "sha256": sha256, **reading})
