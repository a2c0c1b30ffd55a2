"""Options of PMM's seeds from tiles."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seedmask.config.base import Name, Pixels, PositiveInt, Scale, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.tiles import TILE_SCALES
from seedmask.config.variant import Variant


class MultiCropOptions(ComputesNetwork, Variant):
    """CAMs averaged over enlarged tiles of the picture (PMM, Li et al., ICCV 2021)."""

    source: Annotated[str, VariantOf(("classifiers",), gives="scores")] = Field(alias="from")
    """Classifier that the CAMs come from."""
    method: Literal["multi_crop"] = "multi_crop"
    """Kind of seed."""
    scales: tuple[Scale, ...] = TILE_SCALES
    """Enlargements; 1 covers every pixel."""
    size: Pixels = 448
    """Side in pixels that every tile is resized to."""
    tile: Pixels = 300
    """Side in enlarged pixels of all tiles but the last of a row or column, which has `size`."""
    batch: PositiveInt = 8
    """Tiles in one call of the network, each with its mirror image."""
    dtype: Literal["uint8", "float16"] = "float16"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""

    @model_validator(mode="after")
    def _covers(self):
        if 1 not in self.scales:
            raise ValueError(f"scales {list(self.scales)}: 1 must be among them, other scales can miss pixels")
        return self
