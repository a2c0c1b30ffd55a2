"""Train SFC: images of a bank in each batch, two sizes of each image, and a loss between two kinds of CAM."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate, multilabel_soft_margin_loss

from seedmask.classifiers.sfc.network import SfcClassifier, build
from seedmask.classifiers.sfc.options import Bank, SfcOptions
from seedmask.classifiers.training import Objective, TrainingContext, image_targets, train
from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import IGNORE, Augment
from seedmask.dataset.catalogue import Catalogue, class_counts
from seedmask.dataset.index import Row
from seedmask.job import Job, log
from seedmask.methods.calibration import calibration_loss, distribution_coefficient, resampled_images
from seedmask.methods.image_bank import ImageBank
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


class PaddedViews:
    """Augmented images on a canvas of one colour, their targets, and where they lie on it.

    Args:
        catalogue: the data set.
        rows: the training images.
        augmentation: size of the canvas and ranges of the views.
        colour: of the canvas, RGB (1, 3, 1, 1) in 0..1.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], augmentation: Augmentation, colour: torch.Tensor):
        self._catalogue, self._rows, self._colour = catalogue, rows, colour[0]
        self._classes = len(catalogue.index.classes)
        self._augment = Augment(augmentation)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Image (3, S, S) in 0..1, its targets (C,), and 1 inside the image, 0 on padding (1, S, S)."""
        row = self._rows[number]
        image = self._catalogue.image(row)
        view, covered = self._augment(image, np.zeros(image.shape[:2], np.uint8), seed)
        inside = (covered != IGNORE)[None].float()
        return torch.where(inside > 0, view, self._colour), image_targets(row, self._classes), inside


class BankSampler:
    """Appends images of the bank to each batch; a checkpoint holds its state.

    Args:
        options: how many images, and which.
        classes: number of classes.
        seed: of the draws.
        grey: colour (1, 3, 1, 1) of an empty image, which normalisation makes 0.
    """

    def __init__(self, options: Bank, classes: int, seed: int, grey: torch.Tensor):
        self._options, self._grey = options, grey
        self._bank = ImageBank(classes)
        self._generator = torch.Generator().manual_seed(seed)

    def with_drawn(self, batch: Batch) -> Batch:
        """A batch (images, labels, inside) followed by drawn images of the bank."""
        if self._options.update_before_draw:
            self._update(batch)
        extended = self._extended(batch)
        if not self._options.update_before_draw:
            self._update(batch)
        return extended

    def _update(self, batch: Batch) -> None:
        images, labels, inside = batch
        self._bank.update(images - self._grey, labels, inside)

    def _extended(self, batch: Batch) -> Batch:
        if not len(self._bank.filled):
            return batch
        slots = self._bank.sample(self._options.draws, self._generator, filled_only=not self._options.allow_empty)
        images, labels, inside = self._bank.draw(slots)
        return tuple(map(torch.cat, zip(batch, (images + self._grey, labels, inside), strict=True)))

    def state_dict(self) -> dict[str, Any]:
        """All slots, and the state of the generator."""
        return {"bank": self._bank.state_dict(), "generator": self._generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from that state."""
        self._bank.load_state_dict(state["bank"], self._grey.device)
        self._generator.set_state(state["generator"])


def sfc_loss(network: SfcClassifier, batch: Batch, coefficients: torch.Tensor, options: SfcOptions) -> torch.Tensor:
    """Classification at both sizes, and distances between the two kinds of CAM and between the two sizes."""
    images, labels, inside = batch
    smaller = interpolate(images, scale_factor=options.scale, mode="bilinear", align_corners=True)
    full, half = network(images, labels, inside), network(smaller, labels, inside)
    classification = [multilabel_soft_margin_loss(cams.logits, labels) for cams in (full, half)]
    terms = calibration_loss(
        full.weights,
        full.prototypes,
        half.weights,
        labels,
        coefficients,
        proto_weight=options.loss.w_proto,
        scale_weight=options.loss.w_scale,
        background_weight=options.loss.bg_weight,
    )
    return sum(classification) / 2 + terms.prototype + terms.scale
