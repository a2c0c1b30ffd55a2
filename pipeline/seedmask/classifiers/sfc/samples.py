"""What SFC learns from: augmented images on a canvas, and the bank of earlier images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from seedmask.classifiers.sfc.options import Bank
from seedmask.classifiers.training import image_targets
from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.methods.cams import IGNORE
from seedmask.methods.image_bank import ImageBank
from seedmask.training.epochs import Batch


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
