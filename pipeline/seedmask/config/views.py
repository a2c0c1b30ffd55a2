"""How a trained segmenter is shown a picture."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seedmask.config.base import Pixels, Scale, VariantOf
from seedmask.config.box import check_box
from seedmask.config.computing import ComputesNetwork
from seedmask.config.crf import SegmenterCrf
from seedmask.config.variant import Variant


class ViewOptions(ComputesNetwork, Variant):
    """Made by a segmenter: sizes, mirror images and windows whose scores are averaged, and a CRF."""

    source: Annotated[str, VariantOf(("segmenters",))] = Field(alias="from")
    """Segmenter that predicts."""
    scales: tuple[Scale, ...] = (1.0,)
    """Sizes the picture is shown at, relative to `short_side`."""
    short_side: Pixels | None = None
    """Shorter side in pixels at scale 1; the picture's own when not given. Sizes are those of `short_side` in
    `augmentation` with `rounding: half_up`, as OpenMMLab has them."""
    longest: Pixels | None = None
    """Longer side in pixels at scale 1 that `short_side` must not lead beyond; a long picture is shown smaller."""
    resample: Literal["bilinear", "opencv_bytes"] = "bilinear"
    """How the picture is resized: in floating point with antialias, or bytes without, as OpenCV does it."""
    flip: bool = True
    """Whether each size is shown mirrored too."""
    window: Pixels = 512
    """Side in pixels of the sliding window that larger pictures are cut into."""
    window_stride: Pixels = 480
    """Step of the window in pixels."""
    crf: SegmenterCrf | None = None
    """CRF on the averaged scores; `{}` takes the usual settings for segmenters, nothing leaves it out."""

    @model_validator(mode="after")
    def _windows_touch(self):
        if self.window_stride > self.window:
            raise ValueError(f"window_stride {self.window_stride} leaves gaps between windows of {self.window}")
        return self

    @model_validator(mode="after")
    def _sizes_fit(self):
        check_box(self.short_side, self.longest)
        return self
