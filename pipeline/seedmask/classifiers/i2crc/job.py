"""Train I2CRC's classifier: tags, and distances of scores that saliency measures."""

from collections.abc import Sequence

import torch

from seedmask.classifiers.i2crc.network import I2crcClassifier, build
from seedmask.classifiers.i2crc.options import I2crcOptions, RelationWeights
from seedmask.classifiers.training import Objective, TrainingContext, image_targets, train
from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.relation import i2crc_loss
from seedmask.storage.canvas import SALIENCY, encode
from seedmask.storage.reader import StoredVariant
from seedmask.training.epochs import Batch
from seedmask.training.views import build_augment


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, I2crcOptions.model_validate(job.settings), build, objective)


def objective(options: I2crcOptions, context: TrainingContext[I2crcClassifier]) -> Objective[I2crcClassifier]:
    """Views with their saliency, and the classification loss with the three distances."""
    saliency = context.inputs.stored[options.saliency]

    def loss(network: I2crcClassifier, batch: Batch) -> torch.Tensor:
        images, labels, salient = batch
        scores = network.score_maps(images)
        with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5
            return total_loss(scores.float(), salient, labels, options.loss)

    return Objective(SalientViews(context.catalogue, context.rows, saliency, options), loss)


class SalientViews:
    """Augmented images, their targets, and their saliency with the same augmentation, 0 on padding.

    Args:
        catalogue: the data set.
        rows: the training images.
        saliency: of the images.
        options: encoder, and ranges of the views.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], saliency: StoredVariant, options: ClassifierOptions):
        self._catalogue, self._rows, self._saliency = catalogue, rows, saliency
        self._classes = len(catalogue.index.classes)
        self._augment = build_augment(options, padding=0)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Image (3, S, S) in 0..1, its targets (C,), and its saliency (S, S) in 0..1."""
        row = self._rows[number]
        levels = encode(self._saliency.read(row.id)["map"], SALIENCY)
        image, saliency = self._augment(self._catalogue.image(row), levels, seed)
        return image, image_targets(row, self._classes), saliency.float() / 255


def total_loss(
    scores: torch.Tensor, saliency: torch.Tensor, labels: torch.Tensor, weights: RelationWeights
) -> torch.Tensor:
    """Loss of a batch with the weights of the options."""
    return i2crc_loss(
        scores,
        saliency,
        labels,
        weights=(weights.w_object, weights.w_background, weights.w_class),
        saliency_power=weights.saliency_power,
        min_saliency=weights.min_saliency,
        select=weights.select,
        detach=weights.detach,
    ).total
