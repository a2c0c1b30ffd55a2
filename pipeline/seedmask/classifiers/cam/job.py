"""Train global average pooling and a linear classifier on image tags."""

from functools import partial

import torch
from torch.nn.functional import multilabel_soft_margin_loss

from seedmask.classifiers.cam.network import CamClassifier, build
from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.cam.samples import PooledFeatures
from seedmask.classifiers.named_rows import NamedRows, named_rows, start_from_rows
from seedmask.classifiers.training import AugmentedImages, Objective, TrainingContext, train
from seedmask.dataset.catalogue import Catalogue
from seedmask.job import Job
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
        held_out = PooledFeatures(context, context.held_out, options.engine)
        return Objective(
            PooledFeatures(context, context.rows, options.engine), _pooled_loss, held_out_logits=held_out.logits
        )
    return Objective(AugmentedImages(context, options), _loss)


def named_objective(
    options: CamOptions, context: TrainingContext[CamClassifier], *, rows: NamedRows
) -> Objective[CamClassifier]:
    """The same for weights that start from rows of the encoder's head."""
    start_from_rows(context.network.classifier.weight, context.network.encoder, options, rows)
    return objective(options, context)


def _loss(network: CamClassifier, batch: Batch) -> torch.Tensor:
    images, labels = batch
    return multilabel_soft_margin_loss(network(images).float(), labels)


def _pooled_loss(network: CamClassifier, batch: Batch) -> torch.Tensor:
    features, labels = batch
    return multilabel_soft_margin_loss(network.classify(features).float(), labels)
