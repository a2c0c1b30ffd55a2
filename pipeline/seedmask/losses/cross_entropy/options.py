"""Options of the plain loss."""

from typing import Literal

from seedmask.config.variant import Loss


class CrossEntropyOptions(Loss):
    """Mean cross-entropy over the labelled pixels."""

    name: Literal["cross_entropy"] = "cross_entropy"
    """Kind of loss."""
