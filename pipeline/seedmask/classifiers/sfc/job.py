"""Train SFC: images of a bank in each batch, two sizes of each image, and a loss between two kinds of CAM."""

from collections.abc import Sequence

import torch
from torch.nn.functional import interpolate, multilabel_soft_margin_loss

from seedmask.classifiers.sfc.network import SfcClassifier, build
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.classifiers.sfc.samples import BankSampler, PaddedViews
from seedmask.classifiers.training import Objective, TrainingContext, train
from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.index import Row
from seedmask.job import Job, log
from seedmask.methods.calibration import calibration_loss, distribution_coefficient, resampled_images
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, SfcOptions.model_validate(job.settings), build, objective)


def objective(options: SfcOptions, context: TrainingContext[SfcClassifier]) -> Objective[SfcClassifier]:
    """Views with their padding, and the loss of both sizes."""
    classes = context.catalogue.index.classes
    coefficients = class_coefficients(options, context.rows, len(classes))
    shown = (f"{name} {value:.2f}" for name, value in zip(classes, coefficients.tolist(), strict=True))
    log.info("distribution coefficient: %s", ", ".join(shown))
    grey = context.network.encoder.normalised.mean
    bank = BankSampler(options.bank, len(classes), options.seed, grey) if options.bank.draws else None

    def loss(network: SfcClassifier, batch: Batch) -> torch.Tensor:
        return sfc_loss(network, bank.with_drawn(batch) if bank else batch, coefficients.to(context.device), options)

    return Objective(PaddedViews(context.catalogue, context.rows, options.augmentation, grey.cpu()), loss, bank)


def class_coefficients(options: SfcOptions, rows: Sequence[Row], classes: int) -> torch.Tensor:
    """Distribution coefficient of each class from the tags of the training images; ones if it is off."""
    if not options.dc.enabled:
        return torch.ones(classes)
    steps = len(rows) // min(options.batch_size, len(rows))
    drawn = resampled_images(steps, options.bank.draws, classes, options.dc.rho)
    return distribution_coefficient(torch.from_numpy(class_counts(rows, classes)), drawn)


def sfc_loss(network: SfcClassifier, batch: Batch, coefficients: torch.Tensor, options: SfcOptions) -> torch.Tensor:
    """Classification at both sizes, and distances between the two kinds of CAM and between the two sizes."""
    images, labels, inside = batch
    smaller = interpolate(images, scale_factor=options.scale, mode="bilinear", align_corners=True)
    full, half = network(images, labels, inside), network(smaller, labels, inside)
    classification = [multilabel_soft_margin_loss(cams.logits, labels) for cams in (full, half)]
    terms = calibration_loss(
        *(full.weights, full.prototypes, half.weights, labels, coefficients),
        proto_weight=options.loss.w_proto,
        scale_weight=options.loss.w_scale,
        background_weight=options.loss.bg_weight,
    )
    return sum(classification) / 2 + terms.prototype + terms.scale
