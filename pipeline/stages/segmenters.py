"""Train a segmenter on masks."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn

from pipeline.config.base import TRUTH
from pipeline.config.segmenters import Segmenter as Settings
from pipeline.config.segmenters import UnderFitting
from pipeline.data.augment import Augment
from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.fingerprint import digest
from pipeline.job import Job
from pipeline.methods.losses import cross_entropy
from pipeline.methods.under_fitting import under_fitting_loss
from pipeline.nets.encoders import Encoder, weights_identity
from pipeline.nets.psp import DilatedPsp, Logits
from pipeline.nets.segmenter import Segmenter
from pipeline.storage.reader import StoredVariant
from pipeline.storage.shard import stored
from pipeline.storage.training import only_training
from pipeline.training import Batch, fit, freeze_batch_norm, parameter_groups

PSP_STRIDE = 8
OUR_ARCHITECTURES = ("DilatedPSP",)
"""Those that segmentation-models-pytorch lacks."""


def run(job: Job, device: str) -> None:
    """Train the segmenter of a job, going on where it was stopped."""
    settings = Settings.model_validate(job.settings)
    catalogue = Catalogue(job.results)
    numbered = list(catalogue.rows(("train",)))
    rows = [row for _, row in numbered]
    if settings.source == TRUTH:
        masks = _Truth(catalogue)
    else:
        masks = stored(job, settings.source, numbered)
    missing = [row.id for row in rows if row.id not in masks]
    if missing:
        raise SeedmaskError(
            f"{settings.source} has no mask of {missing[0]} and {len(missing) - 1} more train pictures; "
            "add them, or give these pictures another split"
        )
    inputs = {
        "classes": digest(catalogue.index.classes),
        "pictures": digest([row.digest for row in rows]),
        "masks": digest([masks.digest(row.id) for row in rows]),
        "weights": weights_identity(settings.encoder, settings.weights, settings.weights_sha256),
    }
    with only_training(job, inputs) as training:
        if training is None:
            return
        torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)  # first weights of the decoder
        network = build(settings, len(catalogue.index.classes) + 1).to(device)
        weights, metrics = fit(
            network,
            parameter_groups(network, network.pretrained(), settings),
            _Views(catalogue, rows, masks, settings),
            _batch_loss(settings),
            settings,
            training,
            device,
            frozen=freeze_batch_norm(network) if settings.frozen_batch_norm else (),
        )
        training.finish(weights, metrics, {"classes": list(catalogue.index.classes)})


def build(settings: Settings, classes: int, *, first_weights: bool = True) -> Segmenter | DilatedPsp:
    """The network of some settings, with the encoder's first weights or, to be loaded over, without."""
    weights = settings.weights if first_weights else "none"
    if settings.arch in OUR_ARCHITECTURES:
        return DilatedPsp(Encoder(settings.encoder, weights, settings.weights_sha256, PSP_STRIDE), classes)
    return Segmenter(settings.arch, settings.encoder, weights, settings.weights_sha256, classes)


def _loss(settings: Settings) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    if isinstance(settings.loss, UnderFitting):
        loss = settings.loss
        return partial(under_fitting_loss, mode=loss.mode, gate=loss.gate, limit=loss.limit)
    return cross_entropy


def _batch_loss(settings: Settings) -> Callable[[nn.Module, Batch], torch.Tensor]:
    """Loss of a batch; an auxiliary head has its own, gate included, with a weight."""
    loss = _loss(settings)

    def of_batch(network: nn.Module, batch: Batch) -> torch.Tensor:
        pictures, labels = batch
        logits = network(pictures)
        if isinstance(logits, Logits):
            return loss(logits.main, labels) + settings.auxiliary_weight * loss(logits.auxiliary, labels)
        return loss(logits, labels)

    return of_batch


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

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], masks: StoredVariant | _Truth, settings: Settings):
        self._catalogue, self._rows, self._masks = catalogue, rows, masks
        self._augment = Augment(settings.augmentation)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> Batch:
        row = self._rows[number]
        return self._augment(self._catalogue.picture(row), self._masks.read(row.id)["mask"], seed)
