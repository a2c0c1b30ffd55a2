"""Train a classifier on image tags."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import nn
from torch.nn.functional import multilabel_soft_margin_loss
from tqdm import tqdm

from pipeline.config.classifiers import Classifier
from pipeline.config.classifiers import SeamClassifier as SeamSettings
from pipeline.data.augment import Augment
from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.evaluation.ranking import mean_average_precision
from pipeline.fingerprint import digest
from pipeline.job import Job
from pipeline.methods.pictures import as_batch
from pipeline.methods.seam import seam_loss, smaller_view
from pipeline.nets.classifier import CamClassifier, freeze
from pipeline.nets.encoders import Encoder, weights_identity
from pipeline.nets.seam import SeamClassifier
from pipeline.stages.tile_views import TileViews
from pipeline.storage.reader import StoredVariant
from pipeline.storage.shard import stored
from pipeline.storage.training import only_training
from pipeline.training import Batch, Samples, fit, freeze_batch_norm, parameter_groups


def run(job: Job, device: str) -> None:
    """Train the classifier of a job, going on where it was stopped."""
    settings = TypeAdapter(Classifier).validate_python(job.settings)
    catalogue = Catalogue(job.results)
    numbered = list(catalogue.rows(("train",)))
    rows = [row for _, row in numbered]
    rough = {reference: stored(job, reference, numbered) for reference in job.upstream}
    inputs = {
        "classes": digest(catalogue.index.classes),
        "pictures": digest([row.digest for row in rows]),
        "weights": weights_identity(settings.encoder, settings.weights, settings.weights_sha256),
        "rough": {reference: digest([maps.digest(row.id) for row in rows]) for reference, maps in rough.items()},
    }
    with only_training(job, inputs) as training:
        if training is None:
            return
        torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)
        classes = len(catalogue.index.classes)
        network = build(settings, classes).to(device)
        frozen = freeze(network.encoder, settings.frozen_stages)
        if settings.frozen_batch_norm:
            frozen += freeze_batch_norm(network.encoder)
        kept_out = _holdout(len(rows), settings)
        learned = [row for number, row in enumerate(rows) if number not in kept_out]
        tested = [row for number, row in enumerate(rows) if number in kept_out]
        lesson = _lesson(settings, catalogue, learned, network, device, next(iter(rough.values()), None))
        weights, metrics = fit(
            network,
            parameter_groups(network, network.encoder, settings),
            lesson.samples,
            lesson.loss,
            settings,
            training,
            device,
            frozen=frozen,
            after_epoch=partial(_measure, catalogue=catalogue, rows=tested, device=device),
            better=lambda new, best: settings.select == "last" or new["mAP"] >= best["mAP"],
        )
        training.finish(weights, metrics, {"classes": list(catalogue.index.classes)})


def build(settings: Classifier, classes: int, *, first_weights: bool = True) -> CamClassifier | SeamClassifier:
    """The network of some settings, with the encoder's first weights or, to be loaded over, without."""
    weights = settings.weights if first_weights else "none"
    encoder = Encoder(settings.encoder, weights, settings.weights_sha256, settings.output_stride)
    generator = torch.Generator().manual_seed(settings.seed)
    if isinstance(settings, SeamSettings):
        return SeamClassifier(encoder, classes, generator, settings.dropout)
    return CamClassifier(encoder, classes, generator)


def targets(row: Row, classes: int) -> torch.Tensor:
    """1 for each class in the picture, else 0; (classes,)."""
    return torch.zeros(classes).index_fill_(0, torch.tensor(row.tags, dtype=torch.long), 1.0)


@dataclass(frozen=True)
class Lesson:
    """What a network learns from, and what its answers cost."""

    samples: Samples
    loss: Callable[[nn.Module, Batch], torch.Tensor]


def _lesson(
    settings: Classifier,
    catalogue: Catalogue,
    rows: Sequence[Row],
    network: nn.Module,
    device: str,
    rough: StoredVariant | None,
) -> Lesson:
    classes = len(catalogue.index.classes)
    loss = _loss
    if isinstance(settings, SeamSettings):
        loss = partial(_seam_loss, small_view=settings.small_view)
        if settings.crops:
            return Lesson(TileViews(catalogue, rows, rough, classes, settings.crops, settings.augmentation), loss)
    elif settings.frozen_stages == "all":
        return Lesson(_Pooled(catalogue, rows, network, device), _pooled_loss)
    return Lesson(_Views(catalogue, rows, classes, settings), loss)


def _holdout(count: int, settings: Classifier) -> frozenset[int]:
    size = round(count * settings.holdout)
    if settings.select == "tags" and size == 0:
        raise SeedmaskError("select: tags needs pictures to select on; set `holdout` to 0.1 or so")
    return frozenset(np.random.default_rng(settings.seed).permutation(count)[:size].tolist())


class _Views:
    """Augmented pictures and their targets."""

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], classes: int, settings: Classifier):
        self._catalogue, self._rows, self._classes = catalogue, rows, classes
        self._augment = Augment(settings.augmentation)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> Batch:
        row = self._rows[number]
        picture, _ = self._augment(self._catalogue.picture(row), None, seed)
        return picture, targets(row, self._classes)


def _loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    pictures, wanted = batch
    return multilabel_soft_margin_loss(network(pictures), wanted)


def _seam_loss(network: nn.Module, batch: Batch, *, small_view: float) -> torch.Tensor:
    pictures, wanted = batch
    large, small = network(pictures), network(smaller_view(pictures, small_view))
    with torch.autocast(pictures.device.type, enabled=False):  # half precision loses the 1e-5
        maps = (map_.float() for map_ in (*large, *small))
        return seam_loss(*maps, wanted).total


class _Pooled:
    """Pooled features of every picture and its mirror image, computed once: the frozen encoder never changes."""

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], network: CamClassifier, device: str):
        network.eval()
        self._features = []
        with torch.no_grad():
            for row in tqdm(rows, desc="features", mininterval=5, ncols=80):
                picture = as_batch([catalogue.picture(row)], device)
                self._features.append(network.pool(torch.cat([picture, picture.flip(-1)])).cpu())
        self._targets = [targets(row, network.classifier.out_features) for row in rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        return self._features[number][seed % 2], self._targets[number]


def _pooled_loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    features, wanted = batch
    return multilabel_soft_margin_loss(network.classify(features), wanted)


@torch.no_grad()
def _measure(network: nn.Module, *, catalogue: Catalogue, rows: Sequence[Row], device: str) -> dict[str, Any]:
    if not rows:
        return {}
    scores = torch.cat([network.logits(as_batch([catalogue.picture(row)], device)).cpu() for row in rows]).numpy()
    wanted = torch.stack([targets(row, scores.shape[1]) for row in rows]).numpy().astype(bool)
    return {"mAP": mean_average_precision(scores, wanted)}
