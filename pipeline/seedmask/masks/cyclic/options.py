"""Options of cyclic masks."""

from typing import Literal

from seedmask.config.base import Name, Scale
from seedmask.config.crf import SegmenterCrf
from seedmask.config.views import ViewOptions


class CyclicOptions(ViewOptions):
    """A segmenter's predictions on its own training pictures, as masks for the next one (PMM, ICCV 2021)."""

    method: Literal["cyclic"] = "cyclic"
    """Kind of mask."""
    scales: tuple[Scale, ...] = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """Sizes the picture is shown at, relative to `short_side`."""
    crf: SegmenterCrf | None = SegmenterCrf()
    """CRF on the averaged scores; `null` leaves it out."""
    filter_by_tags: bool = True
    """Whether classes that are not among the picture's tags are left out; the paper leaves them in."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make masks for."""
