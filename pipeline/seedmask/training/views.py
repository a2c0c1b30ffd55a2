"""Training views of pictures with weak labels, and the classes of the whole picture."""

from collections.abc import Sequence

import torch

from seedmask.config.networks import ClassifierOptions, FromMasks
from seedmask.dataset.augment import IGNORE, Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.methods.weak_labels import UNLABELLED, VOID, check_labels, shown_labels
from seedmask.networks.encoders import mean_and_deviation
from seedmask.storage.reader import StoredVariant


def build_augment(options: ClassifierOptions | FromMasks, padding: int = IGNORE) -> Augment:
    """The views of some options, whose mean colour is that of their encoder's normalisation.

    Args:
        options: augmentation and encoder.
        padding: label of the pixels outside the picture.
    """
    mean, _ = mean_and_deviation(options.encoder, options.input_norm)
    return Augment(options.augmentation, padding, mean)


class WeakViews:
    """Augmented pictures with the labels that were moved with them.

    Args:
        catalogue: the data set.
        rows: the training pictures.
        labels: their stored labels.
        options: encoder, and ranges of the views.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], labels: StoredVariant, options: FromMasks):
        self._catalogue, self._rows, self._labels = catalogue, rows, labels
        self._classes = len(catalogue.index.classes)
        self._augment = build_augment(options, padding=VOID)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Picture (3, S, S) in 0..1, labels (S, S), and the labels (C,) that the whole picture may show, each a 1.

        C, the number of labels with background, is the label of unlabelled pixels, and 255 that of padding.
        """
        row = self._rows[number]
        stored = self._labels.read(row.id)["label"]
        check_labels(stored, self._classes)
        picture, labels = self._augment(self._catalogue.image(row), stored, seed)
        shown = torch.zeros(self._classes + 1)
        shown[shown_labels(stored, row.tags)] = 1
        return picture, torch.where(labels == UNLABELLED, self._classes + 1, labels), shown
