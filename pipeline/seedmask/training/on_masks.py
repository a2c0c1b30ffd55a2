"""Training on images with masks: what segmenters and boundary networks share."""

from collections.abc import Callable
from typing import TypeVar

import torch

from seedmask.config.base import TRUTH
from seedmask.config.networks import FromMasks
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import Job
from seedmask.networks.segmenter import PretrainedNetwork
from seedmask.networks.weights import weights_identity
from seedmask.storage.reader import Inputs
from seedmask.storage.training import only_training
from seedmask.training.epochs import Batch
from seedmask.training.optimisers import freeze_batch_norm, parameter_groups
from seedmask.training.trainer import fit
from seedmask.training.views import MaskViews, TrueMasks, WeakViews

Options = TypeVar("Options", bound=FromMasks)
Network = TypeVar("Network", bound=PretrainedNetwork)


def train_on_masks(
    job: Job,
    device: str,
    options: Options,
    build: Callable[[Options, int], Network],
    loss: Callable[[Network, Batch], torch.Tensor],
    *,
    weak: bool = False,
) -> None:
    """Train the network of a job, from the last checkpoint if there is one.

    Args:
        job: the job.
        device: `cpu` or `cuda`.
        options: of the method; `from` names masks, or weak labels whose unlabelled pixels are ignored.
        build: the network of the options for a number of labels, background included where there is one.
        loss: of the network and a batch: images (N, 3, H, W) in 0..1 and the channel of each label (N, H, W), 255
            ignored.
        weak: whether batches come from `WeakViews` instead.

    Raises:
        SeedmaskError: a training image has no mask; see `fit` and `only_training`.
    """
    catalogue = Catalogue(job.results)
    numbered = list(catalogue.rows(("train",)))
    rows, inputs = [row for _, row in numbered], Inputs(job, numbered)
    masks = TrueMasks(catalogue) if options.source == TRUTH else inputs.stored[options.source]
    missing = [row.id for row in rows if row.id not in masks]
    if missing:
        raise SeedmaskError(
            f"{options.source} has no mask of {missing[0]} and {len(missing) - 1} more train pictures; "
            "add them, or give these pictures another split"
        )
    first_weights = weights_identity(options.encoder, options.weights, options.weights_sha256)
    depends_on = {
        "classes": catalogue.index.labels.digest,
        "pictures": digest([row.digest for row in rows]),
        "masks": digest([masks.digest(row.id) for row in rows]),
        "weights": first_weights,
        **inputs.digests_of_all(row.id for row in rows),
    }
    with only_training(job, depends_on) as training:
        if training is None:
            return
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)  # first weights of new layers
        network = build(options, catalogue.index.labels.channels).to(device)
        weights, metrics = fit(
            network,
            parameter_groups(network, network.pretrained(), options),
            (WeakViews if weak else MaskViews)(catalogue, rows, masks, options),
            loss,
            options,
            training,
            device,
            frozen=freeze_batch_norm(network) if options.frozen_batch_norm else (),
        )
        facts = {
            **catalogue.index.labels.as_facts(),
            "first_weights": first_weights,
            **catalogue.reading.as_facts(),
        }
        training.finish(weights, metrics, facts)
