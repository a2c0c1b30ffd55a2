"""Settings of the CAM seeds."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import Name, Settings, VariantOf, one_of
from pipeline.config.classifiers import TILE_SCALES
from pipeline.config.crf import RoughCrf


class MultiScaleSeeds(Settings):
    """Class activation maps summed over scales and flips, divided by their maximum."""

    source: Annotated[str, VariantOf(("classifiers",))] = Field(alias="from")
    """Classifier the maps come from."""
    method: Literal["multi_scale"] = "multi_scale"
    """Kind of seed."""
    scales: tuple[PositiveFloat, ...] = (1.0, 1.5)
    """Sizes the picture is shown at, relative to its own."""
    flip: bool = True
    """Whether each size is shown mirrored too; always so with `normalisation: min_max`."""
    normalisation: Literal["maximum", "min_max"] = "maximum"
    """Divide each map by its maximum, or stretch it from its minimum to its maximum as PMM does."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored maps: steps of 1/255, or half precision."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
    threads: PositiveInt = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""


class MultiCropSeeds(Settings):
    """Maps averaged over enlarged tiles of the picture (PMM, Li et al., ICCV 2021)."""

    source: Annotated[str, VariantOf(("classifiers",))] = Field(alias="from")
    """Classifier the maps come from."""
    method: Literal["multi_crop"] = "multi_crop"
    """Kind of seed."""
    scales: tuple[PositiveFloat, ...] = TILE_SCALES
    """Enlargements; 1 covers every pixel."""
    size: PositiveInt = 448
    """Side in pixels that every tile is resized to."""
    tile: PositiveInt = 300
    """Side in enlarged pixels of all tiles but the last of a row or column, which has `size`."""
    batch: PositiveInt = 8
    """Tiles in one call of the network, each with its mirror image."""
    dtype: Literal["uint8", "float16"] = "float16"
    """Number format of the stored maps: steps of 1/255, or half precision."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
    threads: PositiveInt = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""

    @model_validator(mode="after")
    def _covers(self):
        if 1 not in self.scales:
            raise ValueError(f"scales {list(self.scales)}: 1 must be among them, other scales can miss pixels")
        return self


class RoughSeeds(Settings):
    """Seeds after one dense CRF over background and all classes, as probabilities (PMM, Li et al., ICCV 2021)."""

    source: Annotated[str, VariantOf(("seeds",))] = Field(alias="from")
    """Seeds they are made from."""
    method: Literal["rough"] = "rough"
    """Kind of seed."""
    exponent: PositiveFloat = 24
    """Background of the CRF, (1 - max)^exponent; larger leaves less background."""
    crf: RoughCrf = RoughCrf()
    """Kernels of the CRF."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored maps: steps of 1/255, or half precision."""


Seeds = Annotated[MultiScaleSeeds | MultiCropSeeds | RoughSeeds, *one_of("multi_scale")]
