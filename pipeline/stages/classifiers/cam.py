"""Train global average pooling and a linear classifier on image tags."""

from functools import partial

import torch
from torch import nn
from torch.nn.functional import multilabel_soft_margin_loss

from pipeline.config.classifiers.cam import CamClassifier
from pipeline.data.catalogue import Catalogue
from pipeline.job import Job
from pipeline.machines.epochs import Batch
from pipeline.nets.classifiers.cam import build
from pipeline.stages.loops.lesson import Class, Lesson, Views, train
from pipeline.stages.loops.named_rows import NamedRows, named_rows
from pipeline.stages.loops.named_start import start
from pipeline.stages.loops.pooled import Pooled


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    options = CamClassifier.model_validate(job.settings)
    if options.head == "drawn":
        train(job, device, options, build, lesson)
        return
    rows = named_rows(options, options.names, Catalogue(job.results).index.classes)
    train(job, device, options, build, partial(named_lesson, rows=rows), {"rows": rows.digest})


def lesson(options: CamClassifier, of: Class) -> Lesson:
    """Views of the pictures, or their features where the encoder does not learn."""
    if options.frozen_stages == "all":
        held_out = Pooled(of, of.held_out)
        return Lesson(Pooled(of, of.rows), _pooled_loss, answers=held_out.answers)
    return Lesson(Views(of, options), _loss)


def named_lesson(options: CamClassifier, of: Class, *, rows: NamedRows) -> Lesson:
    """The same for weights that start from rows of the encoder's head."""
    start(of.network.classifier.weight, of.network.encoder, options, rows)
    return lesson(options, of)


def _loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    pictures, wanted = batch
    return multilabel_soft_margin_loss(network(pictures).float(), wanted)


def _pooled_loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    features, wanted = batch
    return multilabel_soft_margin_loss(network.classify(features).float(), wanted)
