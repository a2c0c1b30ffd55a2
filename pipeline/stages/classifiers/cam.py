"""Train global average pooling and a linear classifier on image tags."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import multilabel_soft_margin_loss
from tqdm import tqdm

from pipeline.config.classifiers.cam import CamClassifier
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.tags import targets
from pipeline.machines.training import Batch
from pipeline.methods.pictures import as_batch
from pipeline.nets.classifiers.cam import build
from pipeline.stages.loops.lesson import Class, Lesson, Views, train


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, CamClassifier.model_validate(job.settings), build, lesson)


def lesson(options: CamClassifier, of: Class) -> Lesson:
    """Views of the pictures, or their features where the encoder does not learn."""
    if options.frozen_stages == "all":
        held_out = Pooled(of, of.held_out)
        return Lesson(Pooled(of, of.rows), _pooled_loss, answers=held_out.answers)
    return Lesson(Views(of, options), _loss)


def _loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    pictures, wanted = batch
    return multilabel_soft_margin_loss(network(pictures), wanted)


class Pooled:
    """Pooled features of pictures and their mirror images, computed once: the frozen encoder never changes."""

    def __init__(self, of: Class, rows: Sequence[Row]):
        of.network.eval()
        self._features = []
        with torch.no_grad():
            for row in tqdm(rows, desc="features", mininterval=5, ncols=80, disable=not rows):
                picture = as_batch([of.catalogue.picture(row)], of.device)
                self._features.append(of.network.pool(torch.cat([picture, picture.flip(-1)])).cpu())
        self._targets = [targets(row, of.network.classifier.out_features) for row in rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        """Features (D,) of the picture or its mirror image, and targets (C,)."""
        return self._features[number][seed % 2], self._targets[number]

    def answers(self, network: nn.Module) -> torch.Tensor:
        """Logits (N, C) of the pictures as they are."""
        device = next(network.parameters()).device
        return network.classify(torch.stack([features[0] for features in self._features]).to(device))


def _pooled_loss(network: nn.Module, batch: Batch) -> torch.Tensor:
    features, wanted = batch
    return multilabel_soft_margin_loss(network.classify(features), wanted)
