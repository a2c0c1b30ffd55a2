"""A bank with the latest image of each class, drawn from evenly by class (SFC, Zhao et al., AAAI 2024)."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float, Integer


class ImageBank:
    """One slot a class; an image of m classes lies in m slots. A slot that was never filled holds zeros.

    Args:
        num_classes: number of slots.
    """

    def __init__(self, num_classes: int):
        self.num_classes = num_classes
        self._slots: tuple[torch.Tensor, ...] | None = None

    def update(
        self,
        images: Float[torch.Tensor, "N 3 H W"],
        labels: Float[torch.Tensor, "N C"],
        valid: Float[torch.Tensor, "N V H2 W2"],
    ) -> None:
        """Put each image into the slots of its classes, in the order of the batch; the last one stays.

        Args:
            images: images as the network sees them.
            labels: 1 for each class in the image, else 0.
            valid: what belongs to an image beside it, such as where it is not padding.
        """
        if labels.shape[1] != self.num_classes:
            raise ValueError(f"tags for {labels.shape[1]} classes, expected {self.num_classes}")
        if self._slots is None:
            self._slots = tuple(
                tensor.new_zeros(self.num_classes, *tensor.shape[1:]) for tensor in (images, labels, valid)
            )
        for number, classes in enumerate(labels):
            filled = classes.nonzero().flatten()
            for slots, tensor in zip(self._slots, (images, labels, valid), strict=True):
                slots[filled] = tensor[number].detach()

    def draw(
        self, indices: Integer[torch.Tensor, " M"]
    ) -> tuple[Float[torch.Tensor, "M 3 H W"], Float[torch.Tensor, "M C"], Float[torch.Tensor, "M V H2 W2"]]:
        """Images of some slots, with their labels and what belongs to them.

        Raises:
            ValueError: nothing was ever put in.
        """
        if self._slots is None:
            raise ValueError("the bank is empty and knows no size of pictures; update it before drawing from it")
        images, labels, valid = (slots[indices] for slots in self._slots)
        return images, labels, valid

    @property
    def filled(self) -> Integer[torch.Tensor, " F"]:
        """Slots that hold an image."""
        if self._slots is None:
            return torch.arange(0)
        return self._slots[1].any(dim=1).nonzero().flatten().cpu()

    def sample(
        self, count: int, generator: torch.Generator, *, filled_only: bool = False
    ) -> Integer[torch.Tensor, " M"]:
        """Slots, each drawn evenly and independently of the others; none where there are none to draw from."""
        slots = self.filled if filled_only else torch.arange(self.num_classes)
        return slots[torch.randint(len(slots), (count,), generator=generator)] if len(slots) else slots

    def state_dict(self) -> dict[str, tuple[torch.Tensor, ...] | None]:
        """All that it holds."""
        return {"slots": self._slots}

    def load_state_dict(self, state: Mapping[str, Any], device: torch.device | str = "cpu") -> None:
        """Hold what another bank held."""
        slots = state["slots"]
        self._slots = None if slots is None else tuple(tensor.to(device) for tensor in slots)
