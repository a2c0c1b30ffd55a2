"""Options of labels in which several masks agree."""

from typing import Annotated, Literal

from seedmask.config.base import Several, VariantOf
from seedmask.config.variant import Variant


class AgreementOptions(Variant):
    """Labels in which several masks agree, 255 where two differ; 255 in one of them leaves a pixel to the others."""

    method: Literal["agreement"] = "agreement"
    """Kind of mask."""
    of: Annotated[Several, VariantOf(("masks",))]
    """Masks that are compared; all cover the splits of the first."""
