"""Training on pictures with their masks: what segmenters and networks of boundaries share."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from seedmask.config.base import TRUTH
from seedmask.config.networks import FromMasks
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import Job
from seedmask.methods.weak_labels import mask_of
from seedmask.networks.encoders import weights_identity
from seedmask.networks.freezing import freeze_batch_norm
from seedmask.storage.reader import Inputs, StoredVariant
from seedmask.storage.training import only_training
from seedmask.training.epochs import Batch
from seedmask.training.optimisers import parameter_groups
from seedmask.training.trainer import fit
from seedmask.training.views import WeakViews, build_augment

Options = TypeVar("Options", bound=FromMasks)


def train_on_masks(
    job: Job,
    device: str,
    options: Options,
    build: Callable[[Options, int], nn.Module],
    loss: Callable[[nn.Module, Batch], torch.Tensor],
    *,
    weak: bool = False,
) -> None:
    """Train the network of a job, going on where it was stopped.

    Args:
        job: the job.
        device: `cpu` or `cuda`.
        options: the method's own; their `from` names the masks, or weak labels, whose unlabelled pixels are ignored.
        build: the network of the options for a number of classes without background; it has `pretrained()`, the part
            that learns slowly.
        loss: of the network and a batch: pictures (N, 3, H, W) in 0..1 and labels (N, H, W), 255 ignored.
        weak: whether batches are those of `WeakViews` instead.

    Raises:
        SeedmaskError: a training picture has no mask; see `fit` and `only_training`.
    """
    catalogue = Catalogue(job.results)
    numbered = list(catalogue.rows(("train",)))
    rows, inputs = [row for _, row in numbered], Inputs(job, numbered)
    masks = _Truth(catalogue) if options.source == TRUTH else inputs.stored[options.source]
    missing = [row.id for row in rows if row.id not in masks]
    if missing:
        raise SeedmaskError(
            f"{options.source} has no mask of {missing[0]} and {len(missing) - 1} more train pictures; "
            "add them, or give these pictures another split"
        )
    depends_on = {
        "classes": digest(catalogue.index.classes),
        "pictures": digest([row.digest for row in rows]),
        "masks": digest([masks.digest(row.id) for row in rows]),
        "weights": weights_identity(options.encoder, options.weights, options.weights_sha256),
        **inputs.digests_of_all(row.id for row in rows),
    }
    with only_training(job, depends_on) as training:
        if training is None:
            return
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)  # first weights of new layers
        network = build(options, len(catalogue.index.classes)).to(device)
        weights, metrics = fit(
            network,
            parameter_groups(network, network.pretrained(), options),
            (WeakViews if weak else _Views)(catalogue, rows, masks, options),
            loss,
            options,
            training,
            device,
            frozen=freeze_batch_norm(network) if options.frozen_batch_norm else (),
        )
        training.finish(weights, metrics, {"classes": list(catalogue.index.classes)})


class _Truth:
    """The data set's own masks, in the place of a mask variant."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self._rows = {row.id: row for row in catalogue.index.truth_rows()}

    def __contains__(self, image: str) -> bool:
        return image in self._rows

    def digest(self, image: str) -> str:
        return self._rows[image].truth_digest

    def read(self, image: str) -> dict[str, np.ndarray]:
        return {"mask": self._catalogue.truth(self._rows[image])}


class _Views:
    """Augmented pictures with their masks."""

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], masks: StoredVariant | _Truth, options: FromMasks):
        self._catalogue, self._rows, self._masks = catalogue, rows, masks
        self._augment = build_augment(options)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> Batch:
        row = self._rows[number]
        return self._augment(self._catalogue.image(row), mask_of(self._masks.read(row.id)), seed)
