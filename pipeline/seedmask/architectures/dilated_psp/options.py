"""Options of the dilated PSPNet."""

from typing import Literal

from pydantic import NonNegativeFloat

from seedmask.config.variant import Architecture


class DilatedPspOptions(Architecture):
    """PSPNet of output stride 8 with an FCN head beside it in training (Zhao et al., CVPR 2017), as PMM trains it."""

    name: Literal["dilated_psp"] = "dilated_psp"
    """Kind of network."""
    auxiliary_weight: NonNegativeFloat = 0.4
    """Weight of the second head's loss."""
