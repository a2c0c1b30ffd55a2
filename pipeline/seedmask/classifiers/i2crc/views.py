"""Training views of pictures with their saliency."""

from collections.abc import Sequence

import torch

from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.methods.batches import targets
from seedmask.storage.canvas import SALIENCY, encode
from seedmask.storage.reader import StoredVariant
from seedmask.training.views import build_augment


class SalientViews:
    """Augmented pictures, their targets, and the saliency that was moved with them, 0 on padding.

    Args:
        catalogue: the data set.
        rows: the training pictures.
        saliency: their maps.
        options: encoder, and ranges of the views.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], saliency: StoredVariant, options: ClassifierOptions):
        self._catalogue, self._rows, self._saliency = catalogue, rows, saliency
        self._classes = len(catalogue.index.classes)
        self._augment = build_augment(options, padding=0)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Picture (3, S, S) in 0..1, its targets (C,), and its saliency (S, S) in 0..1."""
        row = self._rows[number]
        levels = encode(self._saliency.read(row.id)["map"], SALIENCY)
        picture, saliency = self._augment(self._catalogue.image(row), levels, seed)
        return picture, targets(row.tags, self._classes), saliency.float() / 255
