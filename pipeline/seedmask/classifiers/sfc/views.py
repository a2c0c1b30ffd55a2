"""Training views with a mask of what is picture and what is padding."""

from collections.abc import Sequence

import numpy as np
import torch

from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import IGNORE, Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.methods.batches import targets


class PaddedViews:
    """Augmented pictures on a canvas of one colour, their targets, and where they lie on it.

    Args:
        catalogue: the data set.
        rows: the training pictures.
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
        """Picture (3, S, S) in 0..1, its targets (C,), and 1 where it is no padding (1, S, S)."""
        row = self._rows[number]
        image = self._catalogue.image(row)
        picture, covered = self._augment(image, np.zeros(image.shape[:2], np.uint8), seed)
        inside = (covered != IGNORE)[None].float()
        return torch.where(inside > 0, picture, self._colour), targets(row.tags, self._classes), inside
