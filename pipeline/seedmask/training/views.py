"""Training views of images with their masks or weak labels."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from seedmask.config.networks import ClassifierOptions, FromMasks
from seedmask.dataset.augment import Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.methods.cams import IGNORE
from seedmask.methods.weak_labels import UNLABELLED, VOID, check_labels, mask_of, shown_labels
from seedmask.networks.encoders import mean_and_deviation


def build_augment(options: ClassifierOptions | FromMasks, padding: int = IGNORE) -> Augment:
    """The augmentation of some options, with the mean colour of the encoder's normalisation.

    Args:
        options: augmentation and encoder.
        padding: label of the pixels outside the image.
    """
    mean, _ = mean_and_deviation(options.encoder, options.input_norm)
    return Augment(options.augmentation, padding, mean)


@runtime_checkable
class MaskSource(Protocol):
    """Masks or weak labels by image id; `StoredVariant` and `TrueMasks` are such."""

    def __contains__(self, image: str) -> bool: ...

    def digest(self, image: str) -> str:
        """Digest of the arrays of an image."""
        ...

    def read(self, image: str) -> Mapping[str, np.ndarray]:
        """Arrays of an image: `mask` or `label` (H, W)."""
        ...


class TrueMasks:
    """The data set's own masks, those that trainings learn from."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self._rows = {row.id: row for row in catalogue.index.training_truth_rows()}

    def __contains__(self, image: str) -> bool:
        return image in self._rows

    def digest(self, image: str) -> str:
        """SHA-256 of the mask of an image."""
        return self._rows[image].training_truth_digest

    def read(self, image: str) -> dict[str, np.ndarray]:
        """The mask of an image, as a variant of masks stores it."""
        return {"mask": self._catalogue.training_truth(self._rows[image])}


class MaskViews:
    """Augmented images with their masks.

    Args:
        catalogue: the data set.
        rows: the training images.
        masks: of the images.
        options: encoder, and ranges of the views.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], masks: MaskSource, options: FromMasks):
        self._catalogue, self._rows, self._masks = catalogue, rows, masks
        self._augment = build_augment(options)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Image (3, S, S) in 0..1 and labels (S, S), 255 where ignored."""
        row = self._rows[number]
        return self._augment(self._catalogue.image(row), mask_of(self._masks.read(row.id)), seed)


class WeakViews:
    """Augmented images with weak labels, and the classes of the whole image.

    Args:
        catalogue: the data set.
        rows: the training images.
        labels: stored weak labels of the images.
        options: encoder, and ranges of the views.
    """

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], labels: MaskSource, options: FromMasks):
        self._catalogue, self._rows, self._labels = catalogue, rows, labels
        self._classes = len(catalogue.index.classes)
        self._augment = build_augment(options, padding=VOID)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Image (3, S, S) in 0..1, labels (S, S), and 1 for each label (C,) that the whole image may show.

        C, the number of labels with background, is the label of unlabelled pixels, 255 that of padding.
        """
        row = self._rows[number]
        stored = self._labels.read(row.id)["label"]
        check_labels(stored, self._classes)
        image, labels = self._augment(self._catalogue.image(row), stored, seed)
        shown = torch.zeros(self._classes + 1)
        shown[shown_labels(stored, row.tags)] = 1
        return image, torch.where(labels == UNLABELLED, self._classes + 1, labels), shown
