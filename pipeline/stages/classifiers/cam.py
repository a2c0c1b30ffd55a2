"""Train global average pooling and a linear classifier on image tags."""

from dataclasses import replace
from functools import partial

import torch
from torch import nn
from torch.nn.functional import multilabel_soft_margin_loss
from tqdm import tqdm

from pipeline.config.classifiers.cam import CamClassifier
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.job import Job, log
from pipeline.machines.tags import targets
from pipeline.machines.training import Batch
from pipeline.methods.named import centred, mean_rows
from pipeline.methods.pictures import as_batch
from pipeline.nets.classifiers.cam import build
from pipeline.nets.named_head import check_fit
from pipeline.nets.pre_logits import PreLogits
from pipeline.stages.loops.lesson import Class, Lesson, Views, train
from pipeline.stages.loops.named_rows import NamedRows, named_rows


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    options = CamClassifier.model_validate(job.settings)
    if options.head == "drawn":
        train(job, device, options, build, lesson)
        return
    rows = named_rows(options, options.names, Catalogue(job.results).index.classes)
    train(job, device, options, build, partial(named_lesson, rows=rows), {"rows": rows.digest})


def named_lesson(options: CamClassifier, of: Class, *, rows: NamedRows) -> Lesson:
    """The same lesson, started from rows of the encoder's head.

    Raises:
        SeedmaskError: other layers come between the mean feature and the head.
    """
    read = PreLogits(of.network.encoder)
    if not read.is_identity:
        raise SeedmaskError(
            f"head: named: encoder {options.encoder} has further layers between its last features and its head, which "
            "a weight for each class cannot stand for; use `method: named`, or an encoder like resnet50"
        )
    check_fit(rows.head, read, options)
    for miss in rows.matching.misses.values():
        log.info("warning: head: named: no row for %r, drawn as usual: %s; %s", miss.tag, miss.found, miss.remedy)
    rows.tell()
    start(of.network.classifier.weight, rows)
    return replace(lesson(options, of), facts={"names": rows.facts})


@torch.no_grad()
def start(weight: torch.Tensor, rows: NamedRows) -> None:
    """Put the mean row of each class less the mean of all rows in the place of what was drawn, where it has rows."""
    means = mean_rows(centred(rows.head.weight)[rows.chosen], rows.class_of, len(weight))
    matched = rows.class_of.unique()
    weight[matched] = means[matched].to(weight.device)


def lesson(options: CamClassifier, of: Class) -> Lesson:
    """Views of the pictures, or their features where the encoder does not learn."""
    if options.frozen_stages == "all":
        return Lesson(Pooled(of), _pooled_loss)
    return Lesson(Views(of, options), _loss)


def _loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    pictures, wanted = batch
    return multilabel_soft_margin_loss(network(pictures), wanted)


class Pooled:
    """Pooled features of every picture and its mirror image, computed once: the frozen encoder never changes."""

    def __init__(self, of: Class):
        of.network.eval()
        self._features = []
        with torch.no_grad():
            for row in tqdm(of.rows, desc="features", mininterval=5, ncols=80):
                picture = as_batch([of.catalogue.picture(row)], of.device)
                self._features.append(of.network.pool(torch.cat([picture, picture.flip(-1)])).cpu())
        self._targets = [targets(row, of.network.classifier.out_features) for row in of.rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        """Features (D,) of the picture or its mirror image, and targets (C,)."""
        return self._features[number][seed % 2], self._targets[number]


def _pooled_loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    features, wanted = batch
    return multilabel_soft_margin_loss(network.classify(features), wanted)
