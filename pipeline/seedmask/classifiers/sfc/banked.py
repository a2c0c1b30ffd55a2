"""A bank of pictures as a training uses it: some of them stand behind those of every batch."""

from collections.abc import Mapping
from typing import Any

import torch

from seedmask.classifiers.sfc.options import Bank
from seedmask.methods.image_bank import ImageBank
from seedmask.training.epochs import Batch


class BankSampler:
    """Pictures of the bank behind those of each batch; what a training remembers.

    Args:
        options: how many, and which.
        classes: number of classes.
        seed: of the draws.
        grey: colour (1, 3, 1, 1) that an empty picture has, the one that is 0 after normalisation.
    """

    def __init__(self, options: Bank, classes: int, seed: int, grey: torch.Tensor):
        self._options, self._grey = options, grey
        self._bank = ImageBank(classes)
        self._generator = torch.Generator().manual_seed(seed)

    def with_drawn(self, batch: Batch) -> Batch:
        """A batch (pictures, labels, inside) with the drawn pictures behind its own."""
        if self._options.update_before_draw:
            self._keep(batch)
        together = self._behind(batch)
        if not self._options.update_before_draw:
            self._keep(batch)
        return together

    def _keep(self, batch: Batch) -> None:
        pictures, labels, inside = batch
        self._bank.update(pictures - self._grey, labels, inside)

    def _behind(self, batch: Batch) -> Batch:
        if not len(self._bank.filled):
            return batch
        slots = self._bank.sample(self._options.draws, self._generator, filled_only=not self._options.allow_empty)
        pictures, labels, inside = self._bank.draw(slots)
        return tuple(map(torch.cat, zip(batch, (pictures + self._grey, labels, inside), strict=True)))

    def state_dict(self) -> dict[str, Any]:
        """All slots, and where the draws are."""
        return {"bank": self._bank.state_dict(), "generator": self._generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._bank.load_state_dict(state["bank"], self._grey.device)
        self._generator.set_state(state["generator"])
