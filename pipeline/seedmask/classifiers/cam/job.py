"""Train global average pooling and a linear classifier on image tags."""

from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch.nn.functional import multilabel_soft_margin_loss
from tqdm import tqdm

from seedmask.classifiers.cam.network import CamClassifier, build
from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.named_rows import NamedRows, named_rows, start_from_rows
from seedmask.classifiers.training import AugmentedImages, Objective, TrainingContext, image_targets, train
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.batches import as_batch
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    options = CamOptions.model_validate(job.settings)
    if options.head == "drawn":
        train(job, device, options, build, objective)
        return
    rows = named_rows(options, options.names, Catalogue(job.results).index.classes)
    train(job, device, options, build, partial(named_objective, rows=rows), {"rows": rows.digest})


def objective(options: CamOptions, context: TrainingContext[CamClassifier]) -> Objective[CamClassifier]:
    """Views of the images, or their features if the encoder is frozen."""
    if options.frozen_stages == "all":
        held_out = PooledFeatures(context, context.held_out)
        return Objective(PooledFeatures(context, context.rows), _pooled_loss, held_out_logits=held_out.logits)
    return Objective(AugmentedImages(context, options), _loss)


def named_objective(
    options: CamOptions, context: TrainingContext[CamClassifier], *, rows: NamedRows
) -> Objective[CamClassifier]:
    """The same for weights that start from rows of the encoder's head."""
    start_from_rows(context.network.classifier.weight, context.network.encoder, options, rows)
    return objective(options, context)


class PooledFeatures:
    """Mean features of images and their mirror images, computed once because a frozen encoder never changes."""

    def __init__(self, context: TrainingContext[CamClassifier], rows: Sequence[Row]):
        network = context.network.eval()
        self._features: list[torch.Tensor] = []
        with torch.no_grad():
            for row in tqdm(rows, desc="features", mininterval=5, ncols=80, disable=not rows):
                image = as_batch([context.catalogue.image(row)], context.device)
                self._features.append(network.pool(torch.cat([image, image.flip(-1)])).cpu())
        self._targets = [image_targets(row, network.classifier.out_features) for row in rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        """Features (D,) of the image or its mirror image, and targets (C,)."""
        return self._features[number][seed % 2], self._targets[number]

    def logits(self, network: CamClassifier) -> Float[torch.Tensor, "N C"]:
        """Logits of the images, not mirrored."""
        device = next(network.parameters()).device
        return network.classify(torch.stack([features[0] for features in self._features]).to(device))


def _loss(network: CamClassifier, batch: Batch) -> torch.Tensor:
    images, labels = batch
    return multilabel_soft_margin_loss(network(images).float(), labels)


def _pooled_loss(network: CamClassifier, batch: Batch) -> torch.Tensor:
    features, labels = batch
    return multilabel_soft_margin_loss(network.classify(features).float(), labels)
