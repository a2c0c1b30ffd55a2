"""Options of PMM's rough maps."""

from typing import ClassVar, Literal

from pydantic import PositiveFloat

from seedmask.config.crf import RoughCrf
from seedmask.config.variant import FromSeeds


class RoughOptions(FromSeeds):
    """Seeds after one dense CRF over background and all classes, as probabilities (PMM, Li et al., ICCV 2021)."""

    needs_background: ClassVar[str] = "its CRF holds all classes against a background"

    method: Literal["rough"] = "rough"
    """Kind of seed."""
    exponent: PositiveFloat = 24
    """Background of the CRF, (1 - max)^exponent; larger leaves less background."""
    crf: RoughCrf = RoughCrf()
    """Kernels of the CRF."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""
