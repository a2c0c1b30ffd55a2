"""Options of seeds and saliency in one map."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import VariantOf
from seedmask.config.variant import FromSeeds


class SalientOptions(FromSeeds):
    """Weighted mean of other seeds and saliency: the strongest class stays the strongest one, and ends otherwise."""

    needs_background: ClassVar[str] = "saliency divides objects from the background"

    method: Literal["salient"] = "salient"
    """Kind of seed."""
    saliency: Annotated[str, VariantOf(("saliency",))]
    """Saliency maps."""
    weight: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """Weight of saliency in the mean; the rest is that of the activation."""
    mean: Literal["geometric", "arithmetic"] = "geometric"
    """`geometric` is low where either is: an object must stand out; `arithmetic` is high where either is."""
    dtype: Literal["uint8", "float16"] = "float16"
    """Number format of the stored CAMs: steps of 1/255, in which classes of like activation become equal where little
    is salient, or half precision."""
