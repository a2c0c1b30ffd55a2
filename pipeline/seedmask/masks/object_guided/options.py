"""Options of object guided label refinement."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Name, VariantOf
from seedmask.config.crf import SegmenterCrf
from seedmask.config.views import ViewOptions


class ObjectGuidedOptions(ViewOptions):
    """A segmenter's predictions on its training pictures, corrected by tags and first labels (I2CRC, TMM 2023)."""

    needs_background: ClassVar[str] = "it corrects what was predicted as background"

    method: Literal["object_guided"] = "object_guided"
    """Kind of mask."""
    initial: Annotated[str, VariantOf(("masks",))]
    """Labels that the segmenter learned from; used in pictures of two classes or more."""
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the picture that must be of some class; below it the whole picture is 255."""
    flip: bool = False
    """Whether each size is shown mirrored too."""
    crf: SegmenterCrf | None = SegmenterCrf()
    """CRF on the averaged scores; `null` leaves it out."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make masks for."""
