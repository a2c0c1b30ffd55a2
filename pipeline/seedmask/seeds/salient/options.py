"""Options of seeds that end where saliency ends."""

from typing import Annotated, ClassVar, Literal

from pydantic import PositiveFloat

from seedmask.config.base import VariantOf
from seedmask.config.variant import FromSeeds


class SalientOptions(FromSeeds):
    """Other seeds times saliency: the strongest class stays the strongest one, and ends where saliency ends."""

    needs_background: ClassVar[str] = "saliency divides objects from the background"

    method: Literal["salient"] = "salient"
    """Kind of seed."""
    saliency: Annotated[str, VariantOf(("saliency",))]
    """Saliency maps."""
    power: PositiveFloat = 0.25
    """Exponent of the activation, which saliency is multiplied by; small ones leave the extent to saliency."""
    dtype: Literal["uint8", "float16"] = "float16"
    """Number format of the stored CAMs: steps of 1/255, in which classes of like activation become equal where little
    is salient, or half precision."""
