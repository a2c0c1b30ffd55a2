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
from seedmask.methods.weak_labels import UNLABELLED, VOID, as_channels, check_labels, mask_of, shown_labels
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
        """Image (3, S, S) in 0..1 and the channel of each label (S, S), 255 where ignored."""
        row, labels = self._rows[number], self._catalogue.index.labels
        channels = as_channels(mask_of(self._masks.read(row.id)), len(labels.classes), labels.background)
        return self._augment(self._catalogue.image(row), channels, seed)


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
        self._augment = build_augment(options, padding=VOID)

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Image (3, S, S) in 0..1, the channel of each label (S, S), and 1 for each (C,) that the whole image may show.

        C, the number of channels, stands for unlabelled pixels, 255 for padding.
        """
        row, known = self._rows[number], self._catalogue.index.labels
        stored = self._labels.read(row.id)["label"]
        check_labels(stored, len(known.classes), known.background)
        image, labels = self._augment(self._catalogue.image(row), stored, seed)
        shown = torch.zeros(known.channels)
        shown[[label - known.first for label in shown_labels(stored, row.tags, known.background)]] = 1
        channels = torch.where(labels == VOID, VOID, labels - known.first)
        return image, torch.where(labels == UNLABELLED, known.channels, channels), shown
