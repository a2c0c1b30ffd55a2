"""Training views of pictures with their saliency."""

from collections.abc import Sequence

import torch

from pipeline.config.networks import Classifier
from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.machines.tags import targets
from pipeline.machines.views import augment_of
from pipeline.storage.canvas import SALIENCY, encode
from pipeline.storage.reader import StoredVariant


class SalientViews:
    """Augmented pictures, their targets, and the saliency that was moved with them, 0 on padding.

    Args:
        catalogue: the data set.
        rows: the training pictures.
        saliency: their maps.
        options: encoder, and ranges of the views.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], saliency: StoredVariant, options: Classifier):
        self._catalogue, self._rows, self._saliency = catalogue, rows, saliency
        self._classes = len(catalogue.index.classes)
        self._augment = augment_of(options, padding=0)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Picture (3, S, S) in 0..1, its targets (C,), and its saliency (S, S) in 0..1."""
        row = self._rows[number]
        levels = encode(self._saliency.read(row.id)["map"], SALIENCY)
        picture, saliency = self._augment(self._catalogue.picture(row), levels, seed)
        return picture, targets(row, self._classes), saliency.float() / 255
