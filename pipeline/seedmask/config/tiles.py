"""Tiles of PMM (Li et al., ICCV 2021), for classifiers and for seeds."""

from typing import Annotated

from pydantic import Field

from seedmask.config.base import Pixels, Scale, Settings, VariantOf

TILE_SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0)
"""Enlargements of PMM's tiles."""


class MultiCropLabels(Settings):
    """Train on enlarged tiles, each with the tags that hold in it (PMM, Li et al., ICCV 2021)."""

    rough: Annotated[str, VariantOf(("seeds",))]
    """Seeds that say roughly where the classes are; the paper's are of `method: rough`."""
    confident: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Value of a map above which a pixel surely is of its class."""
    scales: tuple[Scale, ...] = TILE_SCALES
    """Enlargements, equally likely."""
    size: Pixels = 448
    """Side in pixels that every tile is resized to."""
    tile: Pixels = 300
    """Side in enlarged pixels of all tiles but the last of a row or column, which has `size`."""
