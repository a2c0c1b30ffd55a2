"""Options of the mean of several seeds."""

from typing import Annotated, Literal

from pydantic import PositiveFloat, model_validator

from seedmask.config.base import Several, VariantOf
from seedmask.config.variant import Variant


class MeanOptions(Variant):
    """The mean of several seeds of the same pictures and tags, pixel by pixel: an ensemble of classifiers."""

    method: Literal["mean"] = "mean"
    """Kind of seed."""
    of: Annotated[Several, VariantOf(("seeds",))]
    """Seeds that the mean is of; all cover the splits of the first. Their set `cam` is read."""
    weights: tuple[PositiveFloat, ...] | None = None
    """Weight of each of them; all equal when not given."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""

    @model_validator(mode="after")
    def _a_weight_for_each(self):
        if self.weights is not None and len(self.weights) != len(self.of):
            raise ValueError(f"{len(self.weights)} weights for {len(self.of)} seeds; give one for each, or none")
        return self
