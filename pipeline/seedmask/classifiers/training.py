"""Training on image tags: what all classifiers share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from jaxtyping import Float

from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.evaluation.ranking import mean_average_precision
from seedmask.fingerprint import digest
from seedmask.inference.engine import NetworkSource
from seedmask.job import Job, log
from seedmask.methods.batches import as_batch, targets
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.weights import weights_identity
from seedmask.storage.reader import Inputs
from seedmask.storage.training import only_training
from seedmask.training.epochs import Batch, Samples
from seedmask.training.held_out import hold_out
from seedmask.training.optimisers import freeze, freeze_batch_norm, parameter_groups
from seedmask.training.state import LossState
from seedmask.training.trainer import fit
from seedmask.training.views import build_augment

Options = TypeVar("Options", bound=ClassifierOptions)
Network = TypeVar("Network", bound=ClassifierNetwork)


@dataclass(frozen=True)
class TrainingContext(Generic[Network]):
    """What an objective is made from.

    Args:
        network: the network that is trained.
        source: the same before its training, for what is computed once.
        catalogue: the data set.
        rows: the images it learns from.
        inputs: the variants that the options name.
        device: `cpu` or `cuda`.
        held_out: images whose tags measure it after each epoch.
    """

    network: Network
    source: NetworkSource
    catalogue: Catalogue
    rows: Sequence[Row]
    inputs: Inputs
    device: str
    held_out: Sequence[Row] = ()


@dataclass(frozen=True)
class Objective(Generic[Network]):
    """The samples a network learns from, and the loss that it minimises."""

    samples: Samples
    loss: Callable[[Network, Batch], torch.Tensor]
    loss_state: LossState | None = None
    """What the loss remembers from step to step."""
    held_out_logits: Callable[[Network], torch.Tensor] | None = None
    """Logits (N, C) of the held-out images, if there is a faster way than to run the network on them."""


def train(
    job: Job,
    device: str,
    options: Options,
    build: Callable[[Options, int], Network],
    objective: Callable[[Options, TrainingContext[Network]], Objective[Network]],
    depends_on: Mapping[str, str] | None = None,
) -> None:
    """Train the classifier of a job, from the last checkpoint if there is one.

    Args:
        job: the job.
        device: `cpu` or `cuda`.
        options: the method's own.
        build: the network of the options for a number of classes.
        objective: what the network learns, from the options and the context.
        depends_on: digests of what the objective depends on besides job, images and variants of the options.

    Raises:
        SeedmaskError: an image has no tags; `select: tags` without images to select on; see `fit` and
            `only_training`.
    """
    catalogue = Catalogue(job.results)
    numbered = list(catalogue.rows(("train",)))
    rows, inputs = [row for _, row in numbered], Inputs(job, numbered)
    if untagged := [row.id for row in rows if row.tags is None]:
        raise SeedmaskError(
            f"image {untagged[0]} and {len(untagged) - 1} more of split train have no tags to learn; add them"
        )
    first_weights = weights_identity(options.encoder, options.weights, options.weights_sha256)
    depends_on = {
        "classes": catalogue.index.labels.digest,
        "pictures": digest([row.digest for row in rows]),
        "weights": first_weights,
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
        log.info("%s", held.describe())
        source = NetworkSource(job.name, lambda: network)
        context = TrainingContext(network, source, catalogue, held.training, inputs, device, held.held_out)
        task = objective(options, context)
        logits = task.held_out_logits or partial(_logits, catalogue=catalogue, rows=held.held_out, device=device)
        weights, metrics = fit(
            network,
            parameter_groups(network, network.encoder, options),
            task.samples,
            task.loss,
            options,
            training,
            device,
            frozen=frozen,
            loss_state=task.loss_state,
            after_epoch=partial(_measure, logits=logits, rows=held.held_out),
            better=lambda new, best: not held.by_tags or new["mAP"] >= best["mAP"],
        )
        facts = {
            **catalogue.index.labels.as_facts(),
            "first_weights": first_weights,
            "held_out": [row.id for row in held.held_out],
        }
        training.finish(weights, metrics, facts)


def image_targets(row: Row, classes: int) -> Float[torch.Tensor, " C"]:
    """Targets of a training image, whose tags `train` has checked."""
    assert row.tags is not None
    return targets(row.tags, classes)


class AugmentedImages:
    """Augmented images and their targets."""

    def __init__(self, context: TrainingContext[Any], options: ClassifierOptions):
        self._catalogue, self._rows = context.catalogue, context.rows
        self._classes = len(context.catalogue.index.classes)
        self._augment = build_augment(options)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> Batch:
        """Image (3, H, W) in 0..1 and its targets (C,)."""
        row = self._rows[number]
        image, _ = self._augment(self._catalogue.image(row), None, seed)
        return image, image_targets(row, self._classes)


def _measure(network: Network, *, logits: Callable[[Network], torch.Tensor], rows: Sequence[Row]) -> dict[str, Any]:
    if not rows:
        return {}
    with torch.no_grad():
        scores = logits(network).cpu().numpy()
    present = torch.stack([image_targets(row, scores.shape[1]) for row in rows]).numpy().astype(bool)
    return {"mAP": mean_average_precision(scores, present)}


def _logits(network: ClassifierNetwork, *, catalogue: Catalogue, rows: Sequence[Row], device: str) -> torch.Tensor:
    return torch.cat([network.logits(as_batch([catalogue.image(row)], device)) for row in rows])
