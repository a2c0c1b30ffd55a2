"""A lesson and a loss: what the trainings of all classifiers share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import nn

from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.evaluation.ranking import mean_average_precision
from seedmask.fingerprint import digest
from seedmask.job import Job, log
from seedmask.methods.batches import as_batch, targets
from seedmask.networks.encoders import weights_identity
from seedmask.networks.freezing import freeze, freeze_batch_norm
from seedmask.storage.inputs import Inputs
from seedmask.storage.training import only_training
from seedmask.training.epochs import Batch, Samples
from seedmask.training.held_out import hold_out
from seedmask.training.optimisers import parameter_groups
from seedmask.training.state import LossState
from seedmask.training.trainer import fit
from seedmask.training.views import augment_of

Options = TypeVar("Options", bound=ClassifierOptions)


@dataclass(frozen=True)
class TrainingContext:
    """Whom a lesson is for, and what it is about.

    Args:
        network: the network, in training.
        catalogue: the data set.
        rows: the pictures it learns from.
        inputs: the variants that the options name.
        device: `cpu` or `cuda`.
        held_out: pictures it is tested on after each epoch.
    """

    network: nn.Module
    catalogue: Catalogue
    rows: Sequence[Row]
    inputs: Inputs
    device: str
    held_out: Sequence[Row] = ()


@dataclass(frozen=True)
class Objective:
    """What a network learns from, and what its answers cost."""

    samples: Samples
    loss: Callable[[nn.Module, Batch], torch.Tensor]
    memory: LossState | None = None
    """What the loss remembers from step to step."""
    answers: Callable[[nn.Module], torch.Tensor] | None = None
    """Logits (N, C) of the held-out pictures, where there is a faster way than to show them to the network again."""


def train(
    job: Job,
    device: str,
    options: Options,
    build: Callable[[Options, int], nn.Module],
    lesson: Callable[[Options, TrainingContext], Objective],
    depends_on: Mapping[str, str] | None = None,
) -> None:
    """Train the classifier of a job, going on where it was stopped.

    Args:
        job: the job.
        device: `cpu` or `cuda`.
        options: the method's own.
        build: the network of the options for a number of classes; it has `encoder`, and `logits` (N, C) of pictures.
        lesson: what it is taught.
        depends_on: digests of what the lesson depends on besides the job, the pictures and what the options name.

    Raises:
        SeedmaskError: a picture has no tags; `select: tags` without pictures to select on; see `fit` and
            `only_training`.
    """
    catalogue = Catalogue(job.results)
    numbered = list(catalogue.rows(("train",)))
    rows, inputs = [row for _, row in numbered], Inputs(job, numbered)
    if untagged := [row.id for row in rows if row.tags is None]:
        raise SeedmaskError(
            f"image {untagged[0]} and {len(untagged) - 1} more of split train have no tags to learn; add them"
        )
    depends_on = {
        "classes": digest(catalogue.index.classes),
        "pictures": digest([row.digest for row in rows]),
        "weights": weights_identity(options.encoder, options.weights, options.weights_sha256),
        **inputs.digests_of_all(row.id for row in rows),
        **(depends_on or {}),
    }
    with only_training(job, depends_on) as training:
        if training is None:
            return
        held = hold_out(rows, catalogue.index.classes, options)
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        network = build(options, len(catalogue.index.classes)).to(device)
        frozen = freeze(network.encoder, options.frozen_stages)
        if options.frozen_batch_norm:
            frozen += freeze_batch_norm(network.encoder)
        log.info("%s", held.in_words())
        chosen = lesson(options, TrainingContext(network, catalogue, held.learned, inputs, device, held.tested))
        answers = chosen.answers or partial(_answers, catalogue=catalogue, rows=held.tested, device=device)
        weights, metrics = fit(
            network,
            parameter_groups(network, network.encoder, options),
            chosen.samples,
            chosen.loss,
            options,
            training,
            device,
            frozen=frozen,
            memory=chosen.memory,
            after_epoch=partial(_measure, answers=answers, rows=held.tested),
            better=lambda new, best: not held.by_tags or new["mAP"] >= best["mAP"],
        )
        facts = {"classes": list(catalogue.index.classes), "held_out": [row.id for row in held.tested]}
        training.finish(weights, metrics, facts)


class AugmentedImages:
    """Augmented pictures and their targets."""

    def __init__(self, of: TrainingContext, options: ClassifierOptions):
        self._catalogue, self._rows = of.catalogue, of.rows
        self._classes = len(of.catalogue.index.classes)
        self._augment = augment_of(options)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> Batch:
        """Picture (3, H, W) in 0..1 and its targets (C,)."""
        row = self._rows[number]
        picture, _ = self._augment(self._catalogue.image(row), None, seed)
        return picture, targets(row.tags, self._classes)


def _measure(
    network: nn.Module, *, answers: Callable[[nn.Module], torch.Tensor], rows: Sequence[Row]
) -> dict[str, Any]:
    if not rows:
        return {}
    with torch.no_grad():
        scores = answers(network).cpu().numpy()
    wanted = torch.stack([targets(row.tags, scores.shape[1]) for row in rows]).numpy().astype(bool)
    return {"mAP": mean_average_precision(scores, wanted)}


def _answers(network: nn.Module, *, catalogue: Catalogue, rows: Sequence[Row], device: str) -> torch.Tensor:
    return torch.cat([network.logits(as_batch([catalogue.image(row)], device)) for row in rows])
