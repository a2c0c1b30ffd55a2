"""Options of confident labels."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.crf import Crf
from seedmask.config.threshold import FromScoredSeeds


class ConfidenceOptions(FromScoredSeeds):
    """Labels where a high and a low background score agree after a CRF, else 255 (IRN, Ahn et al., CVPR 2019)."""

    needs_background: ClassVar[str] = "it compares two scores of the background"

    method: Literal["confidence"] = "confidence"
    """Kind of mask."""
    background_factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """The low background score relative to `threshold`, the high one; IRN's 0.05 and 0.3 are 0.167."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """Probability given to a label before the CRF."""
    crf: Crf = Crf()
    """Kernels of the CRF."""
