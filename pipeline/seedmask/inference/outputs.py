"""What a function of a network returns, as tensors alone, which is all that a traced network can return."""

from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn


class TensorParts(nn.Module):
    """The tensors that a function of a network returns; sizes become tensors, other values are noted.

    Args:
        network: in evaluation mode.
        function: a method that returns a tensor, or a named tuple of tensors, sizes and plain values.
    """

    def __init__(self, network: nn.Module, function: str):
        super().__init__()
        self.network, self.function = network, function
        self.fields: Sequence[str] | None = None
        """Names of what it returns; None for one tensor."""
        self.plain: dict[str, Any] = {}
        """Values that are the same for all images."""

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The tensors."""
        found = getattr(self.network, self.function)(images)
        if isinstance(found, torch.Tensor):
            return (found,)
        fields = getattr(found, "_fields", [f"part{number}" for number in range(len(found))])
        self.fields, parts = list(fields), []
        for name, value in zip(fields, found, strict=True):
            if isinstance(value, Sequence):
                parts.append(torch.stack([torch.as_tensor(length) for length in value]))
            elif isinstance(value, torch.Tensor):
                parts.append(value)
            else:
                self.plain[name] = value
        return tuple(parts)


class Whole:
    """What a function returns, from its parts.

    Args:
        fields: names of what it returns; None for one tensor.
        plain: values that are the same for all images.
    """

    def __init__(self, fields: Sequence[str] | None, plain: Mapping[str, Any]):
        self._plain = plain
        self._result = namedtuple("Outputs", fields) if fields else None

    def of(self, parts: Iterable[torch.Tensor]) -> Any:
        """A tensor, or a named tuple."""
        left = iter(parts)
        if self._result is None:
            return next(left)
        return self._result(
            *(self._plain[name] if name in self._plain else _sizes(next(left)) for name in self._result._fields)
        )


def _sizes(part: torch.Tensor) -> Any:
    """A size as a tuple; a map as it is."""
    return tuple(part.tolist()) if part.ndim == 1 else part
