"""Options of the joint dense CRF."""

from typing import Annotated, Literal

from pydantic import Field

from seedmask.config.crf import Crf
from seedmask.config.threshold import FromScoredSeeds


class CrfOptions(FromScoredSeeds):
    """Joint dense CRF over background and the classes present."""

    method: Literal["crf"] = "crf"
    """Kind of mask."""
    unary: Literal["labels", "scores"] = "labels"
    """What the CRF starts from: the thresholded labels with `confidence`, or the scores themselves."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """Probability given to a label; only for `unary: labels`."""
    crf: Crf = Crf()
    """Kernels of the CRF."""
