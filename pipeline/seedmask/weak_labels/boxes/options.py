"""Options of boxes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Rounds, VariantOf
from seedmask.weak_labels.options import AnnotationOptions


class BoxesOptions(AnnotationOptions):
    """Objects in boxes (COCO JSON, or CSV of `image,xmin,ymin,xmax,ymax,class`; VOC XML in a folder).

    Outside all boxes is background, or with `background: false` of the data set unlabelled; inside one box its class
    where seeds or GrabCut see an object; overlaps of boxes of different classes and the rest are unlabelled.
    """

    kind: ClassVar[str] = "boxes"

    method: Literal["boxes"] = "boxes"
    """Kind of labels."""
    difficult: bool = True
    """Whether objects that VOC's XML marks as `difficult` are boxed; else their boxes are unlabelled, as crowds are."""
    seeds: Annotated[str | None, VariantOf(("seeds",))] = None
    """Seeds that say which pixels of a box are of its class; without them GrabCut does."""
    foreground: Annotated[float, Field(gt=0, lt=1)] = 0.4
    """Smallest activation of such a pixel, relative to the largest in the box."""
    grabcut_rounds: Rounds = 5
    """Rounds of GrabCut (Rother et al., SIGGRAPH 2004)."""

    def extras(self) -> frozenset[str]:
        """GrabCut, where no seeds say what is an object."""
        return super().extras() | (frozenset() if self.seeds else {"grabcut"})

    def simulation(self) -> str:
        """What is boxed."""
        return "of each connected part of a class"
