"""Options of PMM's loss."""

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat

from seedmask.config.variant import Loss


class UnderFittingOptions(Loss):
    """Cross-entropy that stops learning the pixels that fit worst, once the fit is good (PMM, ICCV 2021)."""

    name: Literal["under_fitting"] = "under_fitting"
    """Kind of loss."""
    mode: Literal["clamp", "ignore", "pow"] = "clamp"
    """What happens to a pixel's loss l: min(l, limit), l where l <= limit, or l^limit."""
    gate: NonNegativeFloat = 0.5
    """Mean loss of a batch in nats below which pixels are limited."""
    limit: PositiveFloat = 0.5
    """Limit of a pixel's loss in nats, or the power."""
