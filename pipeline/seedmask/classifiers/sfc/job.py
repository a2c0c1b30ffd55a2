"""Train SFC: pictures of a bank beside each batch, two sizes of each, and two kinds of map that are pulled together."""

from collections.abc import Sequence

import torch
from torch.nn.functional import interpolate, multilabel_soft_margin_loss

from seedmask.classifiers.sfc.banked import BankSampler
from seedmask.classifiers.sfc.network import SfcClassifier as Network
from seedmask.classifiers.sfc.network import build
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.classifiers.sfc.views import PaddedViews
from seedmask.classifiers.training import Objective, TrainingContext, train
from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.index import Row
from seedmask.job import Job, log
from seedmask.methods.calibration import calibration_loss, distribution_coefficient, resampled_images
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, SfcOptions.model_validate(job.settings), build, objective)


def objective(options: SfcOptions, context: TrainingContext) -> Objective:
    """Views with their padding, and the losses of both sizes."""
    classes = context.catalogue.index.classes
    coefficient = class_coefficients(options, context.rows, len(classes))
    shown = (f"{name} {value:.2f}" for name, value in zip(classes, coefficient.tolist(), strict=True))
    log.info("distribution coefficient: %s", ", ".join(shown))
    grey = context.network.encoder.normalised.mean
    bank = BankSampler(options.bank, len(classes), options.seed, grey) if options.bank.draws else None

    def loss(network: Network, batch: Batch) -> torch.Tensor:
        return sfc_loss(network, bank.with_drawn(batch) if bank else batch, coefficient.to(context.device), options)

    return Objective(PaddedViews(context.catalogue, context.rows, options.augmentation, grey.cpu()), loss, bank)


def class_coefficients(options: SfcOptions, rows: Sequence[Row], classes: int) -> torch.Tensor:
    """DC of the classes from the tags of the training pictures; ones where it is switched off."""
    if not options.dc.enabled:
        return torch.ones(classes)
    steps = len(rows) // min(options.batch_size, len(rows))
    drawn = resampled_images(steps, options.bank.draws, classes, options.dc.rho)
    return distribution_coefficient(torch.from_numpy(class_counts(rows, classes)), drawn)


def sfc_loss(network: Network, batch: Batch, coefficient: torch.Tensor, options: SfcOptions) -> torch.Tensor:
    """Classification at both sizes, and the distances of the two kinds of map and of the two sizes."""
    pictures, labels, inside = batch
    smaller = interpolate(pictures, scale_factor=options.scale, mode="bilinear", align_corners=True)
    full, half = network(pictures, labels, inside), network(smaller, labels, inside)
    classification = [multilabel_soft_margin_loss(maps.logits, labels) for maps in (full, half)]
    of = options.loss
    weights = {"proto_weight": of.w_proto, "scale_weight": of.w_scale, "background_weight": of.bg_weight}
    terms = calibration_loss(full.weights, full.prototypes, half.weights, labels, coefficient, **weights)
    return sum(classification) / 2 + terms.prototype + terms.scale
