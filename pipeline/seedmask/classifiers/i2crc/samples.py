"""What I2CRC learns from: augmented images with their saliency."""

from collections.abc import Sequence

import torch

from seedmask.classifiers.training import image_targets
from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.storage.canvas import SALIENCY, encode
from seedmask.storage.reader import StoredVariant
from seedmask.training.views import build_augment


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
